// The fingerprint of the scope `peer`: the sum, modulo 2^64, of the FNV-1a-64 hashes of all transitions' lines
//
//   [0,1)R [1,2)R+a n=2 max_gap=0 highest_end=2 | mmap_fixed(0,1,R) | [0,2)R+a n=1 max_gap=0 highest_end=2
//
// Independent programs print the same sum. Equal counts do not prove equal rules; equal fingerprints do, up to chance.
// What a line says of a state apart from its VMAs is read from the model's caches, not worked out from the VMAs.
//
// Lines are not written: the pieces that they consist of are hashed one after the other (hash_piece.hpp).
#pragma once

#include "checker/exhaustive/hash_piece.hpp"
#include "checker/exhaustive/scope.hpp"
#include "model/state/digest.hpp"
#include "model/state/world_fwd.hpp"

#include <span>
#include <vector>

namespace vmacheck {

// Whether lines can be written for the scope: it has the calls and the parameters of `peer`.
bool has_peer_lines(const Scope& scope);

// The lines of the transitions out of one state after the other.
class PeerFingerprint {
public:
    PeerFingerprint(const Scope& scope, std::span<const ScopeOp> ops);

    // The state that the next transitions start from.
    void from(const World<Plain>& world) { source_ = state_after(Digest::start, world); }
    // The transition by this call to where the World is now.
    void to(const World<Plain>& world, std::uint32_t op) { sum_ += state_after(calls_[op].after(source_), world); }
    // Of all transitions so far.
    [[nodiscard]] std::uint64_t sum() const { return sum_; }

private:
    // Of what was hashed so far, with the World's state behind it.
    [[nodiscard]] std::uint64_t state_after(std::uint64_t hash, const World<Plain>& world) const;

    std::uint64_t pages_;
    std::vector<HashPiece> ranges_;  // "[0,1)R", by start, end and right
    std::vector<HashPiece> owners_;  // " " of a VMA without an anon_vma, then "+a ", "+b " ...
    std::vector<HashPiece> counts_;  // "n=2 max_gap=", by the number of VMAs
    std::vector<HashPiece> gaps_;    // "0 highest_end="
    std::vector<HashPiece> ends_;    // "2"
    std::vector<HashPiece> calls_;   // " | mmap_fixed(0,1,R) | "
    std::uint64_t source_ = 0;       // of the state that transitions start from
    std::uint64_t sum_ = 0;
};

}  // namespace vmacheck
