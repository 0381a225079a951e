// Symmetries of a scope: process slots, and open files that differ in nothing but their names.
//
// No rule and no property reads the number of a slot or of a file other than to find it. So two Worlds that differ only
// in which process is in which slot, and in which of several equal files is which, have the same future up to the same
// renaming, and break the same properties after as many calls: to each call of one there is a call of the other, and
// their results differ again only so. (fork takes the lowest free slot; which of the free slots that is, is such a
// renaming too.) Such Worlds are an orbit, and --reduce searches one World of each. The paths that it stores are paths of
// the scope as it is, so its traces need no renaming.
#pragma once

#include "checker/exhaustive/canonical.hpp"
#include "checker/exhaustive/scope.hpp"

#include <cstdint>
#include <vector>

namespace vmacheck {

// Orders of the open files, as numbers from 0, in which the scope is the same as in their own, which comes first.
// Equal files are those with equal specifications, each alone with its inode, that every kind of call names together.
std::vector<std::vector<std::uint16_t>> equal_file_orders(const Scope& scope);

// The canonical form of orbits.
class OrbitForm {
public:
    // At most so many processes: each order of those that live is tried.
    static constexpr unsigned most_processes = 5;

    // Throws std::runtime_error if the scope has more processes.
    OrbitForm(const Scope& scope, const Reduction& reduction);

    // Writes the form of the World's orbit: the smallest that a renaming gives. False: the World is inconsistent.
    bool take(const World<Plain>& world);
    // Of the last form taken; valid until the next.
    [[nodiscard]] std::span<const std::uint8_t> key() const { return key_; }
    // How many canonical states the orbit of that World has.
    [[nodiscard]] std::uint64_t members() const { return members_; }

private:
    bool compare(const World<Plain>& world, const Renaming& renaming);

    unsigned processes_;
    std::vector<std::vector<std::uint16_t>> file_orders_;
    CanonicalForm form_;
    std::vector<std::uint8_t> key_;
    std::uint64_t equal_ = 0;  // renamings that give this key
    std::uint64_t members_ = 0;
};

}  // namespace vmacheck
