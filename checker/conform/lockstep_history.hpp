// What a comparison of layouts needs to know of how the model's layout came about: which boundaries a merge dissolved,
// and what was mapped with MAP_STACK.
#pragma once

#include "checker/conform/lockstep.hpp"

#include <map>

namespace vmacheck {

class LayoutHistory {
public:
    // Notes what the step, which has just been applied to the World, joined and mapped.
    void remember(const World<Plain>& world, const Op<Plain>& op);
    // The layout of the reading process, with its history.
    FollowedLayout layout(const World<Plain>& world, const MapsRead& read);

private:
    struct OfProcess {
        std::map<std::uint64_t, int> joined;  // former boundary (page) -> merge case that last dissolved it
        std::vector<PageRange> mapped_stack;
    };

    std::map<std::uint8_t, OfProcess> processes_;
};

}  // namespace vmacheck
