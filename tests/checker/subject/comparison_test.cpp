// Comparing what two subjects show: only what is expected counts, and a difference shows both sides in one form.
#include "checker/subject/comparison.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

VmaView area(std::uint64_t start, std::uint64_t end) {
    VmaView vma;
    vma.start = start;
    vma.end = end;
    vma.flags = vm::read | vm::write;
    vma.pgoff = start;
    vma.anon_vma = 0;
    return vma;
}

ProcessView process(std::vector<VmaView> vmas) {
    ProcessView view{.shown = true, .vmas_shown = true, .alive = true};
    view.vmas = std::move(vmas);
    return view;
}

using Differences = std::vector<FieldDifference>;

TEST(Comparison, ErrorsAndValues) {
    const SeenResult failed{.error = Errno::enomem};
    const SeenResult mapped{.error = Errno::ok, .value = 0x10000};
    EXPECT_EQ(compare_results(OpKind::mmap, failed, mapped).differences, (Differences{{"ret", "ENOMEM", "0x10000"}}));
    EXPECT_EQ(compare_results(OpKind::mmap, mapped, failed).differences, (Differences{{"ret", "0x10000", "ENOMEM"}}));
    EXPECT_EQ(compare_results(OpKind::mmap, mapped, {.error = Errno::ok, .value = 0x20000}).differences,
              (Differences{{"ret", "0x10000", "0x20000"}}));
    const Comparison equal = compare_results(OpKind::mmap, mapped, mapped);
    EXPECT_TRUE(equal.differences.empty());
    EXPECT_EQ(equal.compared, 1u);
}

TEST(Comparison, NothingExpectedIsNothingCompared) {
    const Comparison result = compare_results(OpKind::munmap, {}, {.error = Errno::einval});
    EXPECT_TRUE(result.differences.empty());
    EXPECT_EQ(result.compared, 0u);
    const Comparison views = compare_views(ProcessView{.shown = true, .alive = true}, process({area(1, 2)}));
    EXPECT_TRUE(views.differences.empty());
    EXPECT_EQ(views.compared, 0u);
}

TEST(Comparison, ExpectedEventsOccurInOrder) {
    const auto events = [](std::vector<Event> list) { return SeenResult{.events = std::move(list)}; };
    const SeenResult actual = events({Event::mmap_lock_write, Event::split_low, Event::vma_removed});
    EXPECT_TRUE(
        compare_results(OpKind::munmap, events({Event::split_low, Event::vma_removed}), actual).differences.empty());
    EXPECT_EQ(compare_results(OpKind::munmap, events({Event::vma_removed, Event::split_low}), actual).differences,
              (Differences{{"events", "vma_removed, split_low", "split_low, vma_removed"}}));
    // Locks are shown only where some are expected.
    EXPECT_EQ(compare_results(OpKind::munmap, events({Event::i_mmap_lock}), actual).differences,
              (Differences{{"events", "i_mmap_lock", "mmap_lock_write, split_low, vma_removed"}}));
}

TEST(Comparison, TheFirstVmaThatDiffersIsShown) {
    EXPECT_EQ(compare_views(process({area(1, 2), area(3, 4)}), process({area(1, 2), area(3, 5)})).differences,
              (Differences{{"vmas[1]", "0x3000-0x4000 READ|WRITE pgoff 0x3 anon 0",
                            "0x3000-0x5000 READ|WRITE pgoff 0x3 anon 0"}}));
    EXPECT_EQ(compare_views(process({area(1, 2)}), process({})).differences,
              (Differences{{"vmas[0]", "0x1000-0x2000 READ|WRITE pgoff 0x1 anon 0", "no such VMA"}}));
    EXPECT_EQ(compare_views(process({}), process({area(1, 2)})).differences,
              (Differences{{"vmas[0]", "no such VMA", "0x1000-0x2000 READ|WRITE pgoff 0x1 anon 0"}}));
    // An offset that is not expected makes no difference.
    VmaView open = area(1, 2);
    open.pgoff.reset();
    VmaView moved = area(1, 2);
    moved.pgoff = 7;
    EXPECT_TRUE(compare_views(process({open}), process({moved})).differences.empty());
    // Nor one that a subject cannot show, such as an anon_vma; what it shows still counts.
    VmaView from_outside = area(1, 2);
    from_outside.anon_vma.reset();
    EXPECT_TRUE(compare_views(process({area(1, 2)}), process({from_outside})).differences.empty());
    from_outside.pgoff = 7;
    EXPECT_EQ(compare_views(process({area(1, 2)}), process({from_outside})).differences,
              (Differences{{"vmas[0]", "0x1000-0x2000 READ|WRITE pgoff 0x1 anon 0",
                            "0x1000-0x2000 READ|WRITE pgoff 0x7 anon ?"}}));
}

TEST(Comparison, CountersThatBothShow) {
    ProcessView expected = process({});
    expected.map_count = 0;
    expected.total_vm = 4;
    ProcessView actual = expected;
    actual.map_count = 1;
    actual.total_vm.reset();
    const Comparison result = compare_views(expected, actual);
    EXPECT_EQ(result.differences, (Differences{{"map_count", "0", "1"}}));
    EXPECT_EQ(result.compared, 2u);  // map_count and the VMAs
}

TEST(Comparison, ProcessesAreComparedBySlot) {
    Observation expected;
    Observation actual;
    expected.processes[2] = process({area(1, 2)});
    EXPECT_TRUE(compare_observations(expected, actual).differences.empty());  // not shown
    actual.processes[2].shown = true;
    EXPECT_EQ(compare_observations(expected, actual).differences,
              (Differences{{"process 2", "exists", "does not exist"}}));
    actual.processes[2] = process({area(1, 2)});
    actual.processes[2].map_count = expected.processes[2].map_count = 1;
    EXPECT_TRUE(compare_observations(expected, actual).differences.empty());
    actual.processes[2].map_count = 2;
    EXPECT_EQ(compare_observations(expected, actual).differences, (Differences{{"process 2 map_count", "1", "2"}}));
}

}  // namespace
}  // namespace vmacheck
