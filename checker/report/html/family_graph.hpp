// The anon_vma families around a step as a graph: anon_vmas below their parents on the left, VMAs on the right, and the
// edges between them. A full edge leads from a VMA to its own anon_vma, a dashed one to an older one of its chain.
#pragma once

#include "checker/report/html/vma_bars.hpp"
#include "checker/report/story.hpp"

#include <string>

namespace vmacheck::html {

// Empty if there are no anon_vmas. What the step brought or changed is marked.
std::string family_graph(const StepDetails& details, VmaNames& names);

}  // namespace vmacheck::html
