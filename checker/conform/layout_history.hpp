// The model's layouts at the moments when the recorded program opened /proc/self/maps, and how they came about: which
// boundaries a merge dissolved, and what was mapped with MAP_STACK.
#pragma once

#include "model/state/observation.hpp"
#include "model/state/world.hpp"
#include "traces/observe/observe.hpp"
#include "traces/strace/import.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace vmacheck {

struct LayoutAtRead {
    MapsRead read;
    std::vector<VmaView> vmas;            // of the reading process, in the model
    std::map<std::uint64_t, int> joined;  // former boundary (page) -> merge case that last dissolved it
    std::vector<PageRange> mapped_stack;  // mapped with MAP_STACK and still mapped
};

class LayoutHistory {
public:
    // Notes what the step, which has just been applied to the World, joined and mapped.
    void remember(const World<Plain>& world, const Op<Plain>& op);
    // The layout of the reading process now.
    LayoutAtRead layout(const World<Plain>& world, const MapsRead& read);

private:
    struct OfProcess {
        std::map<std::uint64_t, int> joined;
        std::vector<PageRange> mapped_stack;
    };

    std::map<std::uint8_t, OfProcess> processes_;
};

}  // namespace vmacheck
