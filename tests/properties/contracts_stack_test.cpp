// Contracts and page-map rules about growing stacks, access by another process, and the peak of total_vm: each holds on
// the step it is about, and fails on the same step damaged or told otherwise.
#include "properties/contracts/guard_gap.hpp"
#include "properties/contracts/hiwater_vm.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

constexpr MapFlags down = map::private_ | map::fixed | map::growsdown;

Op<Plain> remote(std::uint64_t page, std::uint8_t process, std::uint8_t target, Access access = Access::write) {
    Op<Plain> op = make_op(OpKind::remote_access, page);
    op.process = process;
    op.target = target;
    op.access = access;
    return op;
}

// ---------------------------------------------------------------------------------------------------- hiwater-vm

TEST(HiwaterVmTest, a_peak_forgotten_or_invented) {
    Damaged<HiwaterVm> at;
    at.perform(make_mmap(base, 6));
    at.perform(make_op(OpKind::munmap, base, 4));
    at.world.change(at.mm()).hiwater_vm = 5;
    EXPECT_THAT(at.found(), HasSubstr("process 0 is 5 pages, expected 6"));
    at.world.change(at.mm()).hiwater_vm = 7;
    EXPECT_THAT(at.found(), HasSubstr("process 0 is 7 pages, expected 6"));
}

TEST(HiwaterVmTest, a_child_starts_with_its_own_size) {
    Damaged<HiwaterVm> at;
    at.perform(make_mmap(base, 6));
    at.perform(make_op(OpKind::munmap, base, 4));
    at.perform(make_op(OpKind::fork));
    at.world.change(at.world.process(1)).hiwater_vm = 6;
    EXPECT_THAT(at.found(), HasSubstr("process 1 is 6 pages, expected 2"));
}

TEST(HiwaterVmTest, a_move_counts_both_ranges_for_a_moment_only) {
    Damaged<HiwaterVm> at;
    at.perform(make_mmap(base, 6));
    at.perform(make_mremap(base, 6, 6, to_address, base + 20));
    EXPECT_EQ(at.world[at.mm()].hiwater_vm.value(), 0u);
    at.world.change(at.mm()).hiwater_vm = 12;
    EXPECT_THAT(at.found(), HasSubstr("expected 6"));
}

// ---------------------------------------------------------------------------------------------------- touches-only

TEST(TouchesOnlyTest, access_to_another_process_leaves_the_accessor_alone) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 1, down));
    at.perform(make_op(OpKind::fork));
    at.perform(remote(base - 2, 1, 0));
    EXPECT_EQ(at.world[at.mm()].stack_vm.value(), 3u);
    EXPECT_EQ(at.world[at.world.process(1)].stack_vm.value(), 1u);
    ++at.world.change(at.world.process(1)).map_count;
    EXPECT_THAT(at.found(), HasSubstr("changed the address space of process 1"));
}

TEST(TouchesOnlyTest, a_stack_that_grows_up_elsewhere) {
    Parameters p = small_parameters();
    p.stack_grows_up = true;
    Damaged<TouchesOnly> at(p);
    start_with_stacks_that_grow_up(at.world);
    at.perform(make_op(OpKind::fault, 21));
    EXPECT_EQ(at.world[at.vma_at(21)].end.value(), 22u);
    at.world.change(at.vma_at(30)).end = 32;
    EXPECT_THAT(at.found(), HasSubstr("changed VMA [0x1e000,0x1f000)"));
}

// ---------------------------------------------------------------------------------------------------- residue

TEST(ResidueTest, a_refused_remote_access_may_grow_the_stack_and_nothing_else) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 1, down));
    at.perform(make_mprotect(base, 1, prot::read));
    at.perform(make_op(OpKind::fork));
    at.perform(remote(base - 1, 1, 0), Errno::efault);
    EXPECT_TRUE(at.outcome.has(Event::stack_grown));
    at.outcome.error = Errno::eperm;
    EXPECT_THAT(at.found(), HasSubstr("failed with EPERM, which"));
    at.perform(remote(base, 1, 5), Errno::esrch);
    at.outcome.error = Errno::efault;
    EXPECT_THAT(at.found(), HasSubstr("expected ESRCH"));
}

// ---------------------------------------------------------------------------------------------------- page-map

TEST(PageMapStackTest, growth_must_happen_where_nothing_is_in_the_way) {
    Damaged<PageMapRefinement> at;
    at.perform(make_mmap(base, 1, down));
    at.perform(make_op(OpKind::fault, base - 3));
    at.outcome.error = Errno::sigsegv;
    EXPECT_THAT(at.found(), HasSubstr("expected 0"));
    at.perform(make_op(OpKind::fork));
    at.perform(remote(base - 4, 1, 0));
    at.outcome.error = Errno::efault;
    EXPECT_THAT(at.found(), HasSubstr("expected 0"));
}

TEST(PageMapStackTest, reading_needs_the_right_to_read) {
    Damaged<PageMapRefinement> at;
    at.perform(make_mmap(base, 1));
    at.perform(make_mprotect(base, 1, prot::exec));
    at.perform(make_op(OpKind::fork));
    at.perform(remote(base, 1, 0, Access::read), Errno::efault);
    at.outcome.error = Errno::ok;
    EXPECT_THAT(at.found(), HasSubstr("expected EFAULT"));
}

TEST(PageMapStackTest, a_stack_must_not_grow_into_a_guard_gap_above_or_below) {
    for (const bool up : {false, true}) {
        Parameters p = small_parameters();
        p.stack_grows_up = up;
        Damaged<PageMapRefinement> at(p);
        if (up) {
            start_with_stacks_that_grow_up(at.world);
            at.perform(make_mmap(24, 1));
            at.perform(make_op(OpKind::fault, 21), Errno::sigsegv);
        } else {
            at.perform(make_mmap(24, 1, down));
            at.perform(make_mmap(20, 1));
            at.perform(make_op(OpKind::fault, 23), Errno::sigsegv);
        }
        at.outcome.error = Errno::ok;
        EXPECT_THAT(at.found(), HasSubstr("expected SIGSEGV")) << up;
    }
}

// ---------------------------------------------------------------------------------------------------- guard-gap

TEST(GuardGapTest, within_the_gap_above_a_stack_that_grows_up) {
    Parameters p = small_parameters();
    p.stack_grows_up = true;
    Damaged<GuardGap> at(p);
    start_with_stacks_that_grow_up(at.world);
    at.perform(make_mmap(22, 1));  // MAP_FIXED asks for no gap
    at.last.flags &= ~map::fixed;
    EXPECT_THAT(at.found(), HasSubstr("within the guard gap of VMA [0x12000,0x14000)"));
}

}  // namespace
}  // namespace vmacheck
