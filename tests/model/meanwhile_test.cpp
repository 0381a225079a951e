// Steps of other tasks at the places where an operation lets go of a lock.
#include "model/page_table.hpp"
#include "model/profiles/profile.hpp"
#include "model/state/world.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

constexpr std::uint64_t page = 16;

Op<Plain> call(OpKind kind, std::uint64_t at = 0, std::uint64_t len = 1) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::pages(at);
    op.len = Bytes<Plain>::pages(len);
    op.prot = prot::read | prot::write;
    op.flags = map::private_ | map::fixed | map::anonymous;
    return op;
}

Op<Plain> stack_at(std::uint64_t at) {
    Op<Plain> op = call(OpKind::mmap, at);
    op.flags |= map::growsdown;
    return op;
}

Op<Plain> moved(std::uint64_t at, std::uint64_t to) {
    Op<Plain> op = call(OpKind::mremap, at);
    op.new_len = op.len;
    op.call_flags = mremap::maymove | mremap::fixed;
    op.new_addr = Bytes<Plain>::pages(to);
    return op;
}

Op<Plain> with(Op<Plain> op, OpKind kind, std::uint64_t at, std::uint16_t nth = 1, std::uint8_t process = 0) {
    op.meanwhile = {.nth = nth, .kind = kind, .process = process, .addr = at * page_size};
    return op;
}

class MeanwhileTest : public testing::Test {
protected:
    void perform(const Op<Plain>& op) { ASSERT_TRUE(world.apply(op).ok()) << name(op.kind); }
    [[nodiscard]] const Pte<Plain>* entry(std::uint64_t at, std::size_t process = 0) const {
        return world.find(find_pte<Plain>(world, world.process(process), at));
    }
    [[nodiscard]] const OtherStep& other() const { return world.outcome().meanwhile; }

    World<Plain> world{Parameters{}, default_profile()};
};

TEST_F(MeanwhileTest, page_faults_happen_while_munmap_holds_the_lock_for_reading) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::mmap, page + 4, 1));
    perform(with(call(OpKind::munmap, page), OpKind::fault, page + 4));
    EXPECT_TRUE(other().done);
    EXPECT_EQ(other().error, Errno::ok);
    EXPECT_EQ(other().where, "__do_munmap");
    EXPECT_NE(entry(page + 4), nullptr);
}

TEST_F(MeanwhileTest, what_munmap_has_detached_is_not_mapped_any_more) {
    perform(call(OpKind::mmap, page, 1));
    perform(with(call(OpKind::munmap, page), OpKind::fault, page));
    EXPECT_TRUE(other().done);
    EXPECT_EQ(other().error, Errno::sigsegv);
}

TEST_F(MeanwhileTest, next_to_a_stack_munmap_keeps_page_faults_out) {
    perform(call(OpKind::mmap, page, 1));
    perform(stack_at(page + 1));
    perform(with(call(OpKind::munmap, page), OpKind::fault, page));
    EXPECT_FALSE(other().done);
    EXPECT_EQ(entry(page), nullptr);
}

TEST_F(MeanwhileTest, a_mapping_over_another_keeps_page_faults_out) {
    perform(call(OpKind::mmap, page, 1));
    perform(with(call(OpKind::mmap, page), OpKind::fault, page));
    EXPECT_FALSE(other().done);
}

TEST_F(MeanwhileTest, an_access_of_a_process_with_its_own_mm_does_not_wait) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::fork));
    perform(with(moved(page, page + 8), OpKind::fault, page, 1, 1));
    EXPECT_TRUE(other().done);
    EXPECT_EQ(other().where, "move_vma");
    EXPECT_NE(entry(page, 1), nullptr);
}

TEST_F(MeanwhileTest, reclaim_waits_for_no_mmap_lock) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::fault, page));
    perform(with(moved(page, page + 8), OpKind::reclaim, page));
    EXPECT_TRUE(other().done);
    EXPECT_EQ(other().error, Errno::ok);
    ASSERT_NE(entry(page + 8), nullptr);
    EXPECT_TRUE(entry(page + 8)->swap);
}

TEST_F(MeanwhileTest, the_second_place_is_another_one) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::fault, page));
    perform(with(moved(page, page + 8), OpKind::reclaim, page, 2));
    EXPECT_TRUE(other().done);
    EXPECT_EQ(other().error, Errno::efault);  // the page has left the old range
}

TEST_F(MeanwhileTest, where_an_operation_has_no_such_place_nothing_happens) {
    perform(call(OpKind::mmap, page, 1));
    perform(with(call(OpKind::mprotect, page), OpKind::fault, page));
    EXPECT_FALSE(other().done);
    EXPECT_FALSE(world.outcome().has(Event::other_step));
    EXPECT_EQ(entry(page), nullptr);
}

TEST_F(MeanwhileTest, the_events_of_the_other_step_are_kept_apart) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::mmap, page + 4, 1));
    perform(with(call(OpKind::munmap, page), OpKind::fault, page + 4));
    EXPECT_TRUE(world.outcome().has(Event::other_step));
    EXPECT_FALSE(world.outcome().has(Event::page_mapped));
    EXPECT_TRUE(other().events.has(Event::page_mapped));
}

TEST_F(MeanwhileTest, the_allocations_of_the_other_step_do_not_fail_and_do_not_count) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::mmap, page + 4, 1));
    Op<Plain> op = with(call(OpKind::munmap, page), OpKind::fault, page + 4);
    op.fail_alloc = {AllocKind::any, 1};
    perform(op);
    EXPECT_FALSE(other().events.has(Event::alloc_failed));
    EXPECT_NE(entry(page + 4), nullptr);
}

TEST_F(MeanwhileTest, undo_takes_both_back) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::mmap, page + 4, 1));
    const World<Plain> before = world;
    perform(with(call(OpKind::munmap, page), OpKind::fault, page + 4));
    world.undo();
    EXPECT_TRUE(world == before);
}

TEST_F(MeanwhileTest, the_next_operation_has_no_other_step) {
    perform(call(OpKind::mmap, page, 1));
    perform(call(OpKind::mmap, page + 4, 1));
    perform(with(call(OpKind::munmap, page), OpKind::fault, page + 4));
    perform(call(OpKind::munmap, page + 4));
    EXPECT_FALSE(other().done);
}

}  // namespace
}  // namespace vmacheck
