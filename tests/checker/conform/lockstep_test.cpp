// Lockstep replay of a recording: each cause is confirmed where it is the cause, and nothing else is.
#include "checker/conform/lockstep.hpp"
#include "checker/conform/layout_comparison.hpp"
#include "checker/run/replay.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

const std::string layout =
    "555555554000-555555559000 r-xp 00000000 fe:00 7  /bin/x\n"
    "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n"
    "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n";
const std::string start =
    "1  execve(\"/bin/x\", [\"x\"], 0x7ff /* 2 vars */) = 0\n"
    "1  brk(NULL) = 0x555555559000\n";
const std::string second_thread = "1  clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1}, 88) = 2\n";
const std::string read_maps = "1  openat(AT_FDCWD</>, \"/proc/self/maps\", O_RDONLY) = 3</proc/1/maps>\n";

struct Result {
    Import import;
    Lockstep lockstep;
};

Result lockstep(const std::string& log) {
    Result result{import_recording(layout, start + log), {}};
    result.lockstep = replay_in_lockstep(result.import);
    // Whatever the causes, what comes out replays as it states.
    EXPECT_EQ(replay(result.lockstep.trace).verdict, Verdict::holds);
    return result;
}

// The causes of all differences, in order.
std::vector<KnownDifference> causes(const std::vector<ExplainedDifference>& differences) {
    std::vector<KnownDifference> all;
    for (const ExplainedDifference& each : differences) all.push_back(each.cause);
    return all;
}

std::vector<KnownDifference> call_causes(const std::string& log) {
    return causes(lockstep(log).lockstep.differences);
}

std::vector<KnownDifference> layout_causes(const std::string& log, const std::string& maps) {
    const Result result = lockstep(log);
    EXPECT_TRUE(result.lockstep.differences.empty());
    EXPECT_EQ(result.lockstep.layouts.size(), 1u);
    if (result.lockstep.layouts.empty()) return {};
    return causes(compare_layout(result.import, result.lockstep.layouts[0], parse_maps(maps)).differences);
}

using Causes = std::vector<KnownDifference>;

TEST(Lockstep, TableIsInOrder) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(KnownDifference::count); ++i) {
        EXPECT_EQ(info(static_cast<KnownDifference>(i)).cause, static_cast<KnownDifference>(i));
        EXPECT_FALSE(info(static_cast<KnownDifference>(i)).sentence.empty());
    }
    // A kernel that differs does so since a version; a log that lacks something does so of every version.
    EXPECT_EQ(info(KnownDifference::thp_alignment).since, "5.18");
    EXPECT_EQ(info(KnownDifference::brk_empty_shrink).since, "6.1");
    EXPECT_EQ(info(KnownDifference::fault_unknown).since, "");
}

TEST(Lockstep, AgreementIsNoDifference) {
    const Result result = lockstep(
        "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7fc7000\n"
        "1  munmap(0x1, 4096) = -1 EINVAL (Invalid argument)\n");
    EXPECT_EQ(result.lockstep.calls, 3u);
    EXPECT_EQ(result.lockstep.agreed, 3u);
    EXPECT_TRUE(result.lockstep.differences.empty());
}

TEST(Lockstep, HugePageAlignment) {
    const std::string rest = ", PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = ";
    EXPECT_EQ(call_causes("1  mmap(NULL, 4194304" + rest + "0x7ffff7a00000\n"), Causes{KnownDifference::thp_alignment});
    // Aligned, but not where the kernel's search ends; and a length that is no multiple of 2 MiB.
    EXPECT_EQ(call_causes("1  mmap(NULL, 4194304" + rest + "0x7ffff7800000\n"), Causes{KnownDifference::unexplained});
    EXPECT_EQ(call_causes("1  mmap(NULL, 4198400" + rest + "0x7ffff7a00000\n"), Causes{KnownDifference::unexplained});
}

TEST(Lockstep, OrderOfOverlappingCalls) {
    const std::string map = "mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0";
    const Result later = lockstep(second_thread + "1  " + map + " <unfinished ...>\n2  " + map +
                                  " <unfinished ...>\n"
                                  "1  <... mmap resumed>) = 0x7ffff7fc6000\n2  <... mmap resumed>) = 0x7ffff7fc7000\n");
    EXPECT_EQ(causes(later.lockstep.differences), Causes{KnownDifference::unfinished_call_order});
    EXPECT_EQ(later.lockstep.calls, 3u);
    EXPECT_EQ(later.lockstep.agreed, 2u);
    const Result earlier = lockstep(second_thread + "1  " + map +
                                    ") = 0x7ffff7fc7000\n"
                                    "1  munmap(0x7ffff7fc7000, 4096 <unfinished ...>\n2  " +
                                    map +
                                    " <unfinished ...>\n"
                                    "1  <... munmap resumed>) = 0\n2  <... mmap resumed>) = 0x7ffff7fc6000\n");
    EXPECT_EQ(causes(earlier.lockstep.differences), Causes{KnownDifference::unfinished_call_order});
    ASSERT_EQ(earlier.lockstep.trace.steps.size(), 4u);
    EXPECT_EQ(earlier.lockstep.trace.steps[3].op.kind, OpKind::munmap);
    // The same results from calls that do not overlap have no such excuse.
    EXPECT_EQ(call_causes("1  " + map + ") = 0x7ffff7fc6000\n1  " + map + ") = 0x7ffff7fc7000\n"),
              (Causes{KnownDifference::unexplained}));
}

TEST(Lockstep, StackMayHaveGrown) {
    const std::string rest = ", 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7fc7000\n";
    EXPECT_EQ(call_causes("1  mmap(0x7fffffed0000" + rest), Causes{KnownDifference::stack_growth_unknown});
    EXPECT_EQ(call_causes("1  mmap(0x7fffe0000000" + rest), Causes{KnownDifference::unexplained});  // beyond the limit
}

TEST(Lockstep, BreakOverNothing) {
    const std::string grow = "1  brk(0x55555555b000) = 0x55555555b000\n";
    EXPECT_EQ(call_causes(grow + "1  munmap(0x555555559000, 8192) = 0\n1  brk(0x555555559000) = 0x55555555b000\n"
                                 "1  brk(NULL) = 0x55555555b000\n"),
              Causes{KnownDifference::brk_empty_shrink});
    EXPECT_EQ(call_causes(grow + "1  brk(0x555555559000) = 0x55555555b000\n"), Causes{KnownDifference::unexplained});
}

TEST(Lockstep, WhatNothingExplains) {
    EXPECT_EQ(call_causes("1  munmap(0x1000, 4096) = -1 ENOMEM (Cannot allocate memory)\n"),
              Causes{KnownDifference::unexplained});
    EXPECT_EQ(call_causes("1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x555555554000\n"),
              Causes{KnownDifference::unexplained});  // where something is mapped
}

TEST(Lockstep, RemapIsAnOperation) {
    const Result result = lockstep(
        "1  mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7fc6000\n"
        "1  mremap(0x7ffff7fc6000, 8192, 12288, MREMAP_MAYMOVE) = 0x7ffff7fc3000\n"
        "1  mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7fc6000\n" +
        read_maps);
    EXPECT_TRUE(result.lockstep.differences.empty());
    ASSERT_EQ(result.lockstep.layouts.size(), 1u);
    EXPECT_EQ(result.lockstep.layouts[0].vmas[1].start, 0x7ffff7fc3u);
}

// Layouts. The stack and the two files are as at the start.
std::string maps_with(const std::string& middle, const std::string& stack = "7ffffffde000") {
    return "555555554000-555555559000 r-xp 00000000 fe:00 7  /bin/x\n" + middle +
           "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n" + stack +
           "-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n";
}
std::string anonymous(const std::string& range, const std::string& rights = "rw-p") {
    return range + " " + rights + " 00000000 00:00 0\n";
}
std::string map_call(const std::string& address, const std::string& length, const std::string& more = "") {
    return "1  mmap(NULL, " + length + ", PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS" + more +
           ", -1, 0) = " + address + "\n";
}

TEST(LockstepLayout, EqualLayoutsHaveNoDifference) {
    EXPECT_EQ(layout_causes(map_call("0x7ffff7fc7000", "4096") + read_maps,
                            maps_with(anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{});
}

TEST(LockstepLayout, WhatIsMissingOrDifferentIsUnexplained) {
    EXPECT_EQ(layout_causes(read_maps, maps_with(anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{KnownDifference::unexplained});
    EXPECT_EQ(layout_causes(map_call("0x7ffff7fc7000", "4096") + read_maps, maps_with("")),
              Causes{KnownDifference::unexplained});
    EXPECT_EQ(layout_causes(map_call("0x7ffff7fc7000", "4096") + read_maps,
                            maps_with(anonymous("7ffff7fc7000-7ffff7fc8000", "r--p"))),
              Causes{KnownDifference::unexplained});
    EXPECT_EQ(layout_causes(map_call("0x7ffff7fc6000", "8192") + read_maps,
                            maps_with(anonymous("7ffff7fc6000-7ffff7fc7000") + anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{KnownDifference::unexplained});  // one mapping does not come apart by itself
}

TEST(LockstepLayout, MappedBeforeTheRead) {
    EXPECT_EQ(layout_causes(read_maps + map_call("0x7ffff7fc7000", "4096") + "1  close(3</proc/1/maps>) = 0\n",
                            maps_with(anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{KnownDifference::mapped_before_read});
    EXPECT_EQ(layout_causes(read_maps + "1  close(3</proc/1/maps>) = 0\n" + map_call("0x7ffff7fc7000", "4096"),
                            maps_with(anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{KnownDifference::unexplained});
}

TEST(LockstepLayout, StackGrew) {
    EXPECT_EQ(layout_causes(read_maps, maps_with("", "7ffffff00000")), Causes{KnownDifference::stack_growth_unknown});
    EXPECT_EQ(layout_causes(read_maps, maps_with("", "7fffff000000")),
              Causes{KnownDifference::unexplained});  // beyond 8 MiB
}

TEST(LockstepLayout, TwoFaultedNeighboursStayApart) {
    // Mapped below, then between: the model joins all three.
    const std::string log = map_call("0x7ffff7fc7000", "4096") + map_call("0x7ffff7fc6000", "4096") +
                            "1  munmap(0x7ffff7fc7000, 4096) = 0\n" + map_call("0x7ffff7fc7000", "4096");
    EXPECT_EQ(layout_causes(log + read_maps,
                            maps_with(anonymous("7ffff7fc6000-7ffff7fc7000") + anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{KnownDifference::unexplained});  // case 2: new memory joins whatever was faulted
    const std::string hole = map_call("0x7ffff7fc5000", "12288") + "1  munmap(0x7ffff7fc6000, 4096) = 0\n" +
                             map_call("0x7ffff7fc6000", "4096");
    EXPECT_EQ(layout_causes(hole + read_maps,
                            maps_with(anonymous("7ffff7fc5000-7ffff7fc7000") + anonymous("7ffff7fc7000-7ffff7fc8000"))),
              Causes{KnownDifference::fault_unknown});  // case 1
}

TEST(LockstepLayout, MapStackKeepsApart) {
    EXPECT_EQ(
        layout_causes(map_call("0x7ffff7fc7000", "4096", "|MAP_STACK") + map_call("0x7ffff7fc6000", "4096") + read_maps,
                      maps_with(anonymous("7ffff7fc6000-7ffff7fc7000") + anonymous("7ffff7fc7000-7ffff7fc8000"))),
        Causes{KnownDifference::map_stack_nohugepage});
}

TEST(LockstepLayout, AccountIsDropped) {
    const std::string log = "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7fc7000\n" +
                            map_call("0x7ffff7fc6000", "4096") + "1  mprotect(0x7ffff7fc6000, 4096, PROT_READ) = 0\n";
    EXPECT_EQ(layout_causes(log + read_maps, maps_with(anonymous("7ffff7fc6000-7ffff7fc8000", "r--p"))),
              Causes{KnownDifference::account_dropped});
}

TEST(LockstepLayout, HeapJoinsBss) {
    const std::string bss =
        "1  mmap(0x555555558000, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = "
        "0x555555558000\n"
        "1  brk(0x55555555a000) = 0x55555555a000\n";
    EXPECT_EQ(layout_causes(bss + read_maps,
                            "555555554000-555555558000 r-xp 00000000 fe:00 7  /bin/x\n"
                            "555555558000-555555559000 rw-p 00000000 00:00 0\n"
                            "555555559000-55555555a000 rw-p 00000000 00:00 0  [heap]\n"
                            "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n"
                            "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n"),
              Causes{KnownDifference::brk_joins_bss});
}

}  // namespace
}  // namespace vmacheck
