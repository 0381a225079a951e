// pages-survive: holds on each call that takes pages away or moves them, and fails where one more goes, where a moved
// page is not found, and where a child has too many or too few.
#include "properties/contracts/pages_survive.hpp"
#include "model/page_table.hpp"
#include "model/profiles/profile.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

using At = Damaged<PagesSurvive>;

Op<Plain> fault_at(std::uint64_t page, Access access = Access::write) {
    Op<Plain> op = make_op(OpKind::fault, page);
    op.access = access;
    return op;
}

Op<Plain> make_madvise(std::uint64_t page, std::uint64_t len, Advice advice) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}

// Four pages, all there.
void four_pages(At& at) {
    at.perform(make_mmap(base, 4));
    for (std::uint64_t page = base; page < base + 4; ++page) at.perform(fault_at(page));
}

void drop(At& at, std::uint64_t page, std::uint8_t process = 0) {
    const PteId pte = find_pte<Plain>(at.world, at.world.process(process), page);
    ASSERT_TRUE(pte);
    zap_pte(at.world, pte);
}

TEST(PagesSurviveTest, a_page_next_to_what_is_unmapped_stays) {
    for (const Op<Plain>& op :
         {make_op(OpKind::munmap, base, 2), make_mmap(base, 2), make_mprotect(base, 2, prot::read),
          make_madvise(base, 2, Advice::dontneed), make_lock(OpKind::mlock, base, 2)}) {
        SCOPED_TRACE(name(op.kind));
        At at;
        four_pages(at);
        at.perform(op);
        drop(at, base + 2);
        EXPECT_EQ(at.found(),
                  fmt::format("{} lost the page at 0x16000 of process 0, which it does not unmap", name(op.kind)));
    }
}

TEST(PagesSurviveTest, a_change_of_rights_or_locks_loses_none) {
    for (const Op<Plain>& op : {make_mprotect(base, 4, prot::read), make_madvise(base, 4, Advice::free),
                                make_lock(OpKind::mlock, base, 4), make_op(OpKind::fork)}) {
        SCOPED_TRACE(name(op.kind));
        At at;
        four_pages(at);
        at.perform(op);
        drop(at, base + 1);
        EXPECT_THAT(at.found(), HasSubstr("lost the page at 0x15000"));
    }
}

TEST(PagesSurviveTest, a_break_that_falls_takes_what_lies_above_it) {
    At at;
    at.perform(make_op(OpKind::brk, 45));
    at.perform(fault_at(42));
    at.perform(fault_at(43));
    at.perform(make_op(OpKind::brk, 43));
    drop(at, 42);
    EXPECT_THAT(at.found(), HasSubstr("brk lost the page at 0x2a000"));
}

TEST(PagesSurviveTest, what_is_moved_is_found_where_it_moved) {
    At at;
    four_pages(at);
    at.perform(make_mremap(base, 3, 2, to_address, base + 20));  // its third page goes, the fourth stays
    at.perform(make_mremap(base + 20, 2, 4, mremap::maymove));
    at.perform(make_mremap(base + 20, 4, 4, to_address, base + 40));
    drop(at, base + 41);
    EXPECT_EQ(at.found(), "mremap lost the page at 0x29000 of process 0, which it does not unmap");
}

TEST(PagesSurviveTest, another_page_at_the_new_place_is_none) {
    At at;
    four_pages(at);
    at.perform(make_mremap(base, 2, 2, to_address, base + 20));
    const PteId other = find_pte<Plain>(at.world, at.mm(), base + 21);
    at.world.change(find_pte<Plain>(at.world, at.mm(), base + 20)).page = at.world[other].page;
    EXPECT_THAT(at.found(), HasSubstr("mremap lost the page at 0x14000"));
}

TEST(PagesSurviveTest, a_move_that_fails_loses_nothing_but_its_destination) {
    At at;
    four_pages(at);
    at.perform(make_mremap(base, 2, 2, to_address, base + 3));
    at.perform(failing(make_mremap(base + 3, 2, 2, to_address, base + 20), AllocKind::vma, 1), Errno::enomem);
    at.perform(make_mmap(base + 20, 2));
    at.perform(fault_at(base + 20));
    at.perform(failing(make_mremap(base + 3, 2, 2, to_address, base + 20), AllocKind::vma, 1), Errno::enomem);
    drop(at, base + 3);
    EXPECT_THAT(at.found(), HasSubstr("mremap lost the page at 0x17000"));
}

TEST(PagesSurviveTest, the_page_in_swap_space_counts) {
    At at;
    four_pages(at);
    at.perform(make_op(OpKind::reclaim, base));
    at.perform(make_op(OpKind::reclaim, base + 1));
    at.perform(make_madvise(base + 1, 1, Advice::free));
    drop(at, base);
    EXPECT_THAT(at.found(), HasSubstr("madvise lost the page in swap space at 0x14000"));
}

TEST(PagesSurviveTest, reclaim_takes_one_page_and_keeps_what_must_be_written_first) {
    At at;
    at.perform(make_mmap(base, 2, map::shared | map::fixed, 5));
    at.perform(fault_at(base));
    at.perform(fault_at(base + 1));
    at.perform(make_op(OpKind::fork));
    at.perform(make_op(OpKind::reclaim, base));
    drop(at, base + 1);
    EXPECT_THAT(at.found(), HasSubstr("reclaim lost the page at 0x15000"));
    At anonymous;
    four_pages(anonymous);
    anonymous.perform(make_op(OpKind::reclaim, base));
    drop(anonymous, base);
    EXPECT_THAT(anonymous.found(), HasSubstr("reclaim lost the page at 0x14000"));
}

TEST(PagesSurviveTest, truncation_takes_what_lies_beyond_the_new_end) {
    At at;
    at.perform(make_mmap(base, 4, map::private_ | map::fixed, 5));
    for (std::uint64_t page = base; page < base + 4; ++page) at.perform(fault_at(page));
    at.perform(make_op(OpKind::fork));
    Op<Plain> op = make_op(OpKind::truncate, 0, 2);
    op.file = 5;
    at.perform(op);
    EXPECT_FALSE(find_pte<Plain>(at.world, at.world.process(1), base + 2));
    drop(at, base + 1, 1);
    EXPECT_EQ(at.found(), "truncate lost the page at 0x15000 of process 1, which it does not unmap");
}

TEST(PagesSurviveTest, a_hole_takes_pages_of_the_file_and_no_copies) {
    At at;
    at.perform(make_mmap(base, 2, map::shared | map::fixed, 5));
    at.perform(make_mmap(base + 10, 2, map::private_ | map::fixed, 5));
    at.perform(fault_at(base));
    at.perform(fault_at(base + 10));
    at.perform(fault_at(base + 11, Access::read));
    at.perform(make_madvise(base, 2, Advice::remove));
    EXPECT_TRUE(find_pte<Plain>(at.world, at.mm(), base + 10));
    EXPECT_FALSE(find_pte<Plain>(at.world, at.mm(), base + 11));
    drop(at, base + 10);
    EXPECT_THAT(at.found(), HasSubstr("madvise lost the page at 0x1e000"));
}

TEST(PagesSurviveTest, a_child_has_the_pages_of_its_parent) {
    At at;
    four_pages(at);
    at.perform(make_op(OpKind::reclaim, base + 1));
    at.perform(make_op(OpKind::fork));
    drop(at, base + 1, 1);
    EXPECT_EQ(at.found(), "fork did not give the child the page at 0x15000 of its parent");
}

TEST(PagesSurviveTest, a_wiped_child_has_none) {
    At at;
    four_pages(at);
    at.perform(make_madvise(base + 1, 2, Advice::wipeonfork));
    at.perform(make_op(OpKind::fork));
    set_pte<Plain>(at.world, at.world.process(1), base + 2, PageId(), false);
    EXPECT_EQ(at.found(),
              "fork gave the child the page at 0x16000, expected none in VMA [0x15000,0x17000) (WIPEONFORK)");
}

// ---------------------------------------------------------------------------------------------------- guard pages

struct Guarded : At {
    Guarded() : At(small_parameters(), {}, *profile_named("v7.1")) {
        perform(make_mmap(base, 4));
        perform(fault_at(base));
        perform(make_madvise(base + 1, 2, Advice::guard_install));
    }
};

TEST(PagesSurviveTest, the_advice_takes_pages_and_leaves_those_next_to_it) {
    Guarded at;
    at.perform(make_madvise(base, 1, Advice::guard_install));
    Guarded other;
    other.perform(make_madvise(base + 2, 2, Advice::guard_install));
    drop(other, base);
    EXPECT_EQ(other.found(), "madvise lost the page at 0x14000 of process 0, which it does not unmap");
}

TEST(PagesSurviveTest, a_guard_page_stays_until_it_is_taken_away) {
    for (const Op<Plain>& op : {make_madvise(base, 4, Advice::dontneed), make_madvise(base, 4, Advice::dontneed_locked),
                                make_madvise(base, 4, Advice::free), make_madvise(base + 2, 2, Advice::guard_remove),
                                make_madvise(base + 2, 2, Advice::guard_install), make_mprotect(base, 4, prot::read),
                                make_op(OpKind::munmap, base + 2, 2), make_mmap(base + 2, 1), make_op(OpKind::fork)}) {
        SCOPED_TRACE(fmt::format("{} {}", name(op.kind), name(op.advice)));
        Guarded at;
        at.perform(op);
        drop(at, base + 1);
        EXPECT_EQ(at.found(), fmt::format("{} lost the guard page at 0x15000 of process 0, which it does not unmap",
                                          name(op.kind)));
    }
}

TEST(PagesSurviveTest, a_page_in_the_place_of_a_guard_page_is_none) {
    Guarded at;
    at.perform(make_madvise(base, 4, Advice::dontneed));
    set_pte<Plain>(at.world, at.mm(), base + 1, PageId(), false);
    EXPECT_THAT(at.found(), HasSubstr("lost the guard page at 0x15000"));
}

TEST(PagesSurviveTest, a_guard_page_is_found_where_it_moved) {
    Guarded at;
    at.perform(make_mremap(base, 4, 4, to_address, base + 20));
    drop(at, base + 21);
    EXPECT_THAT(at.found(), HasSubstr("mremap lost the guard page at 0x15000"));
}

TEST(PagesSurviveTest, a_truncation_takes_no_guard_page) {
    At at(small_parameters(), {}, *profile_named("v7.1"));
    at.perform(make_mmap(base, 2, map::private_ | map::fixed, 5));
    at.perform(make_madvise(base, 2, Advice::guard_install));
    Op<Plain> op = make_op(OpKind::truncate, 0, 0);
    op.file = 5;
    at.perform(op);
    drop(at, base + 1);
    EXPECT_THAT(at.found(), HasSubstr("truncate lost the guard page at 0x15000"));
}

TEST(PagesSurviveTest, a_child_has_the_guard_pages_of_its_parent) {
    Guarded at;
    at.perform(make_op(OpKind::fork));
    drop(at, base + 2, 1);
    EXPECT_EQ(at.found(), "fork did not give the child the guard page at 0x16000 of its parent");
}

}  // namespace
}  // namespace vmacheck
