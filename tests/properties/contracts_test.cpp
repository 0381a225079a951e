// Each contract holds on the step it is about, and fails on the same step damaged, or told otherwise than it was.
#include "properties/contracts/guard_gap.hpp"
#include "properties/contracts/lock_balance.hpp"
#include "properties/contracts/map_count_limit.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "tests/properties/contract_damage.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

using testing::HasSubstr;

// ---------------------------------------------------------------------------------------------------- lock-balance

TEST(LockBalanceTest, an_unlock_forgotten_swapped_or_doubled) {
    Damaged<LockBalance> at;
    at.perform(make_mmap(base, 4, map::private_ | map::fixed, 1));
    at.perform(make_op(OpKind::fault, base));
    at.perform(make_op(OpKind::munmap, base + 1, 2));
    const std::vector<EventRecord> events = at.outcome.events;
    ASSERT_TRUE(at.outcome.has(Event::i_mmap_lock));
    ASSERT_TRUE(at.outcome.has(Event::anon_vma_lock));

    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].event < Event::mmap_lock_write) continue;
        at.outcome.events = events;
        at.outcome.events.erase(at.outcome.events.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_NE(at.found(), "") << "without " << name(events[i].event);
    }
    at.outcome.events = {{Event::mmap_lock_read, 1, 0}, {Event::mmap_unlock_write, 1, 0}};
    EXPECT_THAT(at.found(), HasSubstr("not the one taken last"));
    at.outcome.events = {{Event::anon_vma_lock, 1, 0},
                         {Event::i_mmap_lock, 2, 0},
                         {Event::i_mmap_unlock, 2, 0},
                         {Event::anon_vma_unlock, 1, 0}};
    EXPECT_THAT(at.found(), HasSubstr("while anon_vma_lock is held"));
    at.outcome.events = {{Event::i_mmap_lock, 1, 0}, {Event::i_mmap_unlock, 2, 0}};
    EXPECT_THAT(at.found(), HasSubstr("not the one taken last"));
}

// ---------------------------------------------------------------------------------------------------- touches-only

TEST(TouchesOnlyTest, a_vma_elsewhere) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_mmap(base + 10, 2));
    at.perform(make_mprotect(base, 1, prot::read));
    at.world.change(at.vma_at(base + 10)).flags |= vm::dontdump;
    EXPECT_THAT(at.found(), HasSubstr("changed VMA [0x1e000,0x20000)"));
}

TEST(TouchesOnlyTest, every_field_that_makes_a_vma) {
    for (int field = 0; field < 5; ++field) {
        Damaged<TouchesOnly> at;
        at.perform(make_mmap(base, 2));
        at.perform(make_mmap(base + 10, 2));
        at.perform(make_op(OpKind::munmap, base + 5, 1));
        Vma<Plain>& vma = at.world.change(at.vma_at(base + 10));
        EXPECT_EQ(at.found(), "") << "touched is not changed";
        switch (field) {
            case 0: vma.start = vma.start + 1; break;
            case 1: vma.end = vma.end + 1; break;
            case 2: vma.pgoff = vma.pgoff + 1; break;
            case 3: vma.file = FileId(0, 0); break;
            case 4: vma.anon_vma = AnonVmaId(0, 0); break;
            default: break;
        }
        EXPECT_NE(at.found(), "") << "field " << field;
    }
}

TEST(TouchesOnlyTest, a_vma_that_comes_or_goes_elsewhere) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_mmap(base + 10, 2));
    at.perform(make_op(OpKind::munmap, base, 1));
    const VmaId id = at.world.allocate<VmaId>();
    Vma<Plain>& made = at.world.change(id);
    made.mm = at.mm();
    made.start = 5;
    made.end = 6;
    EXPECT_THAT(at.found(), HasSubstr("made VMA [0x5000,0x6000)"));
    at.world.free(id);
    EXPECT_EQ(at.found(), "");
    at.world.free(at.vma_at(base + 10));
    EXPECT_THAT(at.found(), HasSubstr("freed VMA [0x1e000,0x20000)"));
}

TEST(TouchesOnlyTest, another_process) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_op(OpKind::fork));
    at.perform(make_mprotect(base, 2, prot::read));
    const MmId child = at.world.process(1);
    at.world.change(at.world[child].mmap).flags &= ~vm::write;
    EXPECT_THAT(at.found(), HasSubstr("outside its range"));
    at.perform(make_mprotect(base, 2, prot::none));
    at.world.change(child).total_vm += 1;
    EXPECT_THAT(at.found(), HasSubstr("changed the address space of process 1"));
}

TEST(TouchesOnlyTest, the_parent_at_fork_and_a_process_that_ends_or_starts) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_op(OpKind::fork));
    at.world.change(at.vma_at(base)).flags |= vm::locked;
    EXPECT_NE(at.found(), "");
    at.world.change(at.vma_at(base)).flags &= ~vm::locked;
    at.last.kind = OpKind::brk;
    EXPECT_THAT(at.found(), HasSubstr("brk started a process"));
    at.perform(make_op(OpKind::munmap, base, 2));
    at.world.free(at.world.process(1));
    EXPECT_THAT(at.found(), HasSubstr("munmap ended a process"));
}

TEST(TouchesOnlyTest, a_fault_of_another_vma) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_mmap(base + 2, 2, map::private_ | map::fixed | map::noreserve));
    at.perform(make_op(OpKind::fault, base));
    at.last.addr = Bytes<Plain>::pages(base + 2);
    EXPECT_THAT(at.found(), HasSubstr("fault changed"));
    at.perform(make_op(OpKind::fault, base + 2));
    at.world.change(at.vma_at(base + 2)).end += 1;
    EXPECT_THAT(at.found(), HasSubstr("fault changed"));
}

// ---------------------------------------------------------------------------------------------------- residue

TEST(ResidueTest, every_row_is_once_in_the_table) {
    for (const Residue& row : residue_table) EXPECT_EQ(residue_of(row.op, row.error), &row) << name(row.op);
}

TEST(ResidueTest, an_error_that_the_operation_does_not_have) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mprotect(base, 1, prot::read), Errno::enomem);
    at.outcome.error = Errno::eexist;
    EXPECT_EQ(at.found(), "mprotect failed with EEXIST, which the residue table does not allow");
    at.perform(make_op(OpKind::exit));
    at.outcome.error = Errno::enomem;
    at.perform_damaged(make_op(OpKind::munmap, base, 1));
    at.outcome.error = Errno::einval;
    EXPECT_THAT(at.found(), HasSubstr("ESRCH"));
}

TEST(ResidueTest, success_told_as_a_clean_error) {
    // What each of these really did is more than the error they are said to have had allows.
    struct Lie {
        Op<Plain> op;
        Errno error;
        const char* left;
    };
    const Lie lies[] = {
        {make_mmap(base + 20, 1), Errno::einval, "pages mapped"},
        {make_op(OpKind::munmap, base, 1), Errno::einval, "pages unmapped"},
        {make_op(OpKind::munmap, base, 1), Errno::enomem, "pages unmapped"},
        {make_mprotect(base, 1, prot::read), Errno::einval, "other flags"},
        {make_op(OpKind::split, base + 1), Errno::enomem, "a VMA cut in two"},
        {make_op(OpKind::fault, base + 1), Errno::sigbus, "page tables changed"},
        {make_lock(OpKind::mlock, base + 5, 1), Errno::einval, "a VMA faulted"},
        {make_lock(OpKind::mlock, base + 5, 1), Errno::einval, "anon_vmas changed"},
        {make_op(OpKind::fork), Errno::enomem, "a process more or less"},
        {make_mmap(base + 1, 1), Errno::eagain, "committed memory changed"},
    };
    for (const Lie& lie : lies) {
        Damaged<ResidueOfErrors> at;
        at.perform(make_mmap(base, 3));
        at.perform(make_op(OpKind::fault, base));
        at.perform(make_mmap(base + 5, 1));
        at.perform(lie.op);
        const bool commits = std::string(lie.left) == "committed memory changed";
        if (commits) at.world.change_globals().committed += 1;
        at.outcome.error = lie.error;
        Report report;
        ResidueOfErrors<Plain>::step(Step<Plain>{at.world, at.last, at.outcome}, report);
        const auto& all = report.violations();
        EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                                [&](const Violation& each) { return each.text.find(lie.left) != std::string::npos; }))
            << name(lie.op.kind) << ' ' << lie.left;
    }
}

TEST(ResidueTest, the_hole_is_for_fixed_mappings) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 4));
    Op<Plain> op = make_mmap(base + 1, 2, map::shared | map::fixed);
    op.fail_alloc = {AllocKind::file, 1};
    at.perform(op, Errno::enomem);
    EXPECT_EQ(at.vma_at(base + 1), VmaId());
    at.last.flags &= ~map::fixed;
    EXPECT_THAT(at.found(), HasSubstr("mmap failed with ENOMEM and left"));
}

TEST(ResidueTest, a_cut_that_stays_and_one_elsewhere) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 4));
    at.perform(make_mmap(base + 6, 4, map::private_ | map::fixed | map::noreserve));
    Op<Plain> op = make_op(OpKind::munmap, base + 2, 6);
    op.fail_alloc = {AllocKind::vma, 2};
    at.perform(op, Errno::enomem);
    EXPECT_EQ(at.world[at.vma_at(base)].end, base + 2) << "the first cut stays";
    at.last.addr = Bytes<Plain>::pages(base + 1);
    EXPECT_THAT(at.found(), HasSubstr("outside the range"));
}

TEST(ResidueTest, a_refused_brk_that_moved_it_or_mapped_something) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_op(OpKind::brk, 42));
    at.perform(make_op(OpKind::brk, 1));  // refused: below the start
    at.world.change(at.mm()).brk = Bytes<Plain>::pages(44);
    EXPECT_THAT(at.found(), HasSubstr("brk returned the old break, expected the break to stay; it moved"));
    at.perform_damaged(make_op(OpKind::brk, 46));
    at.outcome.value = Bytes<Plain>::pages(42);
    EXPECT_THAT(at.found(), HasSubstr("brk returned the old break and left"));
}

TEST(ResidueTest, growth_and_write_protection_where_they_are_not_allowed) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 2, map::private_ | map::fixed | map::growsdown));
    Op<Plain> read = make_op(OpKind::fault, base - 2);
    read.access = Access::exec;
    at.perform(read, Errno::sigsegv);  // grows, and is refused then
    EXPECT_EQ(at.world[at.vma_at(base)].start, base - 2);
    at.outcome.error = Errno::sigbus;
    EXPECT_THAT(at.found(), HasSubstr("a stack grown"));
    at.perform(make_op(OpKind::fault, base));
    Op<Plain> fork = make_op(OpKind::fork);
    fork.fail_alloc = {AllocKind::vma, 2};
    at.perform(make_mmap(base + 10, 1));
    at.perform(fork, Errno::enomem);
    at.outcome.error = Errno::eagain;
    EXPECT_THAT(at.found(), HasSubstr("pages write-protected"));
}

// ---------------------------------------------------------------------------------------------------- map-count-limit

TEST(MapCountLimitTest, one_beyond_by_mmap_and_no_more) {
    Damaged<MapCountLimit> at(with_map_count(2));
    for (std::uint64_t i = 0; i < 3; ++i) at.perform(make_mmap(base + 2 * i, 1));
    EXPECT_EQ(at.world[at.mm()].map_count, 3u);
    at.last.kind = OpKind::mprotect;
    EXPECT_THAT(at.found(), HasSubstr("raised map_count from 2 to 3"));
    at.last.kind = OpKind::mmap;
    EXPECT_EQ(at.found(), "");
    at.world.change(at.mm()).map_count = 4;
    EXPECT_THAT(at.found(), HasSubstr("raised map_count from 2 to 4"));
}

TEST(MapCountLimitTest, a_cut_left_for_want_of_memory) {
    Damaged<MapCountLimit> at(with_map_count(2));
    at.leave_a_cut(make_op(OpKind::munmap, base + 2, 6));
    EXPECT_NE(at.found(), "");
}

// ---------------------------------------------------------------------------------------------------- guard-gap

Op<Plain> anywhere(std::uint64_t hint, std::uint64_t len) {
    return make_mmap(hint, len, map::private_ | map::noreserve);
}

TEST(GuardGapTest, another_address_than_the_highest) {
    Damaged<GuardGap> at;
    at.perform(make_mmap(60, 2));
    at.perform(anywhere(0, 2));
    EXPECT_EQ(at.outcome.value.page, 62u);
    at.perform(anywhere(0, 3));
    EXPECT_EQ(at.outcome.value.page, 57u);
    at.perform(make_mmap(40, 2, map::private_ | map::fixed | map::noreserve));  // free, but not what a search gives
    at.last.flags &= ~map::fixed;
    at.last.addr = {};
    EXPECT_THAT(at.found(), HasSubstr("expected 0x37"));
}

TEST(GuardGapTest, an_address_that_was_taken) {
    Damaged<GuardGap> at;
    at.perform(make_mmap(40, 4));
    at.perform(make_mmap(41, 1, map::private_ | map::fixed | map::noreserve));
    at.last.flags &= ~map::fixed;
    EXPECT_THAT(at.found(), HasSubstr("where VMA [0x28000,0x2c000) was"));
}

TEST(GuardGapTest, an_address_below_a_stack) {
    for (const bool many : {false, true}) {  // with many VMAs nothing is scanned, and the stack is noticed all the same
        Parameters p = small_parameters();
        p.max_map_count = 100;
        Damaged<GuardGap> at(p);
        for (std::uint64_t i = 0; many && i < 20; ++i) at.perform(make_mmap(70 + 2 * i, 1));
        at.perform(make_mmap(40, 2, map::private_ | map::fixed | map::growsdown));
        at.perform(anywhere(35, 2));
        EXPECT_EQ(at.outcome.value.page, 35u) << "three pages below is far enough";
        at.perform(make_op(OpKind::munmap, 35, 2));
        at.perform(make_mmap(36, 2, map::private_ | map::fixed | map::noreserve));
        at.last.flags &= ~map::fixed;
        EXPECT_THAT(at.found(), HasSubstr("within the guard gap of VMA [0x28000,0x2a000)"));
    }
}

TEST(GuardGapTest, bottom_up_takes_the_lowest) {
    Parameters p = small_parameters();
    p.bottom_up = true;
    Damaged<GuardGap> at(p);
    at.perform(anywhere(0, 2));
    EXPECT_EQ(at.outcome.value.page, p.mmap_legacy_base);
    at.perform(make_mmap(30, 2, map::private_ | map::fixed));
    at.last.flags &= ~map::fixed;
    at.last.addr = {};
    EXPECT_THAT(at.found(), HasSubstr("expected 0xa"));
}

}  // namespace
}  // namespace vmacheck
