// Pictures and explanations, as text.
#include "checker/report/explain.hpp"
#include "checker/report/picture.hpp"
#include "checker/report/text.hpp"
#include "model/op/short_flags.hpp"
#include "model/state/observe.hpp"
#include "model/state/world.hpp"
#include "traces/format/call_text.hpp"
#include "traces/observe/vma_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vmacheck {
namespace {

VmaView vma(unsigned id, std::uint64_t start, std::uint64_t end, VmFlags flags = vm::read | vm::write | vm::account) {
    VmaView each;
    each.identity = id;
    each.start = start;
    each.end = end;
    each.flags = flags;
    each.pgoff = start;
    each.anon_vma = each.chain = 0;
    return each;
}

ProcessView process(std::vector<VmaView> vmas) {
    ProcessView view{.shown = true, .vmas_shown = true, .alive = true};
    view.map_count = static_cast<std::uint32_t>(vmas.size());
    view.vmas = std::move(vmas);
    return view;
}

std::string drawn(const ProcessView& before, const ProcessView& after, const std::optional<PageRange>& range) {
    return draw(story_of({before, after}, range).picture);
}

std::vector<std::string> changes(const ProcessView& before, const ProcessView& after,
                                 const std::optional<PageRange>& range) {
    std::vector<std::string> texts;
    for (const VmaChange& each : story_of({before, after}, range).vmas) texts.push_back(text_of(each));
    return texts;
}

std::string explained(const Trace& trace) {
    ReplayResult result;
    return text_of(explain(trace, {}, result));
}

TEST(Picture, DrawsCase6) {
    const auto before = process({vma(1, 0x10, 0x12), vma(2, 0x12, 0x14, vm::read), vma(3, 0x14, 0x16)});
    const auto after = process({vma(1, 0x10, 0x16)});
    EXPECT_EQ(drawn(before, after, PageRange{0x12, 0x14}),
              "  page    +0x0    +0x2    +0x4    +0x6   pages; +0x0 is 0x10000\n"
              "  before  |aaaaaaa|bbbbbbb|ccccccc|\n"
              "  range           |=======|\n"
              "  after   |aaaaaaaaaaaaaaaaaaaaaaa|\n"
              "  before  a 0x10000-0x12000 rw-p ac pgoff 0x10\n"
              "  before  b 0x12000-0x14000 r--p pgoff 0x12\n"
              "  before  c 0x14000-0x16000 rw-p ac pgoff 0x14\n"
              "  after   a 0x10000-0x16000 rw-p ac pgoff 0x10\n");
    EXPECT_EQ(changes(before, after, PageRange{0x12, 0x14}),
              (std::vector<std::string>{"a end 0x12000 -> 0x16000", "b freed", "c freed"}));
}

TEST(Picture, CutsALongGapAndWritesAddressesInAWideWindow) {
    const auto state = process({vma(1, 0x10, 0x12), vma(2, 0x7ffff0000, 0x7ffff0001)});
    EXPECT_EQ(drawn(process({}), state, std::nullopt),
              "  page    0x10000 0x12000                 0x7ffff0000000 0x7ffff0001000\n"
              "  before  ....................~...........................\n"
              "  after   |aaaaaaa|...........~...........|bbbbbbbbbbbbbb|\n"
              "  after   a 0x10000-0x12000 rw-p ac pgoff 0x10\n"
              "  after   b 0x7ffff0000000-0x7ffff0001000 rw-p ac pgoff 0x7ffff0000\n");
}

TEST(Picture, LeavesOutWhatIsFarFromTheChange) {
    std::vector<VmaView> many;
    for (unsigned i = 0; i < 40; ++i) many.push_back(vma(i + 1, 0x10 + 4 * i, 0x12 + 4 * i));
    auto changed = many;
    changed[20].flags = vm::read;
    const std::string picture = drawn(process(many), process(changed), PageRange{0x60, 0x62});
    EXPECT_NE(picture.find("and 37 VMAs that are not drawn"), std::string::npos) << picture;
    EXPECT_NE(picture.find("0x60000-0x62000 r--p pgoff 0x60"), std::string::npos) << picture;
    EXPECT_EQ(picture.find("0x10000"), std::string::npos) << picture;
}

TEST(Picture, SaysSoWhereNothingIsMapped) {
    EXPECT_EQ(drawn(process({}), process({}), std::nullopt), "  nothing is mapped\n");
}

TEST(Picture, FlagsAsInMapsAndSmaps) {
    EXPECT_EQ(short_flags(vm::read | vm::exec | vm::may_access | vm::may_share), "r-xs");
    EXPECT_EQ(short_flags(vm::write | vm::growsdown | vm::noreserve | vm::locked), "-w-p gd lo nr");
}

TEST(Explain, ShowsCallCaseEventsAndChanges) {
    Trace trace;
    for (const std::uint64_t page : {0x10u, 0x12u}) {
        TraceStep step;
        step.op.kind = OpKind::mmap;
        step.op.addr = Bytes<Plain>::pages(page);
        step.op.len = Bytes<Plain>::pages(2);
        step.op.prot = prot::read;
        step.op.flags = map::private_ | map::fixed | map::anonymous;
        trace.steps.push_back(step);
    }
    const std::string text = explained(trace);
    EXPECT_NE(text.find("step 2: mmap(0x12000, 0x2000, READ, PRIVATE|FIXED|ANONYMOUS, file 0, 0x0) = 0x12000\n"
                        "  case 2  the range is a hole; P grows up over it\n"
                        "  events  merge_case_2\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("  changed a end 0x12000 -> 0x14000\n  changed total_vm 2 -> 4\n"), std::string::npos) << text;
}

TEST(Explain, SaysWhyWhatTouchesWasNotMerged) {
    Trace trace;
    trace.steps.resize(2);
    for (TraceStep& each : trace.steps) {
        each.op.kind = OpKind::mmap;
        each.op.addr = Bytes<Plain>::pages(0x10);
        each.op.len = Bytes<Plain>::pages(1);
        each.op.prot = prot::read;
        each.op.flags = map::private_ | map::fixed | map::anonymous;
    }
    trace.steps[1].op.addr = Bytes<Plain>::pages(0x11);
    trace.steps[1].op.prot = prot::read | prot::write;
    const std::string text = explained(trace);
    EXPECT_NE(text.find("  why     vma_merge: [0x10000,0x11000) below: it has \"r--p may rwx\", the range has \"rw-p "
                        "may rwx ac\"\n"),
              std::string::npos)
        << text;
}

TEST(Explain, SaysWhichLimitMadeACallFail) {
    Trace trace;
    trace.header.parameters.rlimit_as = 1;
    trace.steps.resize(1);
    Op<Plain>& op = trace.steps[0].op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<Plain>::pages(0x10);
    op.len = Bytes<Plain>::pages(2);
    op.flags = map::private_ | map::fixed | map::anonymous;
    const std::string text = explained(trace);
    EXPECT_NE(text.find("= ENOMEM\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  why     mmap_region: total_vm would be 2, RLIMIT_AS is 1\n"), std::string::npos) << text;
}

// A fault whose last step runs into a freed VMA.
TEST(Explain, DrawsOnlyWhatWasThereBeforeAnAbandonedStep) {
    Trace trace;
    trace.header.faults = {"mmap-merge-uaf-old"};
    trace.header.parameters.files = {FileSpec{FileKind::regular}};
    trace.header.parameters.files[0].mmap_flags = vm::dontdump;
    trace.steps.resize(2);
    for (TraceStep& each : trace.steps) {
        each.op.kind = OpKind::mmap;
        each.op.addr = Bytes<Plain>::pages(0x10);
        each.op.len = Bytes<Plain>::pages(1);
        each.op.prot = prot::read;
        each.op.flags = map::private_ | map::fixed | map::locked;
        each.op.file = 1;
    }
    trace.steps[1].op.addr = Bytes<Plain>::pages(0x11);
    trace.steps[1].op.offset = Bytes<Plain>::pages(1);
    const std::string text = explained(trace);
    EXPECT_NE(text.find("= abandoned\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  range           |=======|\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  after   none: the step was abandoned where it broke the property\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("use after free of vma 2, freed in mmap_region, in mmap_region"), std::string::npos) << text;
}

TEST(Explain, NamesTheStepOfAnotherTaskAndItsEvents) {
    Trace trace;
    trace.steps.resize(3);
    for (TraceStep& each : trace.steps) {
        each.op.kind = OpKind::mmap;
        each.op.addr = Bytes<Plain>::pages(0x10);
        each.op.len = Bytes<Plain>::pages(1);
        each.op.prot = prot::read | prot::write;
        each.op.flags = map::private_ | map::fixed | map::anonymous;
    }
    trace.steps[1].op.addr = Bytes<Plain>::pages(0x14);
    trace.steps[2].op.kind = OpKind::munmap;
    trace.steps[2].op.meanwhile = {.nth = 1, .addr = 0x14000};
    const std::string text = explained(trace);
    EXPECT_NE(text.find("munmap(0x10000, 0x1000), meanwhile at place 1 process 0: write access to 0x14000 = 0\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("other_step (in __do_munmap, result 0), anon_vma_created, page_mapped"), std::string::npos)
        << text;
}

TEST(Explain, DescribesTheStepsOfARangeAndPerformsAll) {
    Trace trace;
    trace.steps.resize(4);
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        Op<Plain>& op = trace.steps[i].op;
        op.kind = OpKind::mmap;
        op.addr = Bytes<Plain>::pages(0x10 + i);
        op.len = Bytes<Plain>::pages(1);
        op.flags = map::private_ | map::fixed | map::anonymous;
    }
    ReplayResult result;
    const Story story = explain(trace, {}, result, Depth::pictures, StepRange{2, 3});
    ASSERT_EQ(story.steps.size(), 2u);
    EXPECT_EQ(story.steps[0].number, 2u);
    EXPECT_EQ(story.steps[1].number, 3u);
    EXPECT_NE(text_of(story).find("4 steps: all properties hold"), std::string::npos) << text_of(story);
}

TEST(Explain, CountsEqualEventsAcrossRoutineOnes) {
    Trace trace;
    for (const OpKind kind : {OpKind::mmap, OpKind::mprotect, OpKind::mprotect}) {
        TraceStep step;
        step.op.kind = kind;
        step.op.addr = Bytes<Plain>::pages(kind == OpKind::mmap ? 0x10 : 0x12);
        step.op.len = Bytes<Plain>::pages(kind == OpKind::mmap ? 6 : 2);
        step.op.prot = trace.steps.size() == 1 ? prot::read : prot::read | prot::write;
        step.op.flags = kind == OpKind::mmap ? map::private_ | map::fixed | map::anonymous : 0;
        trace.steps.push_back(step);
    }
    ReplayResult result;
    const Story story = explain(trace, {}, result);
    ASSERT_EQ(story.steps.size(), 3u);
    const auto removed = [](const StoryEvent& each) { return each.name == "vma_removed"; };
    const std::vector<StoryEvent>& events = story.steps[2].events;
    ASSERT_EQ(std::count_if(events.begin(), events.end(), removed), 1);
    EXPECT_EQ(std::find_if(events.begin(), events.end(), removed)->times, 2u);
}

TEST(Explain, AccessByAnotherProcessIsAboutTheTarget) {
    Trace trace;
    const auto add = [&trace](OpKind kind, std::uint64_t page) -> Op<Plain>& {
        TraceStep step;
        step.op.kind = kind;
        step.op.addr = Bytes<Plain>::pages(page);
        step.op.len = Bytes<Plain>::pages(1);
        step.op.prot = prot::read | prot::write;
        step.op.flags = map::private_ | map::fixed | map::anonymous | map::growsdown;
        trace.steps.push_back(step);
        return trace.steps.back().op;
    };
    add(OpKind::mmap, 0x20);
    add(OpKind::fork, 0);
    Op<Plain>& access = add(OpKind::remote_access, 0x1e);
    access.process = 1;
    access.target = 0;
    const std::string text = explained(trace);
    EXPECT_NE(text.find("step 3: process 1: write access to 0x1e000 of process 0 = 0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  changed a start 0x20000 -> 0x1e000\n"), std::string::npos) << text;
    EXPECT_NE(text.find("total_vm 1 -> 3, stack_vm 1 -> 3, committed 2 -> 4"), std::string::npos) << text;
}

TEST(Explain, SaysHowRemapsAndLocksWereCalled) {
    Op<Plain> op;
    op.kind = OpKind::mremap;
    op.addr = Bytes<Plain>::from(0x10000);
    op.len = Bytes<Plain>::from(0x1000);
    op.new_len = Bytes<Plain>::from(0x2000);
    op.new_addr = Bytes<Plain>::from(0x20000);
    op.call_flags = mremap::maymove | mremap::fixed;
    EXPECT_EQ(call_text(op), "mremap(0x10000, 0x1000, 0x2000, MAYMOVE|FIXED, 0x20000)");
    op.kind = OpKind::mlock;
    op.call_flags = 0;
    EXPECT_EQ(call_text(op), "mlock(0x10000, 0x1000)");
    op.call_flags = mlock::onfault;
    EXPECT_EQ(call_text(op), "mlock2(0x10000, 0x1000, ONFAULT)");
    op.kind = OpKind::munlock;
    EXPECT_EQ(call_text(op), "munlock(0x10000, 0x1000)");
    op.kind = OpKind::mlockall;
    op.call_flags = mcl::current | mcl::onfault;
    EXPECT_EQ(call_text(op), "mlockall(CURRENT|ONFAULT)");
    op.kind = OpKind::munlockall;
    EXPECT_EQ(call_text(op), "munlockall()");
    op.kind = OpKind::mbind;
    op.policy = 2;
    op.call_flags = mpol_mf::move;
    EXPECT_EQ(call_text(op), "mbind(0x10000, 0x1000, policy 2, MOVE)");
    op.kind = OpKind::uffd_register;
    op.uffd = 3;
    op.call_flags = uffd_mode::missing | uffd_mode::wp;
    EXPECT_EQ(call_text(op), "uffd_register(uffd 3, 0x10000, 0x1000, MISSING|WP)");
    op.kind = OpKind::uffd_unregister;
    EXPECT_EQ(call_text(op), "uffd_unregister(uffd 3, 0x10000, 0x1000)");
    op.kind = OpKind::uffd_close;
    EXPECT_EQ(call_text(op), "uffd_close(uffd 3)");
}

TEST(Picture, PoliciesAndContextsAreSaid) {
    World<Plain> world(Parameters{}, default_profile());
    Op<Plain> op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<Plain>::pages(16);
    op.len = Bytes<Plain>::pages(2);
    op.prot = prot::read | prot::write;
    op.flags = map::private_ | map::anonymous | map::fixed;
    ASSERT_TRUE(world.apply(op).ok());
    AnonNumbers numbers;
    const ProcessView before = observe_process(world, 0, numbers);
    op.kind = OpKind::mbind;
    op.policy = 2;
    ASSERT_TRUE(world.apply(op).ok());
    op.kind = OpKind::uffd_register;
    op.uffd = 1;
    op.call_flags = uffd_mode::missing;
    ASSERT_TRUE(world.apply(op).ok());
    const ProcessView after = observe_process(world, 0, numbers);
    ASSERT_EQ(after.vmas.size(), 1u);
    EXPECT_EQ(describe(after.vmas[0]), "0x10000-0x12000 rw-p um ac pgoff 0x10 policy 2 uffd 1");
    EXPECT_EQ(changes(before, after, std::nullopt),
              (std::vector<std::string>{"a flags rw-p ac -> rw-p um ac", "a policy none -> 2", "a uffd none -> 1"}));
}

// A subject that does not show which object a VMA is: what starts at one address is taken for one VMA.
TEST(Picture, FollowsVmasByTheirStartWhereObjectsAreNotShown) {
    const auto before = process({vma(0, 0x10, 0x12), vma(0, 0x12, 0x14, vm::read)});
    const auto after = process({vma(0, 0x10, 0x14)});
    EXPECT_EQ(changes(before, after, PageRange{0x12, 0x14}),
              (std::vector<std::string>{"a end 0x12000 -> 0x14000", "b freed"}));
}

// Two mmaps of which the second joins the first, a fork, and a step that states a wrong result.
Trace small_trace() {
    Trace trace;
    for (const std::uint64_t page : {0x10u, 0x12u}) {
        TraceStep step;
        step.op.kind = OpKind::mmap;
        step.op.addr = Bytes<Plain>::pages(page);
        step.op.len = Bytes<Plain>::pages(2);
        step.op.prot = prot::read;
        step.op.flags = map::private_ | map::fixed | map::anonymous;
        trace.steps.push_back(step);
    }
    TraceStep fork;
    fork.op.kind = OpKind::fork;
    fork.line = 4;
    fork.note = "a child";
    fork.seen.error = Errno::enomem;
    trace.steps.push_back(fork);
    return trace;
}

TEST(Explain, IsData) {
    ReplayResult result;
    const Story story = explain(small_trace(), {}, result);
    EXPECT_EQ(story.profile, "v5.10");
    ASSERT_EQ(story.steps.size(), 3u);
    const StoryStep& joins = story.steps[1];
    EXPECT_EQ(joins.call, "mmap(0x12000, 0x2000, READ, PRIVATE|FIXED|ANONYMOUS, file 0, 0x0)");
    EXPECT_EQ(joins.result, "0x12000");
    ASSERT_EQ(joins.merges.size(), 1u);
    EXPECT_EQ(joins.merges[0].which, 2);
    ASSERT_EQ(joins.processes.size(), 1u);
    EXPECT_EQ(joins.processes[0].picture.range, (PageRange{0x12, 0x14}));
    ASSERT_EQ(joins.processes[0].picture.before.size(), 1u);
    EXPECT_EQ(joins.processes[0].picture.before[0].letter, 'a');
    EXPECT_EQ(joins.processes[0].picture.before[0].vma.end, 0x12u);
    ASSERT_EQ(joins.processes[0].vmas.size(), 1u);
    EXPECT_EQ(joins.processes[0].vmas[0].what, "end");
    EXPECT_EQ(joins.processes[0].vmas[0].is, "0x14000");
    EXPECT_EQ(joins.processes[0].counters[0].what, "total_vm");
    const StoryStep& fork = story.steps[2];
    EXPECT_EQ(fork.line, 4u);
    EXPECT_EQ(fork.result, "process 1");
    ASSERT_EQ(fork.processes.size(), 2u);  // the parent and the child
    EXPECT_EQ(fork.processes[1].slot, 1u);
    ASSERT_EQ(story.differences.size(), 1u);
    EXPECT_EQ(story.differences[0].expected, "ENOMEM");
    EXPECT_EQ(story.differences[0].actual, "1");
    EXPECT_FALSE(story.holds());
}

TEST(Explain, ShortFormHasALineAStepAndTheLastInFull) {
    ReplayResult result;
    const Story story = explain(small_trace(), {}, result);
    const std::string text = short_text_of(story);
    EXPECT_EQ(text.rfind("step 1: mmap(0x10000, 0x2000, READ, PRIVATE|FIXED|ANONYMOUS, file 0, 0x0) = 0x10000\n"
                         "step 2: mmap(0x12000, 0x2000, READ, PRIVATE|FIXED|ANONYMOUS, file 0, 0x0) = 0x12000\n"
                         "step 3 (line 4): fork() = process 1\n"
                         "  note    a child\n",
                         0),
              0u)
        << text;
    // The last step and the end are those of the whole text.
    const std::string whole = text_of(story);
    EXPECT_EQ(text.substr(text.find("step 3")), whole.substr(whole.find("step 3")));
    EXPECT_EQ(short_text_of(Story()), "");
}

TEST(Explain, ShowsUntrustedTextOnOneLine) {
    Trace trace;
    trace.header.title = "red\x1b[31m\nand more";
    const std::string text = explained(trace);
    EXPECT_EQ(text.substr(0, text.find('\n')), "red\\x1b[31m\\x0aand more (v5.10)");
}

}  // namespace
}  // namespace vmacheck
