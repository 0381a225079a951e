// Records a program: runs it under the tracer, and notes for each program that it and its children execute the calls, the
// layout after each, and which memory was faulted before each.
#pragma once

#include "checker/conform/record/tracer.hpp"
#include "traces/strace/recorded_run.hpp"

#include <string>
#include <vector>

namespace vmacheck {

struct RecordOptions {
    TraceOptions trace;
    // A layout is kept after every so many calls; 0: after each, and more rarely once many have been kept.
    std::size_t maps_every = 0;
};

struct Recording {
    std::vector<RecordedRun> runs;  // one for each execve, in order
    TraceEnd end;
    std::vector<std::string> notes;  // what is not known, one sentence each
};

// Throws TracerError.
Recording record_program(const RecordOptions& options);

}  // namespace vmacheck
