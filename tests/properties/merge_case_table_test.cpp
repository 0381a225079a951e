// The table of merge cases holds for each case, and fails when a case is damaged or taken for another.
#include "properties/contracts/merge_case_table.hpp"

#include "model/faults/merge.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

struct Case {
    int which;
    std::vector<Op<Plain>> before;
    Op<Plain> op;
};

// P at [20,24), N at [24,28), X at [28,32), as far as the case has them.
std::vector<Case> cases() {
    const auto rw = [](std::uint64_t page, std::uint64_t len) { return make_mmap(page, len); };
    const auto read = [](std::uint64_t page, std::uint64_t len) { return make_mprotect(page, len, prot::read); };
    const auto lock = [](std::uint64_t page, std::uint64_t len) {
        return make_lock(OpKind::mlock, page, len, mlock::onfault);
    };
    const Prot both = prot::read | prot::write;
    return {
        {1, {rw(20, 4), rw(28, 4)}, rw(24, 4)},
        {2, {rw(20, 4)}, rw(24, 4)},
        {3, {rw(28, 4)}, rw(24, 4)},
        {4, {rw(20, 8), read(24, 4)}, read(22, 2)},
        {5, {rw(20, 8), read(24, 4)}, make_mprotect(24, 2, both)},
        {6, {rw(20, 12), read(24, 4)}, make_mprotect(24, 4, both)},
        {7, {rw(20, 8), read(24, 4)}, make_mprotect(24, 4, both)},
        {8, {rw(24, 8), read(24, 4)}, make_mprotect(24, 4, both)},
        // A copy at the destination, whose source stays; and pages whose lock is taken or lost.
        {1, {rw(20, 4), rw(28, 4), rw(40, 4)}, make_mremap(40, 4, 4, to_address | mremap::dontunmap, 24)},
        {2, {rw(20, 4), rw(40, 4)}, make_mremap(40, 4, 4, to_address | mremap::dontunmap, 24)},
        {3, {rw(28, 4), rw(40, 4)}, make_mremap(40, 4, 4, to_address | mremap::dontunmap, 24)},
        {4, {rw(20, 8), lock(24, 4)}, lock(22, 2)},
        {5, {rw(20, 8), lock(24, 4)}, make_lock(OpKind::munlock, 24, 2)},
        {6, {rw(20, 12), lock(24, 4)}, make_lock(OpKind::munlock, 24, 4)},
        {6, {rw(20, 12), lock(24, 4)}, make_lock(OpKind::munlockall, 0, 0)},
    };
}

Damaged<MergeCaseTable> merged(const Case& each) {
    Damaged<MergeCaseTable> at;
    for (const Op<Plain>& op : each.before) at.perform(op);
    at.perform(each.op);
    return at;
}

VmaId survivor(const Damaged<MergeCaseTable>& at) {
    VmaId found;
    for (const EventRecord& event : at.outcome.events)
        if (merge_case(event.event) != 0)
            at.world.each_vma(at.mm(), [&](VmaId id, const Vma<Plain>&) {
                if (id.raw() == event.a) found = id;
            });
    return found;
}

TEST(MergeCaseTableTest, each_case_and_what_breaks_it) {
    for (const Case& each : cases()) {
        SCOPED_TRACE(each.which);
        {
            Damaged<MergeCaseTable> at = merged(each);
            std::vector<int> seen;
            for (const EventRecord& event : at.outcome.events)
                if (merge_case(event.event) != 0) seen.push_back(merge_case(event.event));
            EXPECT_EQ(seen, std::vector<int>{each.which});
            // Reported as any other case, it is wrong.
            for (int other = 1; other <= 8; ++other) {
                std::vector<EventRecord> events = at.outcome.events;
                for (EventRecord& event : events)
                    if (merge_case(event.event) != 0)
                        event.event = static_cast<Event>(static_cast<int>(Event::merge_case_1) + other - 1);
                at.outcome.events = events;
                EXPECT_EQ(at.found().empty(), other == each.which) << "taken for case " << other;
            }
        }
        const auto damaged = [&](auto&& damage) {
            Damaged<MergeCaseTable> at = merged(each);
            damage(at);
            return at.found();
        };
        using At = Damaged<MergeCaseTable>&;
        EXPECT_NE(damaged([](At at) { at.world.change(survivor(at)).pgoff += 1; }), "");
        EXPECT_NE(damaged([](At at) { at.world.change(survivor(at)).start += 1; }), "");
        EXPECT_NE(damaged([](At at) { at.world.change(survivor(at)).end -= 1; }), "");
        EXPECT_NE(damaged([](At at) { ++at.world.change(at.mm()).map_count; }), "");
        EXPECT_NE(damaged([](At at) { at.world.change(survivor(at)).file = FileId(0, 0); }), "");
        EXPECT_NE(damaged([](At at) { at.world.free(survivor(at)); }), "");
    }
}

TEST(MergeCaseTableTest, the_fault_of_case_3) {
    Damaged<MergeCaseTable> at(small_parameters(), FaultSet{}.add(faults::merge_case3_pgoff));
    at.perform(make_mmap(28, 4));
    at.perform_damaged(make_mmap(24, 4));
    EXPECT_THAT(at.found(), HasSubstr("case 3: the page offset of the survivor is "));
}

}  // namespace
}  // namespace vmacheck
