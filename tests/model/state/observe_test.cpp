// Observations of a World: what is shown, and how anon_vmas are numbered.
#include "model/state/observe.hpp"

#include "model/accounting.hpp"
#include "model/state/world.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Op<Plain> operation(OpKind kind, std::uint64_t page, std::uint64_t pages) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(pages);
    op.prot = prot::read | prot::write;
    op.flags = map::private_ | map::fixed | map::anonymous;
    return op;
}

TEST(Observe, CommittedMemoryThatABugOverdrewIsNegative) {
    World<Plain> world(Parameters{}, default_profile());
    world.edit([](World<Plain>& damaged) { uncharge_commit(damaged, PlainNumber(3)); });
    AnonNumbers numbers;
    EXPECT_EQ(observe(world, numbers).committed, -3);
}

TEST(Observe, AWorldShowsEverything) {
    World<Plain> world(Parameters{}, default_profile());
    world.apply(operation(OpKind::mmap, 16, 4));
    world.apply(operation(OpKind::fault, 17, 1));
    AnonNumbers numbers;
    const Observation observation = observe(world, numbers);
    const ProcessView& process = observation.processes[0];
    EXPECT_TRUE(process.shown && process.alive && process.vmas_shown);
    EXPECT_EQ(process.map_count, 1u);
    EXPECT_EQ(process.total_vm, 4u);
    EXPECT_EQ(process.data_vm, 4u);
    EXPECT_EQ(process.exec_vm, 0u);
    EXPECT_EQ(process.locked_vm, 0u);
    EXPECT_EQ(observation.committed, 4);
    ASSERT_EQ(process.vmas.size(), 1u);
    const VmaView& vma = process.vmas[0];
    EXPECT_EQ(vma.anon_vma, 1u);
    EXPECT_EQ(vma.chain, 1u);
    EXPECT_EQ(vma.chain_members, std::vector<unsigned>{1});
    EXPECT_NE(vma.identity, 0u);
}

TEST(Observe, AnonVmasKeepTheirNumbers) {
    World<Plain> world(Parameters{}, default_profile());
    AnonNumbers numbers;
    world.apply(operation(OpKind::mmap, 32, 1));
    world.apply(operation(OpKind::fault, 32, 1));
    EXPECT_EQ(observe(world, numbers).processes[0].vmas[0].anon_vma, 1u);
    world.apply(operation(OpKind::mmap, 16, 1));
    world.apply(operation(OpKind::fault, 16, 1));
    const ProcessView process = observe(world, numbers).processes[0];
    EXPECT_EQ(process.vmas[0].anon_vma, 2u);  // lower in memory, but seen later
    EXPECT_EQ(process.vmas[1].anon_vma, 1u);
}

TEST(Observe, NoProcessHasCountersOfZero) {
    World<Plain> world(Parameters{}, default_profile());
    AnonNumbers numbers;
    const ProcessView process = observe_process(world, 3, numbers);
    EXPECT_TRUE(process.shown);
    EXPECT_FALSE(process.alive);
    EXPECT_EQ(process.map_count, 0u);
    EXPECT_EQ(process.total_vm, 0u);
}

}  // namespace
}  // namespace vmacheck
