// resource-limits and commit-limit: each holds on the step it is about, and fails on the same step damaged, or with a
// fault that ignores the limit; what v5.10 lets pass is no finding.
#include "model/faults/accounting.hpp"
#include "model/faults/mremap.hpp"
#include "properties/contracts/commit_limit.hpp"
#include "properties/contracts/resource_limits.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

constexpr MapFlags down = map::private_ | map::fixed | map::growsdown;

Parameters limited(void (*set)(Parameters&)) {
    Parameters p = small_parameters();
    set(p);
    return p;
}

Parameters never_above(std::uint64_t pages) {
    Parameters p = small_parameters();
    p.overcommit_mode = 2;
    p.commit_limit = pages;
    p.admin_reserve = 0;
    p.user_reserve = 0;
    return p;
}

// What the property says of the last of these operations, all of which succeed with the fault.
template <template <class> class P>
std::string found_with(Fault fault, const Parameters& p, std::initializer_list<Op<Plain>> ops) {
    World<Plain> world(p, default_profile(), FaultSet().add(fault));
    std::string found;
    for (const Op<Plain>& op : ops) {
        EXPECT_EQ(found, "");
        const Outcome<Plain>& outcome = world.apply(op);
        EXPECT_TRUE(outcome.ok()) << name(op.kind) << ' ' << name(outcome.error);
        Report report;
        P<Plain>::step(Step<Plain>{world, op, outcome}, report);
        found = report.empty() ? std::string() : report.violations().front().text;
    }
    return found;
}

Op<Plain> brk_at(std::uint64_t page) {
    return make_op(OpKind::brk, page);
}

// ---------------------------------------------------------------------------------------------------- resource-limits

TEST(ResourceLimitsTest, no_call_maps_more_than_rlimit_as) {
    const Parameters p = limited([](Parameters& q) { q.rlimit_as = 4; });
    const auto found = [&](std::initializer_list<Op<Plain>> ops) {
        return found_with<ResourceLimits>(faults::rlimit_as_ignored, p, ops);
    };
    EXPECT_EQ(found({make_mmap(base, 5)}),
              "mmap raised total_vm of process 0 from 0 to 5, expected at most 4 (RLIMIT_AS)");
    EXPECT_THAT(found({make_mmap(base, 4), brk_at(42)}), HasSubstr("brk raised total_vm"));
    EXPECT_THAT(found({make_mmap(base, 3), make_mremap(base, 3, 5)}), HasSubstr("mremap raised total_vm"));
    EXPECT_THAT(found({make_mmap(base, 4), make_mremap(base, 4, 4, mremap::maymove | mremap::dontunmap)}),
                HasSubstr("mremap raised total_vm"));
    EXPECT_THAT(found({make_mmap(base, 4, down), make_op(OpKind::fault, base - 1)}),
                HasSubstr("fault raised total_vm"));
}

TEST(ResourceLimitsTest, no_call_makes_more_data_than_rlimit_data) {
    const Parameters p = limited([](Parameters& q) { q.rlimit_data = 4; });
    const auto found = [&](std::initializer_list<Op<Plain>> ops) {
        return found_with<ResourceLimits>(faults::rlimit_data_ignored, p, ops);
    };
    Op<Plain> readable = make_mmap(base, 5);
    readable.prot = prot::read;
    EXPECT_EQ(found({make_mmap(base, 5)}),
              "mmap raised data_vm of process 0 from 0 to 5, expected at most 4 (RLIMIT_DATA)");
    EXPECT_THAT(found({readable, make_mprotect(base, 5, prot::read | prot::write)}),
                HasSubstr("mprotect raised data_vm"));
    EXPECT_THAT(found({make_mmap(base, 3), make_mremap(base, 3, 5)}), HasSubstr("mremap raised data_vm"));
    EXPECT_THAT(found({make_mmap(base, 4), brk_at(42)}), HasSubstr("brk raised data_vm"));
}

TEST(ResourceLimitsTest, a_limit_of_no_data_is_not_enforced) {
    Damaged<ResourceLimits> at(limited([](Parameters& p) { p.rlimit_data = 0; }));
    at.perform(make_mmap(base, 5));
}

TEST(ResourceLimitsTest, locked_memory_and_stacks) {
    Damaged<ResourceLimits> locked(limited([](Parameters& p) { p.rlimit_memlock = 2; }));
    locked.perform(make_mmap(base, 4));
    locked.perform(make_lock(OpKind::mlock, base, 2));
    locked.world.change(locked.mm()).locked_vm = 3;
    EXPECT_EQ(locked.found(), "mlock raised locked_vm of process 0 from 0 to 3, expected at most 2 (RLIMIT_MEMLOCK)");

    Damaged<ResourceLimits> stack(limited([](Parameters& p) { p.rlimit_stack = 2; }));
    stack.perform(make_mmap(base, 1, down));
    stack.perform(make_op(OpKind::fault, base - 1));
    stack.world.change(stack.vma_at(base)).start = base - 2;
    EXPECT_EQ(stack.found(),
              "fault raised the stack VMA [0x14000,0x15000) to 3 pages, expected at most 2 (RLIMIT_STACK)");
}

TEST(ResourceLimitsTest, the_memory_of_who_may_lock_all_is_not_limited) {
    Damaged<ResourceLimits> at(limited([](Parameters& p) {
        p.rlimit_memlock = 2;
        p.cap_ipc_lock = true;
    }));
    at.perform(make_mmap(base, 4));
    at.perform(make_lock(OpKind::mlock, base, 4));
}

TEST(ResourceLimitsTest, what_a_fixed_mapping_replaces_makes_room_for_data) {
    Damaged<ResourceLimits> at(limited([](Parameters& p) { p.rlimit_data = 4; }));
    Op<Plain> readable = make_mmap(base, 4);
    readable.prot = prot::read;
    at.perform(readable);
    at.perform(make_mmap(base + 10, 4));
    at.perform(make_mmap(base, 4));
    EXPECT_EQ(at.world[at.mm()].data_vm.value(), 8u);
    at.last.flags &= ~map::fixed;
    EXPECT_THAT(at.found(), HasSubstr("raised data_vm of process 0 from 4 to 8"));
}

TEST(ResourceLimitsTest, mprotect_passes_rlimit_data_where_rlimit_as_is_in_the_way) {
    Damaged<ResourceLimits> at(limited([](Parameters& p) {
        p.rlimit_data = 4;
        p.rlimit_as = 8;
    }));
    Op<Plain> readable = make_mmap(base, 5);
    readable.prot = prot::read;
    at.perform(readable);
    at.perform(make_mprotect(base, 5, prot::read | prot::write));
    EXPECT_EQ(at.world[at.mm()].data_vm.value(), 5u);
    at.last.kind = OpKind::madvise;
    EXPECT_THAT(at.found(), HasSubstr("raised data_vm of process 0 from 0 to 5"));
}

TEST(ResourceLimitsTest, a_special_mapping_is_not_limited) {
    Damaged<ResourceLimits> at(limited([](Parameters& p) { p.rlimit_as = 1; }));
    at.perform(make_mmap(base, 1));
    Op<Plain> special = make_op(OpKind::special_mapping, base + 4, 1);
    special.prot = prot::read;
    at.perform(special);
    at.last.kind = OpKind::mmap;
    EXPECT_THAT(at.found(), HasSubstr("raised total_vm"));
}

TEST(ResourceLimitsTest, a_source_that_stays_for_want_of_memory_counts_twice) {
    Damaged<ResourceLimits> at(limited([](Parameters& p) { p.rlimit_as = 3; }));
    at.perform(make_mmap(base, 3));
    at.perform(failing(make_mremap(base + 1, 1, 1, to_address, base + 20), AllocKind::vma, 2));
    EXPECT_EQ(at.world[at.mm()].total_vm.value(), 4u);
    at.last.fail_alloc = {};
    EXPECT_THAT(at.found(), HasSubstr("raised total_vm of process 0 from 3 to 4"));
}

// ---------------------------------------------------------------------------------------------------- commit-limit

TEST(CommitLimitTest, no_call_charges_beyond_the_limit_of_mode_2) {
    const Parameters p = never_above(5);
    const auto found = [&](std::initializer_list<Op<Plain>> ops) {
        return found_with<CommitLimit>(faults::commit_limit_ignored, p, ops);
    };
    Op<Plain> readable = make_mmap(base, 5);
    readable.prot = prot::read;
    EXPECT_EQ(found({make_mmap(base, 5)}), "mmap raised vm_committed_as from 0 to 5 pages, expected below 5 less 0");
    EXPECT_THAT(found({readable, make_mprotect(base, 5, prot::read | prot::write)}), HasSubstr("mprotect raised"));
    EXPECT_THAT(found({make_mmap(base, 3), make_mremap(base, 3, 5)}), HasSubstr("mremap raised"));
    EXPECT_THAT(found({make_mmap(base, 4), brk_at(42)}), HasSubstr("brk raised"));
    EXPECT_THAT(found({make_mmap(base, 4), make_op(OpKind::fork)}), HasSubstr("fork raised"));
    EXPECT_THAT(found({make_mmap(base, 4, down), make_op(OpKind::fault, base - 1)}), HasSubstr("fault raised"));
    EXPECT_THAT(found({make_mmap(base, 5, map::shared | map::fixed)}), HasSubstr("mmap raised"));
}

TEST(CommitLimitTest, part_of_the_limit_is_withheld) {
    Parameters p = never_above(8);
    p.admin_reserve = 2;
    p.user_reserve = 3;
    const auto found = [&](std::uint64_t total) {
        Op<Plain> readable = make_mmap(base + 10, total);
        readable.prot = prot::read;
        return found_with<CommitLimit>(faults::commit_limit_ignored, p, {readable, make_mmap(base, 5)});
    };
    EXPECT_EQ(found(31), "");
    EXPECT_EQ(found(32), "mmap raised vm_committed_as from 0 to 5 pages, expected below 8 less 3");
    p.cap_sys_admin = true;
    EXPECT_EQ(found(32), "");
}

TEST(CommitLimitTest, no_request_of_mode_0_is_for_more_than_all_memory) {
    const Parameters p = limited([](Parameters& q) { q.total_memory = 4; });
    const auto found = [&](std::initializer_list<Op<Plain>> ops) {
        return found_with<CommitLimit>(faults::commit_limit_ignored, p, ops);
    };
    Op<Plain> readable = make_mmap(base, 5);
    readable.prot = prot::read;
    EXPECT_EQ(found({make_mmap(base, 4), make_mmap(base + 10, 4)}), "");
    EXPECT_EQ(found({make_mmap(base, 5)}), "mmap raised vm_committed_as from 0 to 5 pages, expected at most 4 more");
    EXPECT_EQ(found({make_mmap(base, 4), make_mmap(base + 4, 4), make_op(OpKind::fork)}),
              "fork charged 8 pages for one VMA, expected at most 4");
    EXPECT_EQ(found({readable, make_mprotect(base, 5, prot::read | prot::write)}),
              "mprotect charged 5 pages for one VMA, expected at most 4");
}

TEST(CommitLimitTest, mode_1_allows_all) {
    Damaged<CommitLimit> at(limited([](Parameters& p) {
        p.overcommit_mode = 1;
        p.total_memory = 1;
        p.commit_limit = 1;
    }));
    at.perform(make_mmap(base, 5));
}

TEST(CommitLimitTest, a_move_that_keeps_the_old_range_asks_for_its_charge) {
    const Op<Plain> keep = make_mremap(base, 3, 3, mremap::maymove | mremap::dontunmap);
    EXPECT_EQ(found_with<CommitLimit>(faults::dontunmap_no_limit_check, never_above(5), {make_mmap(base, 3), keep}),
              "mremap raised vm_committed_as from 3 to 6 pages, expected below 5 less 0");
    Damaged<CommitLimit> at(never_above(5));
    at.perform(make_mmap(base, 3));
    at.perform(keep, Errno::enomem);
    EXPECT_EQ(at.world.globals().committed.value(), 3u);
}

TEST(CommitLimitTest, a_source_that_stays_for_want_of_memory_takes_its_charge_back) {
    Damaged<CommitLimit> at(never_above(4));
    at.perform(make_mmap(base, 3));
    at.perform(failing(make_mremap(base + 1, 1, 1, to_address, base + 20), AllocKind::vma, 2));
    EXPECT_EQ(at.world.globals().committed.value(), 4u);
    at.last.fail_alloc = {};
    EXPECT_THAT(at.found(), HasSubstr("raised vm_committed_as from 3 to 4 pages"));
}

}  // namespace
}  // namespace vmacheck
