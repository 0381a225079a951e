// Compares the model's layout with a program's /proc/self/maps, VMA by VMA, and names the cause of each difference.
//
// Both are cut at every boundary of either. A piece that differs in what it is (mapped or not, rights, offset, file)
// and a boundary that only one side has are differences.
#pragma once

#include "checker/conform/known_difference.hpp"
#include "checker/conform/layout_history.hpp"

namespace vmacheck {

struct LayoutComparison {
    std::size_t vmas = 0;   // of the kernel's text, below the end of the address space
    std::size_t equal = 0;  // of these, VMAs that the model has too: same range, rights, offset and file
    std::vector<ExplainedDifference> differences;
};

LayoutComparison compare_layout(const Import& import, const LayoutAtRead& layout, const std::vector<MapsLine>& maps);

}  // namespace vmacheck
