// The page-map specification next to what a step did, as data for reports: page range by page range.
#pragma once

#include "model/op/op.hpp"
#include "model/state/world_fwd.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

// Pages that are alike in both maps. Page numbers, [start, end); an empty text: nothing is mapped there.
struct SpecifiedPages {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::string expected;
    std::string found;
    [[nodiscard]] bool same() const { return expected == found; }
};

// One rule of the specification that a step was compared with.
struct SpecifiedMap {
    std::string rule;
    std::vector<SpecifiedPages> pages;
};

// What the specification compared the page map after the last step of the World with. Empty for an operation that it
// compares in another way (fork, exit), and for an abandoned step.
std::vector<SpecifiedMap> specified_maps(const World<Plain>& world, const Op<Plain>& op);

}  // namespace vmacheck
