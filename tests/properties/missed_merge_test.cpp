// missed-merge: holds where a merge was taken, and where none applies; fails where a call leaves two VMAs apart that
// the case table joins, and where a refused merge has changed a neighbour.
#include "properties/contracts/missed_merge.hpp"
#include "model/faults/merge.hpp"
#include "model/split.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

using At = Damaged<MissedMerge>;

constexpr Prot both = prot::read | prot::write;

void cut(At& at, std::uint64_t page) {
    const VmaId vma = at.vma_at(page);
    ASSERT_TRUE(vma);
    ASSERT_EQ(split_vma<Plain>(at.world, vma, page, NewPart::above), Errno::ok);
}

// The call merges; cut apart again where it joined, it has missed that merge.
std::string found_when_cut(const Parameters& p, std::initializer_list<Op<Plain>> before, const Op<Plain>& op,
                           std::uint64_t page, const Profile& profile = default_profile()) {
    At at(p, {}, profile);
    for (const Op<Plain>& each : before) at.perform(each);
    at.perform(op);
    EXPECT_TRUE(at.outcome.events.kinds().has_any(merge_case_events));
    cut(at, page);
    return at.found();
}

std::string found_when_cut(std::initializer_list<Op<Plain>> before, const Op<Plain>& op, std::uint64_t page) {
    return found_when_cut(small_parameters(), before, op, page);
}

TEST(MissedMergeTest, a_new_mapping_joins_both_sides) {
    const Op<Plain> low = make_mmap(20, 4);
    const Op<Plain> high = make_mmap(28, 4);
    EXPECT_EQ(found_when_cut({low, high}, make_mmap(24, 4), 24),
              "mmap left VMA [0x14000,0x18000) and VMA [0x18000,0x20000) apart, expected one VMA");
    EXPECT_THAT(found_when_cut({low, high}, make_mmap(24, 4), 28), HasSubstr("[0x14000,0x1c000) and VMA [0x1c000"));
    EXPECT_THAT(found_when_cut({low}, make_mmap(24, 4), 24), HasSubstr("mmap left"));
    EXPECT_THAT(found_when_cut({high}, make_mmap(24, 4), 28), HasSubstr("mmap left"));
}

TEST(MissedMergeTest, the_heap_joins_what_it_grows_from) {
    EXPECT_THAT(found_when_cut({make_op(OpKind::brk, 43)}, make_op(OpKind::brk, 45), 43), HasSubstr("brk left"));
}

TEST(MissedMergeTest, a_copy_joins_what_lies_around_it) {
    const Op<Plain> op = make_mremap(40, 4, 4, to_address, 24);
    EXPECT_THAT(found_when_cut({make_mmap(20, 4), make_mmap(40, 4)}, op, 24), HasSubstr("mremap left"));
    EXPECT_THAT(found_when_cut({make_mmap(28, 4), make_mmap(40, 4)}, op, 28), HasSubstr("mremap left"));
}

TEST(MissedMergeTest, changed_ranges_join_in_every_case) {
    const auto read = [](std::uint64_t page, std::uint64_t len) { return make_mprotect(page, len, prot::read); };
    EXPECT_THAT(found_when_cut({make_mmap(20, 8), read(24, 4)}, read(22, 2), 24), HasSubstr("mprotect left"));
    EXPECT_THAT(found_when_cut({make_mmap(20, 8), read(24, 4)}, make_mprotect(24, 2, both), 24),
                HasSubstr("mprotect left"));
    EXPECT_THAT(found_when_cut({make_mmap(20, 12), read(24, 4)}, make_mprotect(24, 4, both), 24),
                HasSubstr("mprotect left"));
    EXPECT_THAT(found_when_cut({make_mmap(20, 12), read(24, 4)}, make_mprotect(24, 4, both), 28),
                HasSubstr("mprotect left"));
    EXPECT_THAT(found_when_cut({make_mmap(20, 4), make_lock(OpKind::mlock, 20, 2, mlock::onfault)},
                               make_lock(OpKind::munlock, 20, 2), 22),
                HasSubstr("munlock left"));
}

TEST(MissedMergeTest, what_differs_stays_apart) {
    At at;
    at.perform(make_mmap(20, 4));
    at.perform(make_mprotect(22, 2, prot::read));
    at.perform(make_mmap(24, 2, map::private_ | map::fixed, 1));
    at.perform(make_mmap(26, 2, map::private_ | map::fixed, 1));  // the same page of the file again
    Op<Plain> bind = make_op(OpKind::mbind, 20, 1);
    bind.policy = 1;
    at.perform(bind);
    EXPECT_EQ(at.world[at.mm()].map_count, 5u);
}

TEST(MissedMergeTest, pages_of_two_families_stay_apart) {
    At at;
    at.perform(make_mmap(20, 1));
    at.perform(make_mmap(22, 1));
    at.perform(make_op(OpKind::fault, 20));
    at.perform(make_op(OpKind::fault, 22));
    at.perform(make_mmap(21, 1));  // joins one of the two
    EXPECT_EQ(at.world[at.mm()].map_count, 2u);
}

// A range with pages does not join a neighbour without, where the profile has the strict rule; from 6.16 it does.
TEST(MissedMergeTest, the_rule_for_anon_vmas_is_that_of_the_profile) {
    const auto apart = [](const char* profile) {
        const auto dontdump = [](std::uint64_t page) {
            Op<Plain> op = make_op(OpKind::madvise, page, 1);
            op.advice = Advice::dontdump;
            return op;
        };
        At at(small_parameters(), {}, *profile_named(profile));
        for (const Op<Plain>& op : {make_mmap(20, 2), dontdump(21), make_op(OpKind::fault, 20), dontdump(20)})
            at.perform(op);
        return at.world[at.mm()].map_count;
    };
    EXPECT_EQ(apart("v5.10"), 2u);
    EXPECT_EQ(apart("v6.18"), 1u);
}

TEST(MissedMergeTest, no_memory_for_a_chain_is_no_merge) {
    At at;
    at.perform(make_mmap(20, 1));
    at.perform(make_mmap(22, 1));
    at.perform(make_op(OpKind::fault, 22));
    at.perform(failing(make_mmap(21, 1), AllocKind::avc, 1));
    EXPECT_FALSE(at.outcome.events.kinds().has_any(merge_case_events));
    at.last.fail_alloc = {};
    EXPECT_THAT(at.found(), HasSubstr("mmap left"));
}

TEST(MissedMergeTest, a_refused_merge_leaves_neighbours_as_they_were) {
    At at;
    at.perform(make_mmap(20, 1));
    at.perform(make_mmap(30, 1));
    at.perform(make_op(OpKind::fault, 30));
    Op<Plain> readable = make_mmap(21, 1);
    readable.prot = prot::read;
    at.perform(readable);
    at.world.change(at.vma_at(20)).anon_vma = at.world[at.vma_at(30)].anon_vma;
    EXPECT_EQ(at.found(), "mmap changed chain, file or policy of VMA [0x14000,0x15000), though it merged with nothing");
}

}  // namespace
}  // namespace vmacheck
