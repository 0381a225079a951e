// linearizable: with a step of another task in between, an operation ends as if the two had come one after the other.
#include "properties/contracts/linearizable.hpp"

#include "model/page_table.hpp"
#include "model/profiles/profile.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

using At = Damaged<Linearizable>;

Op<Plain> with_access(Op<Plain> op, std::uint64_t page, std::uint16_t nth = 1) {
    op.meanwhile = {.nth = nth, .addr = page * page_size};
    return op;
}

TEST(LinearizableTest, a_page_that_an_access_mapped_and_that_is_gone_is_found) {
    At at;
    at.perform(make_mmap(base, 1));
    at.perform(make_mmap(base + 4, 1));
    at.perform(with_access(make_op(OpKind::munmap, base, 1), base + 4));
    ASSERT_TRUE(at.world.outcome().meanwhile.done);
    EXPECT_EQ(at.found(), "");
    zap_pte<Plain>(at.world, find_pte<Plain>(at.world, at.world.process(0), base + 4));
    EXPECT_EQ(at.found(),
              "munmap while another task accesses 0x18000 (in __do_munmap) ends as neither order does: compared with "
              "munmap first, lacks writable page at 0x18000 of process 0; with fault first, lacks writable page at "
              "0x18000 of process 0");
}

TEST(LinearizableTest, a_vma_that_is_as_in_neither_order_is_found) {
    At at;
    at.perform(make_mmap(base, 2));
    at.perform(with_access(make_op(OpKind::munmap, base, 1), base + 1, 2));  // the first place is in the split
    ASSERT_TRUE(at.world.outcome().meanwhile.done);
    at.world.change(at.vma_at(base + 1)).flags |= vm::locked;
    EXPECT_THAT(at.found(), HasSubstr("lacks VMA [0x15000,0x16000) of process 0"));
}

Op<Plain> with_reclaim(Op<Plain> op, std::uint64_t page, std::uint16_t nth = 1) {
    op.meanwhile = {.nth = nth, .kind = OpKind::reclaim, .addr = page * page_size};
    return op;
}

// Locked, with an access to another page before it is populated.
void lock_while_another_page_is_written(At& at) {
    at.perform(make_mmap(base, 1));
    at.perform(make_mmap(base + 4, 1));
    at.perform(with_access(make_lock(OpKind::mlock, base, 1), base + 4));
    ASSERT_EQ(at.world.outcome().meanwhile.where, std::string_view("__mm_populate"));
}

TEST(LinearizableTest, a_page_that_is_gone_while_a_call_populates_is_found) {
    At at;
    lock_while_another_page_is_written(at);
    zap_pte<Plain>(at.world, find_pte<Plain>(at.world, at.world.process(0), base + 4));
    EXPECT_THAT(at.found(), HasSubstr("lacks writable page at 0x18000 of process 0"));
}

TEST(LinearizableTest, a_vma_that_is_wrong_while_a_call_populates_is_found) {
    At at;
    lock_while_another_page_is_written(at);
    at.world.change(at.vma_at(base)).flags &= ~vm::locked;
    EXPECT_THAT(at.found(), HasSubstr("lacks VMA [0x14000,0x15000) of process 0"));
}

TEST(LinearizableTest, a_page_that_was_not_to_be_reclaimed_and_is_read_only_is_found) {
    At at;
    at.perform(make_mmap(base, 1, map::private_ | map::fixed | map::populate));
    at.perform(make_mmap(base + 4, 2, map::private_ | map::fixed | map::populate));
    at.perform(with_reclaim(make_op(OpKind::munmap, base, 1), base + 4));
    ASSERT_TRUE(at.world.outcome().meanwhile.done);
    const PteId other = find_pte<Plain>(at.world, at.world.process(0), base + 5);
    at.world.change(other).writable = false;
    EXPECT_THAT(at.found(), HasSubstr("has page at 0x19000 of process 0, expected writable page at 0x19000"));
}

TEST(LinearizableTest, a_page_to_be_reclaimed_that_is_neither_there_nor_in_swap_space_is_found) {
    At at;
    at.perform(make_mmap(base, 1, map::private_ | map::fixed | map::populate));
    at.perform(make_mmap(base + 4, 1, map::private_ | map::fixed | map::populate));
    at.perform(with_reclaim(make_op(OpKind::munmap, base, 1), base + 4));
    ASSERT_TRUE(at.world.outcome().meanwhile.done);
    zap_pte<Plain>(at.world, find_pte<Plain>(at.world, at.world.process(0), base + 4));
    EXPECT_THAT(at.found(), HasSubstr("lacks page in swap space at 0x18000 of process 0"));
}

// A stack of two processes; one of them replaces its own, while the other grows, at the commit limit.
void replace_while_a_growth_is_refused(At& at) {
    at.perform(make_mmap(base + 4, 1, map::private_ | map::fixed | map::growsdown));
    at.perform(make_op(OpKind::fork));
    Op<Plain> op = make_mmap(base + 1, 4);
    op.meanwhile = {.nth = 1, .process = 1, .addr = base * page_size};
    at.perform(op);
    ASSERT_EQ(at.world.outcome().meanwhile.error, Errno::sigsegv);
    ASSERT_TRUE(at.world.outcome().meanwhile.events.has(Event::charge_refused));
}

Parameters with_commit_limit(std::uint64_t pages) {
    Parameters parameters = small_parameters();
    parameters.overcommit_mode = 2;
    parameters.commit_limit = pages;
    parameters.cap_sys_admin = true;
    return parameters;
}

TEST(LinearizableTest, an_access_may_be_refused_its_charge_and_nothing_else_may_be_wrong) {
    At at(with_commit_limit(10), {}, *profile_named("v6.18"));
    replace_while_a_growth_is_refused(at);
    at.world.change(at.vma_at(base + 1)).flags |= vm::locked;
    EXPECT_THAT(at.found(), HasSubstr("ends as neither order does"));
}

TEST(LinearizableTest, says_nothing_of_an_operation_alone) {
    At at;
    at.perform(make_mmap(base, 2));
    at.perform(make_op(OpKind::munmap, base, 1));
    at.world.change(at.vma_at(base + 1)).flags |= vm::locked;
    EXPECT_EQ(at.found(), "");
}

TEST(LinearizableTest, says_nothing_where_the_other_task_waits) {
    At at;
    at.perform(make_mmap(base, 2));
    at.perform(with_access(make_op(OpKind::fork), base));
    EXPECT_FALSE(at.world.outcome().meanwhile.done);
    at.world.change(at.vma_at(base + 1)).flags |= vm::locked;
    EXPECT_EQ(at.found(), "");
}

}  // namespace
}  // namespace vmacheck
