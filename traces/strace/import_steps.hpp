// One call of a log as a step of a trace. Internal to traces/import*.cpp.
#pragma once

#include "traces/format/trace.hpp"
#include "traces/strace/strace.hpp"

#include <optional>

namespace vmacheck {

// mmap, munmap, mprotect, brk or madvise as an operation of process 0, with the value the kernel returned but not yet
// its error; mmap without its file. Nothing: an madvise whose advice is no operation. Throws InputError.
std::optional<TraceStep> step_of(const StraceCall& call);

// Whether an madvise that step_of refused changes VMAs nevertheless.
bool advice_changes_vmas(const StraceCall& call);

}  // namespace vmacheck
