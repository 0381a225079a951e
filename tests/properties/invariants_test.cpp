// Every invariant and counter, and bounded-growth: nothing is said of an undamaged World, and each damage is noticed
// both by the check after a step and by a full sweep. The damages stand in the invariants_*_test.cpp files.
#include "tests/properties/invariant_damage.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace vmacheck {
namespace {

// Room for a page table and lists of some length, and all the kinds of files of the random tests.
Parameters parameters() {
    Parameters p = small_parameters();
    p.max_map_count = 1000;
    add_huge_page_files(p);
    return p;
}

constexpr std::uint16_t plain_file = 1;
constexpr std::uint16_t same_inode = 2;
constexpr std::uint16_t file_with_hooks = 9;
constexpr std::uint16_t short_file = file::short_file;
constexpr Prot rw = prot::read | prot::write;

}  // namespace

template <class D>
void DamagedWorld<D>::run(const Op<D>& op) {
    if (const Outcome<D>& outcome = world.apply(op); !outcome.ok())
        failed_ += fmt::format("{} at {:#x}: {}\n", name(op.kind), op.addr.page.value(), name(outcome.error));
}

template <class D>
void DamagedWorld<D>::map(std::uint64_t page, std::uint64_t count, Prot prot, MapFlags flags, std::uint16_t file,
                          std::uint64_t offset) {
    Op<D> op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<D>::pages(page);
    op.len = Bytes<D>::pages(count);
    op.prot = prot;
    op.flags = flags | map::fixed | (file == 0 ? map::anonymous : 0);
    op.file = file;
    op.offset = Bytes<D>::pages(offset);
    run(op);
}

template <class D>
void DamagedWorld<D>::fault(std::size_t slot, std::uint64_t page, Access access) {
    Op<D> op;
    op.kind = OpKind::fault;
    op.process = static_cast<std::uint8_t>(slot);
    op.addr = Bytes<D>::pages(page);
    op.access = access;
    run(op);
}

template <class D>
DamagedWorld<D>::DamagedWorld() : world(parameters(), default_profile()) {
    Op<D> fork;
    fork.kind = OpKind::fork;
    run(fork);  // empty_slot
    map(faulted_at, 6, rw, map::private_);
    fault(parent_slot, 9, Access::write);
    fault(parent_slot, 10, Access::write);
    Op<D> split;
    split.kind = OpKind::split;
    split.addr = Bytes<D>::pages(faulted_upper_at);
    run(split);
    fault(parent_slot, 13, Access::write);
    map(unfaulted_at, 2, rw, map::private_);
    fault(parent_slot, unfaulted_at, Access::read);
    map(shared_file_at, 4, rw, map::shared, plain_file, 0);
    fault(parent_slot, 20, Access::write);
    fault(parent_slot, 21, Access::write);
    map(private_file_at, 4, rw, map::private_, plain_file, 2);
    fault(parent_slot, 26, Access::read);
    fault(parent_slot, 27, Access::write);
    map(same_inode_at, 2, rw, map::shared, same_inode, 8);
    map(hooks_at, 2, prot::read, map::private_, file_with_hooks, 0);
    map(shared_anon_at, 3, rw, map::shared);
    fault(parent_slot, shared_anon_at, Access::write);
    map(text_at, 2, prot::read | prot::exec, map::private_);
    map(locked_at, 2, rw, map::private_ | map::locked);
    Op<D> attach;
    attach.kind = OpKind::shmat;
    attach.addr = Bytes<D>::pages(segment_at);
    attach.file = file::segment;
    run(attach);
    map(granule_at, 4, rw, map::private_, file::granule);
    map(huge_at, 4, rw, map::private_, static_cast<std::uint16_t>(world.parameters().files.size() - 1));
    map(stack_at, 2, rw, map::private_ | map::growsdown);
    map(swapped_at, 2, rw, map::private_);
    fault(parent_slot, swapped_at, Access::write);
    fault(parent_slot, swapped_at + 1, Access::write);
    map(short_file_at, 2, rw, map::private_, short_file, 3);
    fault(parent_slot, short_file_at, Access::read);
    fault(parent_slot, short_file_at + 1, Access::write);
    bind_and_register();
    run(fork);  // child_slot
    Op<D> mergeable;
    mergeable.kind = OpKind::madvise;
    mergeable.addr = Bytes<D>::pages(policy_at);
    mergeable.len = Bytes<D>::pages(2);
    mergeable.advice = Advice::mergeable;
    run(mergeable);
    fault(child_slot, 9, Access::write);
    fault(parent_slot, 13, Access::write);
    Op<D> reclaim;
    reclaim.kind = OpKind::reclaim;
    for (const std::uint64_t page : {swapped_at, swapped_at + 1}) {
        reclaim.addr = Bytes<D>::pages(page);
        run(reclaim);
    }
    fault(parent_slot, swapped_at + 1, Access::read);
}

template <class D>
void DamagedWorld<D>::bind_and_register() {
    map(registered_at, 2, rw, map::private_);
    map(policy_at, 2, rw, map::private_);
    Op<D> op;
    op.kind = OpKind::uffd_register;
    op.addr = Bytes<D>::pages(registered_at);
    op.len = Bytes<D>::pages(2);
    op.call_flags = uffd_mode::missing;
    op.uffd = 1;
    run(op);
    op.kind = OpKind::mbind;
    op.addr = Bytes<D>::pages(policy_at);
    op.call_flags = 0;
    op.policy = 1;
    run(op);
}

template <class D>
std::vector<Damage<D>> all_damages() {
    std::vector<Damage<D>> all = vma_damages<D>();
    for (auto* more : {&rmap_damages<D>, &page_damages<D>, &counter_damages<D>, &swap_damages<D>})
        for (const Damage<D>& each : more()) all.push_back(each);
    return all;
}

template class DamagedWorld<Plain>;
template class DamagedWorld<Traced>;
template std::vector<Damage<Plain>> all_damages();
template std::vector<Damage<Traced>> all_damages();

namespace {

std::string text_of(const Report& report) {
    std::string text;
    for (const Violation& each : report.violations()) text += each.property + ": " + each.text + "\n";
    return text.empty() ? "nothing\n" : text;
}

bool reports(const Report& report, const std::string& property) {
    for (const Violation& each : report.violations())
        if (each.property == property) return true;
    return false;
}

template <class D>
class DamageTest : public testing::TestWithParam<Damage<D>> {
protected:
    static void undamaged_then_damaged() {
        const Damage<D>& damage = DamageTest::GetParam();
        DamagedWorld<D> stage;
        ASSERT_EQ(stage.failed(), "");
        stage.last_step(damage.after_fork);
        const std::vector<std::uint64_t> intact = stage.world.flatten();
        const std::unique_ptr<PropertyChecker<D>> checker = make_property_checker<D>();
        Report report;
        checker->check_step(stage.world, stage.op(), report);
        checker->check_all(stage.world, report);
        ASSERT_TRUE(report.empty()) << text_of(report);

        damage.apply(stage.world);
        report.clear();
        checker->check_step(stage.world, stage.op(), report);
        const char* const at_step = damage.at_step != nullptr ? damage.at_step : damage.property;
        EXPECT_TRUE(reports(report, at_step)) << "after the step: " << text_of(report);
        if (!damage.after_fork) {
            report.clear();
            checker->check_all(stage.world, report);
            EXPECT_TRUE(reports(report, damage.property)) << "in a sweep: " << text_of(report);
        }

        // The damage is part of the journal: undone, nothing is left of it.
        stage.world.undo();
        if (!damage.after_fork) {
            EXPECT_EQ(stage.world.flatten(), intact);
        }
        report.clear();
        checker->check_all(stage.world, report);
        EXPECT_TRUE(report.empty()) << "after undo: " << text_of(report);
    }
};

using PlainDamage = DamageTest<Plain>;
using TracedDamage = DamageTest<Traced>;

template <class D>
std::string test_name(const testing::TestParamInfo<Damage<D>>& info) {
    std::string name = std::string(info.param.property) + "__" + info.param.what;
    for (char& each : name)
        if (each == '-') each = '_';
    return name;
}

TEST_P(PlainDamage, is_found) {
    undamaged_then_damaged();
}
TEST_P(TracedDamage, is_found) {
    undamaged_then_damaged();
}

INSTANTIATE_TEST_SUITE_P(Invariant, PlainDamage, testing::ValuesIn(all_damages<Plain>()), test_name<Plain>);
INSTANTIATE_TEST_SUITE_P(Invariant, TracedDamage, testing::ValuesIn(all_damages<Traced>()), test_name<Traced>);

TEST(InvariantsTest, every_invariant_and_counter_has_a_damage) {
    std::map<std::string, int> damages;
    for (const Damage<Plain>& each : all_damages<Plain>()) ++damages[each.property];
    for (const PropertyInfo& property : all_properties()) {
        const bool wanted = property.kind == PropertyKind::invariant || property.kind == PropertyKind::counter ||
                            property.name == "bounded-growth";
        if (!wanted) continue;
        EXPECT_GT(damages[std::string(property.name)], 0) << property.name << " is never seen to fail";
    }
    for (const auto& [name, count] : damages)
        EXPECT_TRUE(count == 0 || property_named(name) != nullptr) << name << " is damaged, but no property";
}

TEST(InvariantsTest, damages_have_names_of_their_own) {
    std::set<std::string> names;
    for (const Damage<Plain>& each : all_damages<Plain>())
        EXPECT_TRUE(names.insert(std::string(each.property) + each.what).second) << each.property << " " << each.what;
}

}  // namespace
}  // namespace vmacheck
