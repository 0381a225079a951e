// The VMAs that the picture of a step can show, found from what the step touched: a World may have thousands of others.
#pragma once

#include "model/op/page_range.hpp"
#include "model/state/ids.hpp"
#include "model/state/observation.hpp"
#include "model/state/world_fwd.hpp"

#include <optional>
#include <vector>

namespace vmacheck {

class AnonNumbers;

inline constexpr std::size_t most_drawn = 12;  // VMAs in a picture at one moment; the rest is counted

// A process before and after a step.
struct StepViews {
    ProcessView before;
    ProcessView after;
    // VMAs that the views do not have.
    std::size_t before_elsewhere = 0;
    std::size_t after_elsewhere = 0;
};

// Both views with every VMA. For a World that a step broke: its list may be anything.
StepViews observe_step(const World<Plain>& world, std::size_t slot, AnonNumbers& numbers);

// The views with those VMAs from which story_of() of picture.hpp makes the same picture: what the last step touched, the
// first that touch the range, and their neighbours. The World must be sound before and after the step.
StepViews observe_step_nearby(const World<Plain>& world, std::size_t slot, const std::optional<PageRange>& range,
                              AnonNumbers& numbers);

// What the last step touched, in any process, and the first VMAs that touch the range, before it and after it. `range`
// only of a World that is sound. Sorted.
std::vector<VmaId> vmas_of_step(const World<Plain>& world, std::size_t slot, const std::optional<PageRange>& range);

// Numbers every anon_vma that the last step brought, as observe() would.
void number_touched(const World<Plain>& world, AnonNumbers& numbers);

}  // namespace vmacheck
