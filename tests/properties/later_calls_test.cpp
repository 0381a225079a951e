// What kernels since v5.10 have in addition: seals of mseal, droppable memory, pages populated by madvise. That all
// properties hold with them, and that they are noticed where they are not kept.
#include "checker/random/random_ops.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/properties/contract_damage.hpp"

#include <map>
#include <set>

namespace vmacheck {
namespace {

using testing::HasSubstr;

const Profile& late() {
    return *profile_named("v6.18");
}

Op<Plain> make_seal(std::uint64_t page, std::uint64_t len) {
    return make_op(OpKind::mseal, page, len);
}

Op<Plain> make_madvise(std::uint64_t page, std::uint64_t len, Advice advice) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}

Op<Plain> make_droppable(std::uint64_t page, std::uint64_t len) {
    return make_mmap(page, len, map::droppable | map::fixed);
}

Op<Plain> read_only(Op<Plain> op) {
    op.prot = prot::read;
    return op;
}

// Steps of one World, each of which must end like this and hold all properties.
class LaterCalls : public testing::Test {
protected:
    void perform(const Op<Plain>& op, Errno error = Errno::ok) {
        outcome = world.apply(op);
        EXPECT_EQ(name(outcome.error), name(error));
        Report report;
        checker->check_step(world, op, report);
        EXPECT_TRUE(report.empty()) << report.violations().front().text;
    }
    // "20-22:s 22-24:": pages, s sealed, d droppable, l locked.
    [[nodiscard]] std::string marks() const {
        std::string text;
        world.each_vma(world.process(0), [&](VmaId, const Vma<Plain>& vma) {
            text += fmt::format("{}{}-{}:{}{}{}", text.empty() ? "" : " ", vma.start.value(), vma.end.value(),
                                (vma.flags & vm::sealed) != 0 ? "s" : "", (vma.flags & vm::droppable) != 0 ? "d" : "",
                                (vma.flags & vm::locked) != 0 ? "l" : "");
        });
        return text;
    }
    [[nodiscard]] bool faulted_at(std::uint64_t page) const {
        bool found = false;
        world.each_vma(world.process(0), [&](VmaId, const Vma<Plain>& vma) {
            found |= vma.start.value() <= page && page < vma.end.value() && faulted(vma);
        });
        return found;
    }

    World<Plain> world{small_parameters(), late()};
    std::unique_ptr<PropertyChecker<Plain>> checker = make_property_checker<Plain>();
    Outcome<Plain> outcome;
};

TEST_F(LaterCalls, ASealKeepsMemoryWhereAndAsItIs) {
    perform(make_mmap(20, 6));
    perform(make_seal(22, 2));
    EXPECT_EQ(marks(), "20-22: 22-24:s 24-26:");
    perform(make_op(OpKind::munmap, 21, 5), Errno::eperm);
    EXPECT_EQ(marks(), "20-21: 21-22: 22-24:s 24-26:") << "the cut at the start of the range stays";
    perform(make_mprotect(20, 6, prot::read), Errno::eperm);
    EXPECT_EQ(marks(), "20-22: 22-24:s 24-26:") << "both parts are read-only, and one VMA again";
    perform(make_mmap(23, 1), Errno::eperm);
    perform(make_mremap(23, 1, 1), Errno::eperm);
    perform(make_mremap(24, 1, 1, to_address, 23), Errno::eperm);
    perform(make_mremap(20, 4, 1), Errno::eperm);
    perform(make_seal(20, 6));
    perform(make_lock(OpKind::mlock, 20, 6));
    EXPECT_EQ(marks(), "20-22:sl 22-26:sl") << "seals are no obstacle to locks";
}

TEST_F(LaterCalls, SealedVmasMergeWithTheirLike) {
    perform(make_mmap(20, 3));
    perform(make_seal(21, 1));
    perform(make_mmap(23, 2));
    EXPECT_EQ(marks(), "20-21: 21-22:s 22-25:");
    perform(make_seal(22, 3));
    EXPECT_EQ(marks(), "20-21: 21-25:s");
    perform(make_seal(20, 5));
    EXPECT_EQ(marks(), "20-25:s");
}

TEST_F(LaterCalls, AHoleIsFoundBeforeAnythingIsSealed) {
    perform(make_mmap(20, 2));
    perform(make_mmap(23, 2));
    perform(make_seal(20, 5), Errno::enomem);
    perform(make_seal(23, 3), Errno::enomem);
    EXPECT_EQ(marks(), "20-22: 23-25:");
    perform(failing(make_seal(21, 1), AllocKind::vma, 1), Errno::enomem);
    EXPECT_EQ(marks(), "20-22: 23-25:");
}

TEST_F(LaterCalls, ASealKeepsWhatCannotBeWrittenFromBeingDiscarded) {
    perform(read_only(make_mmap(20, 1)));
    perform(make_mmap(22, 1));
    perform(make_seal(20, 1));
    perform(make_seal(22, 1));
    for (const Advice each : {Advice::dontneed, Advice::dontneed_locked, Advice::free, Advice::remove, Advice::dontfork,
                              Advice::wipeonfork})
        perform(make_madvise(20, 1, each), Errno::eperm);
    perform(make_madvise(20, 1, Advice::dontdump));
    perform(make_madvise(22, 1, Advice::dontneed));
}

TEST_F(LaterCalls, DroppableMemoryIsNeverLocked) {
    perform(make_droppable(20, 2));
    perform(make_lock(OpKind::mlock, 20, 2));
    perform(make_lock(OpKind::mlockall, 0, 0, mcl::future));
    perform(make_droppable(22, 2));
    EXPECT_EQ(marks(), "20-22:d 22-24:d") << "that it would have been locked keeps them apart";
    EXPECT_EQ(world[world.process(0)].locked_vm, 0u);
}

TEST(Droppable, IsLockedByTheFutureBefore71) {
    World<Plain> world(small_parameters(), *profile_named("v6.12"));
    world.apply(make_lock(OpKind::mlockall, 0, 0, mcl::future));
    world.apply(make_droppable(20, 2));
    world.apply(make_op(OpKind::munlockall));
    EXPECT_EQ(world[world.process(0)].locked_vm, 2u);
}

TEST_F(LaterCalls, AccessToDroppableMemoryDoesNotEndForLackOfIt) {
    perform(make_droppable(20, 1));
    perform(failing(make_op(OpKind::fault, 20), AllocKind::page, 1));
    EXPECT_TRUE(faulted_at(20));
    perform(make_op(OpKind::reclaim, 20));
}

TEST_F(LaterCalls, PopulateFaultsInUpToAHole) {
    perform(make_mmap(20, 2));
    perform(make_mmap(23, 2));
    perform(make_madvise(20, 2, Advice::populate_read));
    EXPECT_FALSE(faulted_at(20));
    perform(make_madvise(20, 5, Advice::populate_write), Errno::enomem);
    EXPECT_TRUE(faulted_at(20));
    EXPECT_FALSE(faulted_at(23));
}

TEST(Populate, PassesOverHolesBefore69) {
    World<Plain> world(small_parameters(), *profile_named("v6.1"));
    world.apply(make_mmap(20, 1));
    world.apply(make_mmap(22, 1));
    EXPECT_EQ(world.apply(make_madvise(20, 3, Advice::populate_write)).error, Errno::enomem);
    int faulted_vmas = 0;
    world.each_vma(world.process(0), [&](VmaId, const Vma<Plain>& vma) { faulted_vmas += faulted(vma) ? 1 : 0; });
    EXPECT_EQ(faulted_vmas, 2);
}

TEST(LateCallsOfV510, AreNotKnown) {
    World<Plain> world(small_parameters(), default_profile());
    EXPECT_EQ(world.apply(make_droppable(20, 1)).error, Errno::einval);
    world.apply(make_mmap(20, 1));
    for (const Op<Plain>& each :
         {make_seal(20, 1), make_madvise(20, 1, Advice::populate_read), make_madvise(20, 1, Advice::populate_write),
          make_madvise(20, 1, Advice::dontneed_locked)})
        EXPECT_EQ(world.apply(each).error, Errno::einval);
}

// The generator draws them where the profile has them.
TEST(RandomLaterCalls, HoldAllProperties) {
    std::map<Errno, int> seals;
    std::map<Errno, int> populated;
    std::set<OpKind> refused;
    int droppable = 0;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        const Parameters p = small_parameters();
        World<Plain> world(p, seed % 2 == 0 ? late() : *profile_named("v6.12"));
        RandomOps ops(seed, p, 24);
        const auto checker = make_property_checker<Plain>();
        for (int step = 0; step < 3'000; ++step) {
            const Op<Plain> op = ops.next(world);
            const Outcome<Plain> outcome = world.apply(op);
            Report report;
            checker->check_step(world, op, report);
            ASSERT_TRUE(report.empty()) << seed << " " << step << " " << report.violations().front().text;
            if (op.kind == OpKind::mseal) ++seals[outcome.error];
            if (op.kind == OpKind::madvise && populates(op.advice)) ++populated[outcome.error];
            if (op.kind == OpKind::mmap && (op.flags & map::type_mask) == map::droppable && outcome.ok()) ++droppable;
            if (outcome.error == Errno::eperm) refused.insert(op.kind);
        }
    }
    for (const Errno each : {Errno::ok, Errno::enomem}) EXPECT_GT(seals[each], 0) << name(each);
    for (const Errno each : {Errno::ok, Errno::einval, Errno::enomem, Errno::efault})
        EXPECT_GT(populated[each], 0) << name(each);
    for (const OpKind each : {OpKind::munmap, OpKind::mprotect, OpKind::mremap, OpKind::mmap, OpKind::madvise})
        EXPECT_TRUE(refused.count(each)) << name(each);
    EXPECT_GT(droppable, 0);
}

// ---------------------------------------------------------------------------------------------------- damage

class LateDamage : public testing::Test {
protected:
    Damaged<PageMapRefinement> at{small_parameters(), {}, late()};
};

TEST_F(LateDamage, ASealOutsideTheRange) {
    at.perform(make_mmap(base, 4));
    at.perform(make_seal(base, 2));
    at.last.len = Bytes<Plain>::pages(3);
    EXPECT_NE(at.found(), "");
}

TEST_F(LateDamage, SealedMemoryThatIsUnmapped) {
    at.perform(make_mmap(base, 4));
    at.perform(make_seal(base, 4));
    at.perform(make_op(OpKind::munmap, base, 4), Errno::eperm);
    at.outcome.error = Errno::ok;
    EXPECT_THAT(at.found(), HasSubstr("expected EPERM"));
}

TEST_F(LateDamage, SealedMemoryThatIsDiscarded) {
    at.perform(read_only(make_mmap(base, 1)));
    at.perform(make_seal(base, 1));
    at.perform(make_madvise(base, 1, Advice::dontneed), Errno::eperm);
    at.outcome.error = Errno::ok;
    EXPECT_THAT(at.found(), HasSubstr("expected EPERM"));
}

TEST_F(LateDamage, DroppableMemoryThatIsKept) {
    at.perform(make_droppable(base, 2));
    at.world.change(at.vma_at(base)).flags &= ~vm::wipeonfork;
    EXPECT_NE(at.found(), "");
}

TEST_F(LateDamage, APageThatWasNotPopulated) {
    at.perform(make_mmap(base, 2));
    at.perform(make_madvise(base, 1, Advice::populate_write));
    at.last.len = Bytes<Plain>::pages(2);
    EXPECT_THAT(at.found(), HasSubstr("is missing"));
    at.perform(make_madvise(base + 1, 1, Advice::populate_read));
    at.last.advice = Advice::populate_write;
    EXPECT_THAT(at.found(), HasSubstr("cannot be written"));
}

TEST(LateResidue, ErrorsThatAKernelWithoutTheCallsCannotGive) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_op(OpKind::munmap, base + 10, 1));
    at.outcome.error = Errno::eperm;
    EXPECT_THAT(at.found(), HasSubstr("residue table"));
    EXPECT_EQ(missing_for(default_profile().policy, OpKind::munmap, Errno::eperm), "mseal");
    EXPECT_EQ(missing_for(late().policy, OpKind::munmap, Errno::eperm), "");
    EXPECT_EQ(missing_for(default_profile().policy, OpKind::madvise, Errno::efault), "MADV_POPULATE");
    EXPECT_EQ(missing_for(default_profile().policy, OpKind::mseal, Errno::ok), "mseal");
    EXPECT_EQ(missing_for(default_profile().policy, OpKind::mseal, Errno::einval), "");
}

}  // namespace
}  // namespace vmacheck
