// A trace as a test for tools/testing/vma of a kernel tree, which runs mm/vma.c as a program: which requests merge, and
// the VMAs after each.
//
// The test is written for the functions of 6.12 to 6.18 (since then flags are a vma_flags_t). It has no page faults: the
// tree's anon_vmas are stubs.
#pragma once

#include "checker/report/exports/exported.hpp"

namespace vmacheck {

// Only anonymous private memory of one process at fixed addresses: mmap, munmap, mprotect, and the advices that change
// flags. Every step must be such a one. `name` becomes the test's. Throws as results_on_model.
std::variant<Exported, NoExport> vma_test(const Trace& trace, const std::string& name);

}  // namespace vmacheck
