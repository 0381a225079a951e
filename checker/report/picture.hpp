// Pictures of VMA ranges, before and after a step, as developers of mm/ draw them.
//
//   page    +0x0    +0x2    +0x4    +0x6
//   before  |aaaaaaa|bbbbbbb|ccccccc|
//   range           |=======|
//   after   |aaaaaaaaaaaaaaaaaaaaaaa|
//
// A letter is one VMA object and stays with it, so the picture shows which of them survived. Dots are unmapped; a gap
// much longer than the rest is cut short, with "~" in it.
#pragma once

#include "checker/report/story.hpp"
#include "checker/run/step_views.hpp"

namespace vmacheck {

// Equal for the same VMA at two moments. A subject that does not show which object a VMA is has VMAs by their start.
std::uint64_t key_of(const VmaView& vma);

// What a step did to a process: the picture and the changes of its VMAs. The counters are left empty.
ProcessStory story_of(const StepViews& views, const std::optional<PageRange>& range);

// The picture as text, and a legend of the VMAs in it, ending with a line break.
std::string draw(const Picture& picture);

// "b freed", "a end 0x12000 -> 0x16000".
std::string text_of(const VmaChange& change);

}  // namespace vmacheck
