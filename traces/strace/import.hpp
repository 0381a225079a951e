// A recording of a real program as a trace: strace's text and the layout after execve become operations with the
// results the kernel gave.
//
// A call is placed where it ended. Calls that change no VMA, or are not modelled, are left out with a reason; none is left
// out silently. What a log does not show is not invented: an imported trace has no page faults. A recorder
// (recorded_run.hpp) also sees layouts, and which VMAs were faulted.
#pragma once

#include "traces/format/trace.hpp"
#include "traces/observe/maps.hpp"
#include "traces/strace/recorded_run.hpp"
#include "traces/strace/skip_reason.hpp"
#include "traces/strace/strace.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct SkippedCall {
    std::size_t line = 0;
    std::string call;  // its name
    SkipReason reason = SkipReason::bookkeeping;
};

// Where a step of the trace comes from. Lines are numbers of the log's lines.
struct StepOrigin {
    std::uint32_t thread = 0;
    std::size_t begun = 0;
    std::size_t ended = 0;  // its effect lies between the two
};

// The program opened its own /proc/self/maps.
struct MapsRead {
    std::size_t line = 0;
    std::size_t step = 0;         // steps[0, step) had ended by then
    std::size_t closed_step = 0;  // steps[step, closed_step) ended before it closed the file
    std::uint8_t process = 0;
};

// The layout of a process that the recorder saw.
struct SeenLayout {
    std::size_t step = 0;  // steps[0, step) had ended by then
    std::size_t line = 0;  // of the call before
    std::uint8_t process = 0;
    std::shared_ptr<const std::string> maps;
};

// Pages of a process that the recorder found to be anonymous.
struct AnonymousPages {
    std::size_t step = 0;  // steps[0, step) had ended by then
    std::uint8_t process = 0;
    std::vector<std::uint64_t> pages;
    bool ordered = false;  // in the order in which they were faulted; otherwise in that of addresses
};

struct Import {
    Trace trace;
    std::vector<StepOrigin> origins;  // one for each step
    std::vector<SkippedCall> skipped;
    std::vector<MapsRead> maps_reads;
    // Of a recording only, in order.
    std::vector<SeenLayout> layouts;
    std::vector<AnonymousPages> anonymous;
    bool faults_known = false;       // which VMAs had been faulted is known at each call
    std::vector<std::string> notes;  // assumptions made, one sentence each

    [[nodiscard]] std::array<std::size_t, static_cast<std::size_t>(SkipReason::count)> skip_counts() const;
};

// What is wrong with one of the two texts, and where. Line and column from 1; in_layout(): the layout, not the log.
class ImportError : public std::runtime_error {
public:
    ImportError(bool in_layout, std::size_t line, std::size_t column, const std::string& text)
        : std::runtime_error(text), in_layout_(in_layout), line_(line), column_(column) {}
    [[nodiscard]] bool in_layout() const { return in_layout_; }
    [[nodiscard]] std::size_t line() const { return line_; }
    [[nodiscard]] std::size_t column() const { return column_; }

private:
    bool in_layout_;
    std::size_t line_;
    std::size_t column_;
};

// Bytes at which Linux starts top-down search: mmap_base() of arch/x86/mm/mmap.c without randomisation, as a page
// number. stack_limit in bytes; gap of 128 MiB at least, 5/6 of the address space at most.
std::uint64_t mmap_base_of(std::uint64_t task_size, std::uint64_t stack_limit, std::uint64_t stack_guard_gap);

// layout: maps text at the first instruction after a successful execve of the log's first thread; log: strace's text. The
// trace begins at the execve whose program the layout shows. Calls before it, and calls after a later execve, whose layout
// is not known, are left out. Throws ImportError.
Import import_recording(std::string_view layout, std::string_view log);

// A recorded run as a trace. Throws ImportError, of a program that leaves what a trace can hold.
Import import_run(const RecordedRun& run);

}  // namespace vmacheck
