// ASCII pictures of VMA ranges, before and after a step, as developers of mm/ draw them.
//
//   page    +0x0    +0x2    +0x4    +0x6
//   before  |aaaaaaa|bbbbbbb|ccccccc|
//   range           |=======|
//   after   |aaaaaaaaaaaaaaaaaaaaaaa|
//
// A letter is one VMA object and stays with it, so the picture shows which of them survived. Dots are unmapped; a gap
// much longer than the rest is cut short, with "~" in it.
#pragma once

#include "model/op/op_range.hpp"
#include "traces/observe/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

// The neighbourhood of the range and of all that changed between the two moments, and a legend of the VMAs in it,
// ending with a line break. A VMA that did not change is left out if it is not next to one that did, or to the range.
std::string draw(const ProcessSnapshot& before, const ProcessSnapshot& after, const std::optional<PageRange>& range);

// What happened to each VMA, a line each: "b freed", "a end 0x12000 -> 0x16000". Letters as draw() gives them.
std::vector<std::string> changes(const ProcessSnapshot& before, const ProcessSnapshot& after,
                                 const std::optional<PageRange>& range);

// One VMA in words: "0x10000-0x13000 rw-p ac pgoff 0x10 anon 1 chain 2>1".
std::string describe(const VmaSnapshot& vma);

}  // namespace vmacheck
