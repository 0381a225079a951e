// The contracts on mremap and the mlock family: each holds on the step it is about, and fails on the same step damaged,
// or told otherwise than it was.
#include "properties/contracts/lock_balance.hpp"
#include "properties/contracts/map_count_limit.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

// ---------------------------------------------------------------------------------------------------- lock-balance

TEST(LockBalanceRemapTest, each_lock_of_a_move_and_of_population) {
    for (const Op<Plain>& op : {make_mremap(base, 2, 2, to_address, 44), make_lock(OpKind::mlock, base, 2),
                                make_lock(OpKind::mlockall, 0, 0, mcl::current)}) {
        SCOPED_TRACE(name(op.kind));
        Damaged<LockBalance> at;
        at.perform(make_mmap(base, 4, map::shared | map::fixed, 1));
        at.perform(op);
        const std::vector<EventRecord> events = at.outcome.events;
        int locks = 0;
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (events[i].event < Event::mmap_lock_write) continue;
            ++locks;
            at.outcome.events = events;
            at.outcome.events.erase(at.outcome.events.begin() + static_cast<std::ptrdiff_t>(i));
            EXPECT_NE(at.found(), "") << "without " << name(events[i].event);
        }
        EXPECT_GE(locks, 4);
    }
}

// ---------------------------------------------------------------------------------------------------- touches-only

TEST(TouchesOnlyRemapTest, a_vma_elsewhere) {
    for (const Op<Plain>& op :
         {make_mremap(base, 2, 1), make_mremap(base, 2, 4), make_mremap(base, 1, 1, to_address, 44),
          make_lock(OpKind::mlock, base, 2), make_lock(OpKind::munlock, base, 2)}) {
        SCOPED_TRACE(name(op.kind));
        Damaged<TouchesOnly> at;
        at.perform(make_mmap(base, 2));
        at.perform(make_mmap(base + 10, 2));
        at.perform(op);
        at.world.change(at.vma_at(base + 10)).flags ^= vm::locked;
        EXPECT_THAT(at.found(), HasSubstr("changed VMA [0x1e000,0x20000)"));
    }
}

TEST(TouchesOnlyRemapTest, another_destination_and_another_process) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_op(OpKind::fork));
    at.perform(make_mremap(base, 2, 2, to_address, 44));
    at.outcome.value.page = 50;
    EXPECT_THAT(at.found(), HasSubstr("made VMA [0x2c000,0x2e000)"));
    at.perform(make_lock(OpKind::mlockall, 0, 0, mcl::current));
    at.world.change(at.world[at.world.process(1)].mmap).flags |= vm::locked;
    EXPECT_NE(at.found(), "");
}

// ---------------------------------------------------------------------------------------------------- residue

TEST(ResidueRemapTest, success_told_as_an_error) {
    struct Lie {
        Op<Plain> op;
        Errno error;
        const char* left;
    };
    for (const Lie& lie :
         {Lie{make_mremap(base, 2, 2, to_address, 44), Errno::efault, "pages mapped"},
          Lie{make_mremap(base, 2, 1), Errno::einval, "pages unmapped"},
          Lie{make_mremap(base, 2, 3), Errno::eagain, "pages mapped"},
          Lie{make_lock(OpKind::mlock, base, 1), Errno::eperm, "other flags"},
          Lie{make_lock(OpKind::mlock, base, 1), Errno::einval, "other flags"},
          Lie{make_lock(OpKind::mlockall, 0, 0, mcl::current), Errno::enomem, "a VMA faulted"},
          Lie{make_lock(OpKind::mlockall, 0, 0, mcl::current), Errno::eperm, "a VMA faulted"},
          Lie{make_lock(OpKind::munlockall, 0, 0), Errno::enomem, "which the residue table does not allow"},
          Lie{make_lock(OpKind::munlock, base, 2), Errno::eagain, "which the residue table does not allow"},
          Lie{make_mremap(base, 2, 3), Errno::eacces, "which the residue table does not allow"}}) {
        Damaged<ResidueOfErrors> at;
        at.perform(make_mmap(base, 2));
        at.perform(lie.op);
        at.outcome.error = lie.error;
        Report report;
        ResidueOfErrors<Plain>::step(Step<Plain>{at.world, at.last, at.outcome}, report);
        std::string all;
        for (const Violation& each : report.violations()) all += each.text + "; ";
        EXPECT_THAT(all, HasSubstr(lie.left)) << name(lie.op.kind) << ' ' << name(lie.error);
    }
}

TEST(ResidueRemapTest, the_lost_destination_is_for_a_fixed_one) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_mremap(50, 1, 1, to_address, base), Errno::efault);
    EXPECT_FALSE(at.vma_at(base));
    at.last.call_flags = mremap::maymove;
    EXPECT_THAT(at.found(), HasSubstr("mremap failed with EFAULT and left"));
}

TEST(ResidueRemapTest, what_population_leaves_is_for_mlock) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 2));
    Op<Plain> op = make_lock(OpKind::mlock, base, 2);
    op.fail_alloc = {AllocKind::page, 2};
    at.perform(make_mmap(base + 2, 1, map::private_ | map::fixed | map::noreserve));
    op.len = Bytes<Plain>::pages(4);  // and a hole behind: the walk stops, nothing is faulted in
    at.perform(op, Errno::enomem);
    EXPECT_FALSE(faulted(at.world[at.vma_at(base)]));
    op.len = Bytes<Plain>::pages(3);
    op.fail_alloc = {AllocKind::page, 1};
    at.perform(op, Errno::eagain);
    EXPECT_TRUE(faulted(at.world[at.vma_at(base)]));
    at.last.kind = OpKind::munlock;
    at.outcome.error = Errno::enomem;
    EXPECT_EQ(at.found(), "") << "a merge may give a VMA its neighbour's anon_vma";
    at.outcome.error = Errno::einval;
    EXPECT_THAT(at.found(), HasSubstr("a VMA faulted"));
}

// ---------------------------------------------------------------------------------------------------- map-count-limit

TEST(MapCountLimitRemapTest, only_a_cut_for_want_of_memory_passes_the_limit) {
    Damaged<MapCountLimit> at(with_map_count(2));
    at.leave_a_cut(make_mremap(base, 8, 2));  // cuts both, as munmap does
    EXPECT_THAT(at.found(), HasSubstr("mremap raised map_count from 2 to 3"));
    at.last.kind = OpKind::mlock;
    EXPECT_THAT(at.found(), HasSubstr("mlock raised map_count from 2 to 3"));
}

}  // namespace
}  // namespace vmacheck
