// A recorder's run in lockstep: the faults it found are steps of the trace, and each layout it saw is compared.
#include "checker/conform/known_difference.hpp"
#include "checker/conform/lockstep.hpp"
#include "checker/run/replay.hpp"
#include "model/profiles/profile.hpp"
#include "traces/strace/import.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vmacheck {
namespace {

const std::string program =
    "555555554000-555555559000 r-xp 00000000 fe:00 7  /bin/x\n"
    "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n";
const std::string stack = "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n";

// A run of one thread: calls in strace's text, with looks between them.
class Session {
public:
    Session() {
        run_.program = "/bin/x";
        run_.layout = program + stack;
        run_.faults_known = true;
        run_.parameters.start_brk_bytes = 0x555555559000;
        call("execve(\"/bin/x\", [\"x\"], 0x7ff) = 0");
    }
    Session& call(const std::string& text) {
        StraceLog one = parse_strace("1  " + text + "\n");
        StraceCall made = one.calls.at(0);
        made.begun = made.ended = ++run_.log.lines;
        run_.log.calls.push_back(std::move(made));
        return *this;
    }
    Session& map(const std::string& address, const std::string& length, const std::string& more = "") {
        return call("mmap(" + address + ", " + length + ", PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED" +
                    more + ", -1, 0) = " + address);
    }
    Session& found(std::vector<std::uint64_t> pages, bool ordered = true) {
        run_.looks.push_back({run_.log.lines + 1, 1, nullptr, std::move(pages), ordered});
        return *this;
    }
    // Private and anonymous VMAs between the program's and the stack.
    Session& layout(const std::string& vmas) {
        run_.looks.push_back(
            {run_.log.lines + 1,
             1,
             std::make_shared<const std::string>("10000000-10001000 r--p 00000000 00:00 0\n" + vmas + program + stack),
             {},
             false});
        return *this;
    }
    [[nodiscard]] Lockstep lockstep(const std::string& profile = "v5.10") const {
        Import import = import_run(run_);
        import.trace.header.profile = profile;
        Lockstep made = replay_in_lockstep(import);
        EXPECT_EQ(replay(made.trace).verdict, Verdict::holds);
        return made;
    }
    RecordedRun run_;
};

// Something at the lowest address, so that layouts begin with it.
Session begun() {
    Session run;
    run.call("mmap(0x10000000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = 0x10000000");
    return run;
}

std::vector<KnownDifference> causes(const Lockstep& lockstep) {
    std::vector<KnownDifference> found;
    for (const ExplainedDifference& each : lockstep.layout_differences) found.push_back(each.cause);
    return found;
}
using Causes = std::vector<KnownDifference>;

TEST(RecordedRun, faults_become_steps_where_they_were_found) {
    Session run = begun();
    run.map("0x20000000", "0x4000").found({0x20002}).call("mprotect(0x20000000, 0x1000, PROT_READ) = 0");
    const Lockstep lockstep = run.lockstep();
    ASSERT_EQ(lockstep.trace.steps.size(), 4u);
    EXPECT_EQ(lockstep.trace.steps[2].op.kind, OpKind::fault);
    EXPECT_EQ(lockstep.trace.steps[2].op.addr.value(), 0x20002000u);
    EXPECT_EQ(lockstep.faults, 1u);
    EXPECT_EQ(lockstep.calls, 3u) << "a fault is no call";
    EXPECT_EQ(lockstep.equal_calls, 3u);
}

TEST(RecordedRun, a_vma_is_faulted_once) {
    Session run = begun();
    run.map("0x20000000", "0x4000").found({0x20002}).call("munmap(0x20003000, 0x1000) = 0").found({0x20000, 0x20002});
    EXPECT_EQ(run.lockstep().faults, 1u);
}

TEST(RecordedRun, a_stack_that_grew_is_faulted_below) {
    Session run = begun();
    run.found({0x7ffffffd0}).call("munmap(0x30000000, 0x1000) = 0");
    const Lockstep lockstep = run.lockstep();
    EXPECT_EQ(lockstep.faults, 1u);
    EXPECT_EQ(lockstep.faults_refused, 0u);
}

TEST(RecordedRun, what_cannot_be_faulted_is_counted) {
    Session run = begun();
    run.found({0x10000, 0x40000}).call("munmap(0x30000000, 0x1000) = 0");  // read-only, and not mapped
    EXPECT_EQ(run.lockstep().faults_refused, 2u);
}

TEST(RecordedRun, neighbours_without_an_order_are_counted) {
    for (const bool ordered : {true, false}) {
        Session run = begun();
        run.map("0x20000000", "0x1000")
            .map("0x20001000", "0x1000", "|MAP_NORESERVE")
            .found({0x20000, 0x20001}, ordered);
        run.call("munmap(0x30000000, 0x1000) = 0");
        EXPECT_EQ(run.lockstep().faults, 2u);
        EXPECT_EQ(run.lockstep().faults_unordered, ordered ? 0u : 1u);
    }
}

TEST(RecordedRun, a_difference_of_layouts_is_reported_once_and_belongs_to_its_call) {
    const std::string two = "20000000-20001000 rw-p 00000000 00:00 0\n20001000-20002000 rw-p 00000000 00:00 0\n";
    Session run = begun();
    run.layout("").map("0x20000000", "0x2000").layout(two).call("munmap(0x30000000, 0x1000) = 0").layout(two);
    const Lockstep lockstep = run.lockstep();
    EXPECT_EQ(lockstep.layouts_compared, 3u);
    EXPECT_EQ(lockstep.layouts_equal, 1u);
    ASSERT_EQ(causes(lockstep), Causes{KnownDifference::unexplained});
    EXPECT_EQ(lockstep.layout_differences[0].line, 3u);
    EXPECT_EQ(lockstep.agreed, 3u);
    EXPECT_EQ(lockstep.equal_calls, 2u);
}

// Cases 1 and 6 to 8 join two VMAs; whether they were faulted is known here, so it is no excuse.
TEST(RecordedRun, unknown_faults_are_no_cause_where_they_are_known) {
    Session run = begun();
    run.map("0x20000000", "0x3000").call("munmap(0x20001000, 0x1000) = 0").map("0x20001000", "0x1000");
    run.layout("20000000-20002000 rw-p 00000000 00:00 0\n20002000-20003000 rw-p 00000000 00:00 0\n");
    EXPECT_EQ(causes(run.lockstep()), Causes{KnownDifference::unexplained});
    run.run_.faults_known = false;
    EXPECT_EQ(causes(run.lockstep()), Causes{KnownDifference::fault_unknown});
}

TEST(RecordedRun, a_faulted_vma_joins_an_unfaulted_neighbour_since_6_16) {
    // Faulted, then made equal to its neighbour, which never was faulted.
    Session run = begun();
    run.map("0x20000000", "0x1000").found({0x20000}).call("mprotect(0x20000000, 0x1000, PROT_READ) = 0");
    run.map("0x20001000", "0x1000").call("mprotect(0x20000000, 0x1000, PROT_READ|PROT_WRITE) = 0");
    run.layout("20000000-20002000 rw-p 00000000 00:00 0\n");
    EXPECT_EQ(causes(run.lockstep()), Causes{KnownDifference::faulted_joins_unfaulted});
    EXPECT_EQ(causes(run.lockstep("v5.10-loose")), Causes{}) << "the rule is that of the model then";
}

TEST(RecordedRun, memory_that_joined_a_stack_has_its_anon_vma) {
    // The kernel keeps what was mapped with MAP_STACK apart, so the memory below it, between two that are faulted, is
    // faulted on its own, and joins what lies below.
    Session run = begun();
    run.map("0x20000000", "0x1000").found({0x20000}).call("mprotect(0x20000000, 0x1000, PROT_READ) = 0");
    run.map("0x20002000", "0x1000", "|MAP_STACK").found({0x20002}).map("0x20001000", "0x1000");
    run.call("mprotect(0x20001000, 0x1000, PROT_READ) = 0");
    run.layout("20000000-20002000 r--p 00000000 00:00 0\n20002000-20003000 rw-p 00000000 00:00 0\n");
    EXPECT_EQ(causes(run.lockstep()), Causes{KnownDifference::map_stack_nohugepage});
}

// Anonymous memory is placed so by the profile itself.
TEST(RecordedRun, file_systems_align_mappings_under_every_profile) {
    Session run = begun();
    run.call("openat(AT_FDCWD, \"/data/f\", O_RDONLY) = 3");
    run.call("mmap(NULL, 0x400000, PROT_READ, MAP_PRIVATE, 3</data/f>, 0) = 0x7ffff7a00000");
    for (const std::string profile : {"v5.10", "v6.18"}) {
        ASSERT_NE(profile_named(profile), nullptr);
        const Lockstep lockstep = run.lockstep(profile);
        ASSERT_EQ(lockstep.differences.size(), 1u);
        EXPECT_EQ(lockstep.differences[0].cause, KnownDifference::thp_alignment);
    }
}

// Where the recorder saw that the file system does, the profile places them so.
TEST(RecordedRun, a_file_that_was_seen_to_be_aligned_is) {
    Session run = begun();
    run.run_.files["/data/f"].huge_aligned = true;
    run.call("openat(AT_FDCWD, \"/data/f\", O_RDONLY) = 3");
    run.call("mmap(NULL, 0x400000, PROT_READ, MAP_PRIVATE, 3</data/f>, 0) = 0x7ffff7a00000");
    EXPECT_TRUE(run.lockstep("v6.18").differences.empty());
    EXPECT_EQ(run.lockstep("v5.10").differences.size(), 1u);
}

TEST(RecordedRun, a_file_that_is_deleted_keeps_its_mapping) {
    Session run = begun();
    run.call("openat(AT_FDCWD, \"/data/f\", O_RDONLY) = 3");
    run.call("mmap(0x20000000, 0x1000, PROT_READ, MAP_PRIVATE|MAP_FIXED, 3</data/f>, 0) = 0x20000000");
    run.layout("20000000-20001000 r--p 00000000 fe:00 9  /data/f\n");
    run.layout("20000000-20001000 r--p 00000000 fe:00 9  /data/f (deleted)\n");
    EXPECT_EQ(causes(run.lockstep()), Causes{});
    run.layout("20000000-20001000 r--p 00000000 fe:00 9  /data/g\n");
    EXPECT_EQ(causes(run.lockstep()), Causes{KnownDifference::unexplained});
}

TEST(RecordedRun, descriptors_that_were_open_before_are_files) {
    Session run = begun();
    StraceCall inherited;
    inherited.thread = 1;
    inherited.name = inherited_descriptor;
    inherited.arguments = {{"AT_FDCWD", 1, 1}, {"\"/data/f\"", 1, 1}, {"O_RDONLY", 1, 1}};
    inherited.result = {.known = true, .value = 5};
    inherited.begun = inherited.ended = ++run.run_.log.lines;
    run.run_.log.calls.push_back(inherited);
    run.call("mmap(0x20000000, 0x1000, PROT_READ, MAP_SHARED|MAP_FIXED, 5</data/f>, 0) = 0x20000000");
    const Import import = import_run(run.run_);
    EXPECT_FALSE(import.trace.header.parameters.files.back().writable);
    EXPECT_TRUE(std::none_of(import.skipped.begin(), import.skipped.end(),
                             [](const SkippedCall& each) { return each.call == inherited_descriptor; }));
}

TEST(RecordedRun, ranges_of_descriptors_are_closed) {
    Session run = begun();
    run.call("openat(AT_FDCWD, \"/data/f\", O_RDONLY) = 3").call("openat(AT_FDCWD, \"/data/f\", O_RDONLY) = 9");
    run.call("close_range(4, 0xffffffff) = 0");
    run.call("mmap(0x20000000, 0x1000, PROT_READ, MAP_PRIVATE|MAP_FIXED, 3</data/f>, 0) = 0x20000000");
    run.call("mmap(0x21000000, 0x1000, PROT_READ, MAP_PRIVATE|MAP_FIXED, 9</data/f>, 0) = 0x21000000");
    const Import import = import_run(run.run_);
    const std::vector<FileSpec>& files = import.trace.header.parameters.files;
    ASSERT_EQ(files.size(), 4u);
    EXPECT_FALSE(files[2].writable);
    EXPECT_TRUE(files[3].writable) << "of a descriptor that was closed nothing is known";
}

TEST(RecordedRun, a_difference_is_known_only_to_profiles_before_it) {
    EXPECT_TRUE(known_of("v5.10", KnownDifference::thp_alignment));
    EXPECT_TRUE(known_of("v6.6", KnownDifference::map_stack_nohugepage));
    EXPECT_FALSE(known_of("v6.7", KnownDifference::map_stack_nohugepage));
    EXPECT_FALSE(known_of("v6.18", KnownDifference::thp_alignment));
    EXPECT_TRUE(known_of("v6.18", KnownDifference::fault_unknown)) << "no version has what a log lacks";
    EXPECT_TRUE(known_of("v6.18", KnownDifference::unexplained));
}

}  // namespace
}  // namespace vmacheck
