// Programs are recorded on the running kernel: what they did is in the trace, and the model does the same.
#include "checker/conform/record/recorder.hpp"

#include "checker/conform/lockstep.hpp"
#include "checker/conform/record/process_files.hpp"
#include "checker/run/replay.hpp"
#include "tests/checker/conform/record/missing_here.hpp"
#include "traces/strace/import.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vmacheck {
namespace {

constexpr std::uint64_t base = 0x10000000000;

struct Recorded {
    Recording recording;
    std::vector<Import> imports;
    std::vector<Lockstep> lockstep;
    [[nodiscard]] const Lockstep& first() const { return lockstep.front(); }
};

RecordOptions options_for(const std::vector<std::string>& command) {
    RecordOptions options;
    options.trace.command = command;
    return options;
}

Recorded recorded(const RecordOptions& options) {
    Recorded made;
    made.recording = record_program(options);
    for (const RecordedRun& each : made.recording.runs) {
        made.imports.push_back(import_run(each));
        made.lockstep.push_back(replay_in_lockstep(made.imports.back()));
        EXPECT_EQ(replay(made.lockstep.back().trace).verdict, Verdict::holds);
    }
    return made;
}

Recorded recorded(const std::string& what) {
    return recorded(options_for({RECORDED_PROGRAM, what}));
}

// Whether a program may be traced here, and why not.
class Record : public testing::Test {
protected:
    void SetUp() override {
        try {
            RecordOptions options = options_for({RECORDED_PROGRAM, "ends_with_7"});
            record_program(options);
        } catch (const TracerError& error) {
            if (std::string(error.what()).find("ptrace is not permitted") == std::string::npos) throw;
            GTEST_SKIP() << error.what();
        }
    }
    // Nothing that was traced is left, whatever the program did.
    void TearDown() override {
        EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
        EXPECT_EQ(errno, ECHILD);
    }
};

// Steps at the addresses that only the program itself uses, in order.
std::vector<TraceStep> own_steps(const Trace& trace) {
    std::vector<TraceStep> found;
    for (const TraceStep& each : trace.steps)
        if (each.op.addr.value() >= base && each.op.addr.value() < base + (std::uint64_t{1} << 30))
            found.push_back(each);
    return found;
}

std::vector<OpKind> kinds(const std::vector<TraceStep>& steps) {
    std::vector<OpKind> found;
    for (const TraceStep& each : steps) found.push_back(each.op.kind);
    return found;
}

void expect_no_difference(const Lockstep& lockstep) {
    for (const ExplainedDifference& each : lockstep.differences) ADD_FAILURE() << each.text;
    for (const ExplainedDifference& each : lockstep.layout_differences) ADD_FAILURE() << each.text;
    EXPECT_EQ(lockstep.agreed, lockstep.calls);
    EXPECT_EQ(lockstep.equal_calls, lockstep.calls);
    EXPECT_EQ(lockstep.layouts_equal, lockstep.layouts_compared);
    EXPECT_GT(lockstep.layouts_compared, 0u);
    EXPECT_EQ(lockstep.faults_refused, 0u);
}

TEST_F(Record, known_calls_are_in_the_trace_and_the_model_does_the_same) {
    const Recorded made = recorded("calls");
    EXPECT_FALSE(made.recording.end.killed);
    EXPECT_EQ(made.recording.end.status, 0);
    ASSERT_EQ(made.lockstep.size(), 1u);
    expect_no_difference(made.first());
    const std::vector<TraceStep> own = own_steps(made.first().trace);
    EXPECT_EQ(kinds(own), (std::vector<OpKind>{OpKind::mmap, OpKind::fault, OpKind::mprotect, OpKind::munmap,
                                               OpKind::madvise, OpKind::mprotect, OpKind::mmap, OpKind::mremap}));
    ASSERT_EQ(own.size(), 8u);
    EXPECT_EQ(own[0].op.len.value(), 8 * page_size);
    EXPECT_EQ(own[0].op.prot, prot::read | prot::write);
    EXPECT_EQ(own[0].seen.value, base);
    EXPECT_EQ(own[1].op.addr.value(), base + 2 * page_size) << "the page that was written to";
    EXPECT_EQ(own[4].op.advice, Advice::dontfork);
    EXPECT_EQ(own[5].seen.error, Errno::enomem);
    EXPECT_EQ(own[7].op.new_len.value(), 3 * page_size);
}

// Only the pages tell: without them the model could not know that the area was written to.
TEST_F(Record, memory_is_faulted_before_the_call_that_follows) {
    const Recorded made = recorded("calls");
    ASSERT_TRUE(made.imports.front().faults_known);
    EXPECT_GT(made.first().faults, 1u);
    std::vector<TraceStep> steps = own_steps(made.first().trace);
    const auto faults =
        std::count_if(steps.begin(), steps.end(), [](const TraceStep& each) { return each.op.kind == OpKind::fault; });
    EXPECT_EQ(faults, 1) << "of the parts that come from one VMA each has its anon_vma from it";
}

TEST_F(Record, a_stack_that_grew_is_no_difference) {
    const Recorded made = recorded("stack");
    expect_no_difference(made.first());
    EXPECT_EQ(made.recording.end.status, 0);
}

TEST_F(Record, threads_are_recorded_one_call_at_a_time) {
    const Recorded made = recorded("threads");
    EXPECT_EQ(made.recording.end.status, 0);
    EXPECT_EQ(made.recording.end.overlapping, 0u);
    const Lockstep& lockstep = made.first();
    EXPECT_EQ(lockstep.agreed, lockstep.calls);
    EXPECT_GT(lockstep.calls, 4u * 40);
    for (const ExplainedDifference& each : lockstep.layout_differences)
        EXPECT_EQ(each.cause, KnownDifference::map_stack_nohugepage) << each.text;
}

TEST_F(Record, a_thread_that_waits_is_not_disturbed) {
    EXPECT_EQ(recorded("waiter").recording.end.status, 0);
}

TEST_F(Record, a_call_that_waits_for_another_thread_is_let_through) {
    RecordOptions options = options_for({RECORDED_PROGRAM, "waits_for_thread"});
    options.trace.hold_limit = std::chrono::milliseconds(100);
    const Recording recording = record_program(options);
    if (recording.end.status == 77) GTEST_SKIP() << "no userfaultfd here";
    EXPECT_EQ(recording.end.status, 0);
    EXPECT_LE(recording.end.overlapping, 1u);  // none where the kernel has no MADV_POPULATE_WRITE
}

TEST_F(Record, a_forked_child_is_a_process_of_the_trace) {
    const Recorded made = recorded("forks");
    EXPECT_EQ(made.recording.end.status, 0);
    ASSERT_EQ(made.lockstep.size(), 1u);
    expect_no_difference(made.first());
    const std::vector<TraceStep> own = own_steps(made.first().trace);
    ASSERT_EQ(kinds(own), (std::vector<OpKind>{OpKind::mmap, OpKind::fault, OpKind::mprotect, OpKind::munmap}));
    EXPECT_EQ(own[1].op.process, 0u) << "it was written to before the fork";
    EXPECT_EQ(own[2].op.process, 1u);
    EXPECT_EQ(own[3].op.process, 0u);
    EXPECT_EQ(std::count_if(made.first().trace.steps.begin(), made.first().trace.steps.end(),
                            [](const TraceStep& each) { return each.op.kind == OpKind::fork; }),
              1);
}

TEST_F(Record, each_program_that_is_executed_has_a_trace) {
    const Recorded made = recorded("executes");
    ASSERT_EQ(made.lockstep.size(), 2u);
    expect_no_difference(made.lockstep[0]);
    expect_no_difference(made.lockstep[1]);
    EXPECT_TRUE(own_steps(made.lockstep[0].trace).empty());
    EXPECT_EQ(own_steps(made.lockstep[1].trace).size(), 8u);
    EXPECT_EQ(made.lockstep[0].trace.steps.back().op.kind, OpKind::exit);
}

TEST_F(Record, a_thread_that_executes_a_program_ends_the_others) {
    const Recorded made = recorded("executes_in_thread");
    EXPECT_EQ(made.recording.end.status, 0);
    ASSERT_EQ(made.lockstep.size(), 2u);
    EXPECT_EQ(made.lockstep[0].agreed, made.lockstep[0].calls);
    EXPECT_EQ(made.lockstep[0].trace.steps.back().op.kind, OpKind::exit);
    EXPECT_EQ(own_steps(made.lockstep[1].trace).size(), 8u);
    expect_no_difference(made.lockstep[1]);
}

TEST_F(Record, a_thread_that_ends_the_process_ends_the_others) {
    const Recorded made = recorded("ends_in_thread");
    EXPECT_EQ(made.recording.end.status, 5);
    EXPECT_EQ(made.first().agreed, made.first().calls);
    EXPECT_EQ(made.first().trace.steps.back().op.kind, OpKind::exit);
}

TEST_F(Record, an_open_is_a_file_and_its_copies_are_the_same) {
    const Recorded made = recorded("descriptors");
    EXPECT_EQ(made.recording.end.status, 0);
    expect_no_difference(made.first());
    const std::vector<TraceStep> own = own_steps(made.first().trace);
    ASSERT_EQ(own.size(), 4u);
    EXPECT_NE(own[0].op.file, own[1].op.file);
    EXPECT_EQ(own[0].op.file, own[2].op.file);
    const std::vector<FileSpec>& files = made.first().trace.header.parameters.files;
    EXPECT_EQ(files[own[0].op.file - 1u].inode, files[own[1].op.file - 1u].inode);
    EXPECT_FALSE(files[own[0].op.file - 1u].writable);
    EXPECT_EQ(files[own[3].op.file - 1u].kind, FileKind::shmem);
}

TEST_F(Record, what_files_refuse_is_no_difference) {
    const Recorded made = recorded("refusals");
    EXPECT_EQ(made.recording.end.status, 0);
    expect_no_difference(made.first());
    std::vector<Errno> errors;
    for (const TraceStep& each : own_steps(made.first().trace)) errors.push_back(each.seen.error.value_or(Errno::ok));
    EXPECT_EQ(errors, (std::vector<Errno>{Errno::enodev, Errno::eperm, Errno::ok, Errno::eacces, Errno::ebadf}));
}

TEST_F(Record, the_end_of_the_program_is_reported) {
    EXPECT_EQ(recorded("ends_with_7").recording.end.status, 7);
    const Recorded killed = recorded("dies");
    EXPECT_TRUE(killed.recording.end.killed);
    EXPECT_EQ(killed.recording.end.status, SIGKILL);
    expect_no_difference(killed.first());
}

TEST_F(Record, a_limit_that_the_program_changes_is_noted_once) {
    const Recording recording = record_program(options_for({"/bin/sh", "-c", "ulimit -v 1000000; ulimit -v 900000"}));
    ASSERT_EQ(recording.end.status, 0);
    ASSERT_EQ(recording.runs.front().notes.size(), 1u);
    EXPECT_NE(recording.runs.front().notes[0].find("RLIMIT_AS"), std::string::npos);
}

TEST_F(Record, signals_reach_the_program) {
    const Recorded made = recorded("handles");
    EXPECT_EQ(made.recording.end.status, 0);
    expect_no_difference(made.first());
}

TEST_F(Record, what_outlives_the_program_is_killed) {
    RecordOptions options = options_for({RECORDED_PROGRAM, "leaves_a_child_behind"});
    options.trace.linger_limit = std::chrono::milliseconds(50);
    EXPECT_EQ(record_program(options).end.killed_after, 1u);
}

TEST_F(Record, layouts_can_be_kept_more_rarely) {
    RecordOptions options = options_for({RECORDED_PROGRAM, "threads"});
    options.maps_every = 10;
    const Recorded made = recorded(options);
    EXPECT_LT(made.first().layouts_compared, made.first().calls / 9);
    EXPECT_GT(made.first().layouts_compared, made.first().calls / 12);
}

TEST_F(Record, without_randomisation_addresses_are_the_same_each_time) {
    RecordOptions options = options_for({RECORDED_PROGRAM, "calls"});
    options.trace.randomise = false;
    const Recording one = record_program(options);
    const Recording two = record_program(options);
    EXPECT_EQ(one.runs.front().layout, two.runs.front().layout);
    EXPECT_EQ(import_run(one.runs.front()).trace.header.parameters.mmap_base, 0x7ffff7fffu);
}

TEST_F(Record, a_program_that_is_not_there) {
    try {
        record_program(options_for({"/no/such/program"}));
        ADD_FAILURE() << "something was executed";
    } catch (const TracerError& error) {
        EXPECT_STREQ(error.what(), "/no/such/program: cannot be executed: No such file or directory");
    }
}

// Sixteen pages of this process, of which the tenth is written.
class OwnPages : public testing::Test {
protected:
    void SetUp() override {
        mapped = mmap(nullptr, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(mapped, MAP_FAILED);
        start = reinterpret_cast<std::uint64_t>(mapped) / page_size;
        bytes()[9 * page_size] = 1;
    }
    void TearDown() override { munmap(mapped, pages * page_size); }
    [[nodiscard]] volatile char* bytes() const { return static_cast<volatile char*>(mapped); }

    static constexpr std::size_t pages = 16;
    void* mapped = nullptr;
    std::uint64_t start = 0;  // page number
};

TEST_F(OwnPages, the_first_anonymous_page_of_each_range) {
    if (const std::string why = why_no_pagemap_scan(); !why.empty()) GTEST_SKIP() << why;
    const auto found = first_anonymous(getpid(), {{start, start + 2}, {start + 4, start + pages}});
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, std::vector<std::uint64_t>{start + 9});
}

TEST_F(OwnPages, the_zero_page_is_not_anonymous) {
    if (const std::string why = why_no_zero_page(); !why.empty()) GTEST_SKIP() << why;
    [[maybe_unused]] const char zero = bytes()[0];
    const auto found = first_anonymous(getpid(), {{start, start + 2}});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
}

TEST_F(OwnPages, smaps_names_the_vma_with_an_anonymous_page) {
    const auto vmas = anonymous_vmas(getpid());
    if (!vmas) GTEST_SKIP() << "/proc/self/smaps cannot be read";
    EXPECT_TRUE(
        std::any_of(vmas->begin(), vmas->end(), [this](const PageRange& each) { return each.holds(start + 9); }));
}

TEST(ProcessFiles, a_process_that_is_gone_gives_nothing) {
    constexpr pid_t gone = 0x7ffffff0;
    EXPECT_EQ(maps_of(gone), "");
    EXPECT_FALSE(first_anonymous(gone, {{0, 1}}));
    EXPECT_FALSE(anonymous_vmas(gone));
    EXPECT_FALSE(read_string(gone, 0x1000));
}

}  // namespace
}  // namespace vmacheck
