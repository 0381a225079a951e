// mbind, userfaultfd and the advices of KSM and huge pages: each contract and each page-map rule on them holds on the
// step it is about, and fails on the same step damaged, or told otherwise than it was.
#include "model/mempolicy.hpp"
#include "properties/contracts/lock_balance.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

constexpr std::uint16_t read_only_memfd = 6;
constexpr std::uint16_t memfd = 5;

Op<Plain> make_mbind(std::uint64_t page, std::uint64_t len, std::uint16_t policy, std::uint32_t flags = 0) {
    Op<Plain> op = make_lock(OpKind::mbind, page, len, flags);
    op.policy = policy;
    return op;
}
Op<Plain> make_register(std::uint64_t page, std::uint64_t len, std::uint16_t context = 1,
                        std::uint32_t mode = uffd_mode::missing) {
    Op<Plain> op = make_lock(OpKind::uffd_register, page, len, mode);
    op.uffd = context;
    return op;
}
Op<Plain> make_unregister(std::uint64_t page, std::uint64_t len, std::uint16_t context = 1) {
    Op<Plain> op = make_op(OpKind::uffd_unregister, page, len);
    op.uffd = context;
    return op;
}
Op<Plain> make_close(std::uint16_t context) {
    Op<Plain> op = make_op(OpKind::uffd_close);
    op.uffd = context;
    return op;
}
Op<Plain> make_madvise(std::uint64_t page, std::uint64_t len, Advice advice) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}
Op<Plain> make_fault(std::uint64_t page, Access access = Access::write) {
    Op<Plain> op = make_op(OpKind::fault, page);
    op.access = access;
    return op;
}

// Every operation of the file on [base, base + 2) of the four pages from base.
std::vector<Op<Plain>> operations() {
    return {make_mbind(base, 2, 1), make_register(base, 2), make_unregister(base + 2, 1), make_close(1)};
}

// Four pages from base of which the third and fourth are registered and have a policy, and two more from base + 8.
template <template <class> class P>
void set_up(Damaged<P>& at) {
    at.perform(make_mmap(base, 4));
    at.perform(make_mmap(base + 8, 2));
    at.perform(make_register(base + 2, 2));
    at.perform(make_mbind(base + 2, 2, 2));
}

// ---------------------------------------------------------------------------------------------------- contracts

TEST(PoliciesLockBalanceTest, the_lock_of_each) {
    for (const Op<Plain>& op : operations()) {
        Damaged<LockBalance> at;
        set_up(at);
        at.perform(op);
        ASSERT_FALSE(at.outcome.events.empty());
        EXPECT_EQ(at.outcome.events.front().event, Event::mmap_lock_write);
        at.outcome.events.erase(at.outcome.events.begin());
        EXPECT_NE(at.found(), "") << name(op.kind);
    }
}

TEST(PoliciesTouchesOnlyTest, a_vma_elsewhere_and_another_process) {
    for (const Op<Plain>& op : operations()) {
        if (op.kind == OpKind::uffd_close) continue;  // its business is the whole address space
        Damaged<TouchesOnly> at;
        set_up(at);
        at.perform(op);
        at.world.change(at.vma_at(base + 8)).uffd = 1;
        EXPECT_THAT(at.found(), HasSubstr("changed VMA [0x1c000,0x1e000)")) << name(op.kind);
    }
    for (const Op<Plain>& op : operations()) {
        Damaged<TouchesOnly> at;
        set_up(at);
        at.perform(make_op(OpKind::fork));
        at.perform(op);
        at.world.change(at.world[at.world.process(1)].mmap).policy = {};
        at.world.change(at.world[at.world.process(1)].mmap).uffd = 1;
        EXPECT_NE(at.found(), "") << name(op.kind);
    }
}

TEST(PoliciesResidueTest, success_told_as_an_error) {
    for (const Errno error : {Errno::einval, Errno::eperm, Errno::efault}) {
        Damaged<ResidueOfErrors> at;
        set_up(at);
        at.perform(make_mbind(base, 4, 1));
        at.outcome.error = error;
        EXPECT_THAT(at.found(), HasSubstr("left other flags, policy, userfaultfd context or name")) << name(error);
    }
    for (const Errno error : {Errno::ebadf, Errno::einval, Errno::eperm, Errno::ebusy}) {
        Damaged<ResidueOfErrors> at;
        set_up(at);
        at.perform(make_register(base + 8, 2));
        at.outcome.error = error;
        EXPECT_THAT(at.found(), HasSubstr("left other flags, policy, userfaultfd context or name")) << name(error);
    }
    Damaged<ResidueOfErrors> at;
    set_up(at);
    at.perform(make_close(1));
    at.outcome.error = Errno::ebadf;
    EXPECT_THAT(at.found(), HasSubstr("a change outside the range"));
    at.outcome.error = Errno::enomem;
    EXPECT_THAT(at.found(), HasSubstr("which the residue table does not allow"));
}

// ---------------------------------------------------------------------------------------------------- page-map

using At = Damaged<PageMapRefinement>;

TEST(PoliciesPageMapTest, another_policy_or_context_than_asked_for) {
    for (const Op<Plain>& op : operations()) {
        SCOPED_TRACE(name(op.kind));
        At at;
        set_up(at);
        at.perform(op);
        const VmaId changed =
            at.vma_at(op.kind == OpKind::uffd_unregister || op.kind == OpKind::uffd_close ? base + 2 : base);
        const Vma<Plain> right = at.world[changed];
        at.world.change(changed).uffd = right.uffd == 0 ? 2 : 0;
        EXPECT_THAT(at.found(), HasSubstr("expected"));
        at.world.change(changed) = right;
        at.world.change(changed).flags ^= vm::uffd_wp;
        EXPECT_NE(at.found(), "");
        at.world.change(changed) = right;
        EXPECT_EQ(at.found(), "");
        const MemPolicyId other = at.world.allocate<MemPolicyId>();
        at.world.change(other).content = 3;
        at.world.change(changed).policy = other;
        EXPECT_THAT(at.found(), HasSubstr("policy 3"));
    }
}

TEST(PoliciesPageMapTest, what_was_forgotten) {
    for (const Op<Plain>& op : operations()) {
        At at;
        set_up(at);
        at.perform(make_op(OpKind::munmap, 100, 1));
        at.last = op;
        EXPECT_NE(at.found(), "") << name(op.kind);
    }
}

TEST(PoliciesPageMapTest, errors_that_must_be) {
    struct Wrong {
        Op<Plain> op;
        Errno error;
    };
    Op<Plain> unaligned = make_mbind(base, 1, 1);
    unaligned.addr.offset = 1;
    Op<Plain> odd_length = make_register(base, 1);
    odd_length.len.offset = 1;
    Op<Plain> odd_unregister = make_unregister(base, 1);
    odd_unregister.addr.offset = 1;
    constexpr std::uint64_t most = pages_in_64_bits - 1;
    for (const Wrong& wrong : {Wrong{make_mbind(base, 1, 1, 8), Errno::einval},
                               Wrong{make_mbind(base, 1, 1, 4), Errno::eperm},
                               Wrong{unaligned, Errno::einval},
                               Wrong{make_mbind(base, most - base + 1, 1), Errno::einval},
                               Wrong{make_mbind(base, 5, 1), Errno::efault},
                               Wrong{make_mbind(base - 1, 3, 1), Errno::efault},
                               Wrong{make_mbind(base, 10, 1), Errno::efault},
                               Wrong{make_mbind(base + 4, 2, 0), Errno::efault},
                               Wrong{make_register(base, 1, 0), Errno::ebadf},
                               Wrong{make_register(base, 1, 1, 0), Errno::einval},
                               Wrong{make_register(base, 1, 1, 4), Errno::einval},
                               Wrong{odd_length, Errno::einval},
                               Wrong{make_register(base, 0), Errno::einval},
                               Wrong{make_register(1, 30), Errno::einval},
                               Wrong{make_register(base, 128), Errno::einval},
                               Wrong{make_register(base + 4, 2), Errno::einval},
                               Wrong{make_register(base + 40, 1), Errno::enomem},
                               Wrong{make_register(base, 4, 2), Errno::ebusy},
                               Wrong{make_unregister(base, 1, 0), Errno::ebadf},
                               Wrong{odd_unregister, Errno::einval},
                               Wrong{make_unregister(base + 4, 2), Errno::einval},
                               Wrong{make_unregister(base + 40, 1), Errno::enomem},
                               Wrong{make_close(0), Errno::ebadf}}) {
        SCOPED_TRACE(fmt::format("{} {:#x} {:#x} {:#x}", name(wrong.op.kind), wrong.op.addr.value(),
                                 wrong.op.len.value(), wrong.op.call_flags));
        At at;
        set_up(at);
        at.perform(wrong.op, wrong.error);
        for (const Errno error : {Errno::ok, Errno::eagain, Errno::eacces}) {
            at.outcome.error = error;
            EXPECT_NE(at.found(), "") << name(error);
        }
    }
}

TEST(PoliciesPageMapTest, memory_that_cannot_be_registered) {
    struct Wrong {
        Op<Plain> mapping;
        std::uint32_t mode;
        Errno error;
    };
    const Op<Plain> shmem = make_mmap(base, 2, map::shared | map::fixed, memfd);
    Op<Plain> readable = make_mmap(base, 2, map::shared | map::fixed, read_only_memfd);
    readable.prot = prot::read;
    for (const Wrong& wrong :
         {Wrong{make_mmap(base, 2, map::private_ | map::fixed, 1), uffd_mode::missing, Errno::einval},
          Wrong{shmem, uffd_mode::wp, Errno::einval}, Wrong{shmem, uffd_mode::missing, Errno::ok},
          Wrong{readable, uffd_mode::missing, Errno::eperm}}) {
        At at;
        at.perform(wrong.mapping);
        at.perform(make_register(base, 1, 1, wrong.mode), wrong.error);
        at.outcome.error = wrong.error == Errno::ok ? Errno::einval : Errno::ok;
        EXPECT_NE(at.found(), "");
    }
    At at;
    at.perform(make_mmap(base, 2, map::private_ | map::fixed, 1));
    at.perform(make_unregister(base, 1), Errno::einval);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, failures_of_memory_need_one) {
    struct Failing {
        Op<Plain> op;
        Errno error;
    };
    for (const Failing& each :
         {Failing{failing(make_mbind(base, 1, 1), AllocKind::policy, 1), Errno::enomem},
          Failing{failing(make_mbind(base, 1, 1), AllocKind::policy, 2), Errno::enomem},
          Failing{failing(make_mbind(base, 6, 1), AllocKind::policy, 1), Errno::enomem},
          Failing{failing(make_mbind(base, 1, 1), AllocKind::vma, 1), Errno::enomem},
          Failing{failing(make_register(base, 1), AllocKind::vma, 1), Errno::enomem},
          Failing{failing(make_unregister(base + 2, 1), AllocKind::policy, 1), Errno::enomem},
          Failing{failing(make_madvise(base, 1, Advice::mergeable), AllocKind::mm_slot, 1), Errno::eagain}}) {
        SCOPED_TRACE(name(each.op.kind));
        At at;
        set_up(at);
        at.perform(each.op, each.error);
        EXPECT_EQ(at.world.pool<MemPolicyId>().live(), 1u) << "the failed call left a policy";
        at.last.fail_alloc = {};
        EXPECT_NE(at.found(), "");
    }
}

TEST(PoliciesPageMapTest, a_failure_after_the_merge_leaves_the_part_changed) {
    At at;
    set_up(at);
    // The second page joins the third, whose registration it must have; then its own policy cannot be made.
    at.perform(make_register(base + 1, 1));
    at.perform(failing(make_mbind(base + 1, 1, 2), AllocKind::policy, 2), Errno::enomem);
    EXPECT_EQ(at.vma_at(base + 1), at.vma_at(base + 2));
    EXPECT_EQ(policy_content(at.world, at.world[at.vma_at(base + 1)].policy), 2u);
    at.last.fail_alloc = {};
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, fork_drops_the_registration_and_keeps_the_policy) {
    At at;
    set_up(at);
    at.perform(make_op(OpKind::fork));
    VmaId copy = at.world[at.world[at.world.process(1)].mmap].next;
    EXPECT_EQ(at.world[copy].uffd, 0u);
    at.world.change(copy).uffd = 1;
    EXPECT_THAT(at.found(), HasSubstr("the child does not have"));
    at.world.change(copy).uffd = 0;
    EXPECT_EQ(at.found(), "");
    at.world.change(copy).flags |= vm::uffd_missing;
    EXPECT_NE(at.found(), "");
    at.world.change(copy).flags &= ~vm::uffd;
    at.world.change(copy).policy = {};
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, a_move_drops_the_registration_and_keeps_the_policy) {
    At at;
    set_up(at);
    at.perform(make_mremap(base + 2, 2, 2, to_address, 44));
    const VmaId copy = at.vma_at(44);
    EXPECT_EQ(at.world[copy].uffd, 0u);
    EXPECT_EQ(at.world[copy].flags & vm::uffd, 0u);
    at.world.change(copy).uffd = 1;
    EXPECT_NE(at.found(), "");
    at.world.change(copy).uffd = 0;
    EXPECT_EQ(at.found(), "");
    at.world.change(copy).policy = {};
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, growth_in_place_keeps_both) {
    At at;
    set_up(at);
    at.perform(make_mremap(base + 2, 2, 3));
    at.world.change(at.vma_at(base + 4)).uffd = 2;
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, an_access_to_a_missing_page) {
    for (const Access access : {Access::read, Access::write}) {
        At at;
        set_up(at);
        at.perform(make_fault(base + 2, access), Errno::sigbus);
        EXPECT_TRUE(at.outcome.has(Event::userfault));
        at.outcome.error = Errno::ok;
        EXPECT_NE(at.found(), "");
    }
    // Present before the registration: nobody is asked.
    At at;
    at.perform(make_mmap(base, 2));
    at.perform(make_fault(base));
    at.perform(make_register(base, 2));
    at.perform(make_fault(base));
    at.outcome.error = Errno::sigbus;
    EXPECT_NE(at.found(), "");
    // A write to memory that is registered for write protection alone is an ordinary fault.
    at.perform(make_register(base, 2, 1, uffd_mode::wp));
    at.perform(make_fault(base + 1));
    at.outcome.error = Errno::sigbus;
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, mlock_of_a_missing_page_marks_it_and_fails) {
    At at;
    set_up(at);
    at.perform(make_lock(OpKind::mlock, base, 4), Errno::enomem);
    EXPECT_NE(at.world[at.vma_at(base + 2)].flags & vm::locked, 0u);
    at.world.change(at.vma_at(base + 2)).flags &= ~vm::locked;
    EXPECT_NE(at.found(), "");
}

TEST(PoliciesPageMapTest, advices_of_ksm_and_huge_pages) {
    struct Advised {
        Advice advice;
        VmFlags before;
        VmFlags after;
    };
    for (const Advised& each :
         {Advised{Advice::mergeable, 0, vm::mergeable}, Advised{Advice::unmergeable, vm::mergeable, 0},
          Advised{Advice::hugepage, vm::nohugepage, vm::hugepage},
          Advised{Advice::nohugepage, vm::hugepage, vm::nohugepage}}) {
        SCOPED_TRACE(name(each.advice));
        constexpr VmFlags looked_at = vm::mergeable | vm::hugepage | vm::nohugepage;
        At at;
        at.perform(make_mmap(base, 2));
        if (each.before != 0)
            at.perform(make_madvise(base, 2,
                                    each.before == vm::mergeable  ? Advice::mergeable
                                    : each.before == vm::hugepage ? Advice::hugepage
                                                                  : Advice::nohugepage));
        at.perform(make_madvise(base, 2, each.advice));
        EXPECT_EQ(at.world[at.vma_at(base)].flags & looked_at, each.after);
        at.world.change(at.vma_at(base)).flags ^= each.after != 0 ? each.after : vm::mergeable;
        EXPECT_NE(at.found(), "");
    }
    // Shared memory is passed over without a word.
    At at;
    at.perform(make_mmap(base, 2, map::shared | map::fixed));
    at.perform(make_madvise(base, 2, Advice::mergeable));
    at.world.change(at.vma_at(base)).flags |= vm::mergeable;
    EXPECT_NE(at.found(), "");
    Parameters p = small_parameters();
    p.thp = false;
    At without(p);
    without.perform(make_mmap(base, 2));
    without.perform(make_madvise(base, 2, Advice::hugepage), Errno::einval);
    without.outcome.error = Errno::ok;
    EXPECT_NE(without.found(), "");
}

}  // namespace
}  // namespace vmacheck
