// One call of a log as a step of a trace. Internal to traces/strace.
#pragma once

#include "traces/format/trace.hpp"
#include "traces/strace/strace.hpp"

#include <optional>

namespace vmacheck {

// mmap, munmap, mprotect, brk, madvise, mremap, mlock, mlock2, munlock, mlockall, munlockall or remap_file_pages as an
// operation of process 0, with the value the kernel returned but not yet its error; mmap without its file. Nothing: an
// madvise with an advice that the model does not have, or a page offset beyond any file. Throws InputError.
std::optional<TraceStep> step_of(const StraceCall& call);

// Whether an madvise that step_of has no operation for changes VMAs.
bool advice_changes_vmas(const StraceCall& call);

}  // namespace vmacheck
