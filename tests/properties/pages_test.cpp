// What the contracts and the page-map specification say about pages: reclaim, advices about pages, ends of files. Each
// holds on the step it is about, and fails on the same step damaged, or told otherwise than it was.
#include "model/page_table.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;
using PageMapAt = Damaged<PageMapRefinement>;

constexpr std::uint16_t any_file = 1;
constexpr std::uint16_t short_file = file::short_file;

Op<Plain> make_advice(Advice advice, std::uint64_t page, std::uint64_t len = 1) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}
Op<Plain> make_access(std::uint64_t page, Access access = Access::write, std::uint8_t process = 0) {
    Op<Plain> op = make_op(OpKind::fault, page);
    op.access = access;
    op.process = process;
    return op;
}
Op<Plain> make_truncate(std::uint16_t file, std::uint64_t pages) {
    Op<Plain> op = make_op(OpKind::truncate, 0, pages);
    op.file = file;
    return op;
}
PteId pte_of(const PageMapAt& at, std::uint64_t page) {
    return find_pte(at.world, at.mm(), Number<Plain>(page));
}

// Two pages of private memory, both written, shared with a child.
template <template <class> class P>
void set_up(Damaged<P>& at) {
    at.perform(make_mmap(base, 2));
    at.perform(make_access(base));
    at.perform(make_access(base + 1));
    at.perform(make_op(OpKind::fork));
}

// ---------------------------------------------------------------------------------------------------- page-map

TEST(PagesTest, contents_that_reclaim_loses) {
    PageMapAt at;
    set_up(at);
    at.perform(make_op(OpKind::reclaim, base));
    Pte<Plain>& entry = at.world.change(pte_of(at, base));
    const SwapId slot = entry.swap;
    entry.swap = {};
    EXPECT_THAT(at.found(), HasSubstr("the contents of 0x14000 are lost"));
    entry.swap = at.world.allocate<SwapId>();
    EXPECT_THAT(at.found(), HasSubstr("in a slot that no other entry names"));
    entry.swap = slot;
    EXPECT_EQ(at.found(), "");
    at.world.change(at.vma_at(base)).flags |= vm::locked;
    EXPECT_NE(at.found(), "") << "locked memory";
}

TEST(PagesTest, a_page_that_reclaim_forgets_somewhere) {
    // The page is told to have been mapped once more than it was.
    PageMapAt at;
    set_up(at);
    const PageId page = at.world[pte_of(at, base)].page;
    at.perform_damaged(make_op(OpKind::reclaim, base));
    EXPECT_EQ(at.found(), "");
    at.world.undo();
    at.world.edit([&](World<Plain>& world) { ++world.change(page).mapcount; });
    at.perform_damaged(make_op(OpKind::reclaim, base));
    EXPECT_EQ(name(at.outcome.error), "EAGAIN");
    EXPECT_THAT(at.found(), HasSubstr("expected 0"));
}

TEST(PagesTest, results_of_reclaim) {
    PageMapAt at;
    set_up(at);
    at.perform(make_op(OpKind::reclaim, base + 5), Errno::efault);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    Op<Plain> unaligned = make_op(OpKind::reclaim, base);
    unaligned.addr.offset = 1;
    at.perform(unaligned, Errno::einval);
    at.outcome.error = Errno::efault;
    EXPECT_NE(at.found(), "");
    at.perform(failing(make_op(OpKind::reclaim, base), AllocKind::page, 1), Errno::enomem);
    at.last.fail_alloc = {};
    EXPECT_NE(at.found(), "") << "ENOMEM without a failure";
    at.perform(make_op(OpKind::reclaim, base));
    for (const Errno error : {Errno::eagain, Errno::efault, Errno::einval, Errno::enomem}) {
        at.outcome.error = error;
        EXPECT_NE(at.found(), "") << name(error);
    }
    at.perform(make_op(OpKind::reclaim, base), Errno::efault);
}

TEST(PagesTest, locked_and_rewritten_pages_stay) {
    PageMapAt at;
    at.perform(make_mmap(base, 2));
    at.perform(make_lock(OpKind::mlock, base, 1));
    at.perform(make_op(OpKind::reclaim, base), Errno::eagain);
    at.perform(make_access(base + 1));
    at.perform(make_advice(Advice::free, base + 1));
    at.perform(make_access(base + 1));
    at.perform(make_op(OpKind::reclaim, base + 1), Errno::eagain);
    at.perform(make_op(OpKind::reclaim, base + 1));
    EXPECT_TRUE(at.world[pte_of(at, base + 1)].swap) << "the second time it is ordinary memory";
}

TEST(PagesTest, a_lazily_freed_page_is_dropped) {
    PageMapAt at;
    at.perform(make_mmap(base, 1));
    at.perform(make_access(base));
    at.perform(make_advice(Advice::free, base));
    at.perform(make_op(OpKind::reclaim, base));
    EXPECT_FALSE(pte_of(at, base));
    set_pte(at.world, at.mm(), Number<Plain>(base), PageId(), false);
    EXPECT_NE(at.found(), "") << "an entry is left";
}

TEST(PagesTest, a_rewritten_page_that_is_dropped) {
    PageMapAt at;
    at.perform(make_mmap(base, 1));
    at.perform(make_access(base));
    at.perform(make_advice(Advice::free, base));
    at.perform(make_access(base));
    at.perform(make_advice(Advice::dontneed, base));
    at.last = make_op(OpKind::reclaim, base);
    EXPECT_THAT(at.found(), HasSubstr("is lost"));
}

TEST(PagesTest, what_fork_must_copy) {
    PageMapAt at;
    at.perform(make_mmap(base, 2));
    at.perform(make_access(base));
    at.perform(make_access(base + 1));
    at.perform(make_op(OpKind::reclaim, base));
    for (const std::uint64_t page : {base, base + 1}) {
        at.perform(make_op(OpKind::fork));
        const MmId child = at.world.process(at.outcome.value.value());
        zap_pte(at.world, find_pte(at.world, child, Number<Plain>(page)));
        EXPECT_THAT(at.found(), HasSubstr("the child does not have what"));
    }
}

TEST(PagesTest, dontneed_leaves_nothing) {
    PageMapAt at;
    at.perform(make_mmap(base, 2));
    at.perform(make_access(base));
    at.perform(make_advice(Advice::dontneed, base, 2));
    set_pte(at.world, at.mm(), Number<Plain>(base + 1), PageId(), false);
    EXPECT_THAT(at.found(), HasSubstr("the page at 0x15000 stays"));
}

TEST(PagesTest, free_leaves_nothing_in_swap_space) {
    PageMapAt at;
    at.perform(make_mmap(base, 2));
    at.perform(make_access(base));
    at.perform(make_op(OpKind::reclaim, base));
    at.perform(make_advice(Advice::free, base, 2));
    set_pte(at.world, at.mm(), Number<Plain>(base + 1), PteValue{{}, at.world.allocate<SwapId>(), false, false});
    EXPECT_THAT(at.found(), HasSubstr("0x15000 stays in swap space"));
}

TEST(PagesTest, remove_leaves_no_page_of_the_file) {
    PageMapAt at;
    at.perform(make_mmap(base, 4, map::shared | map::fixed, any_file, 0));
    at.perform(make_access(base + 1));
    at.perform(make_advice(Advice::remove, base + 1, 2));
    const VmaId vma = at.vma_at(base);
    page_cache_page(at.world, vma, Number<Plain>(base));
    EXPECT_EQ(at.found(), "") << "a page beside the hole";
    page_cache_page(at.world, vma, Number<Plain>(base + 2));
    EXPECT_THAT(at.found(), HasSubstr("a page of the hole"));
}

TEST(PagesTest, results_of_advices_about_pages) {
    struct Case {
        Advice advice;
        std::uint64_t page;
        Errno error;
    };
    PageMapAt at;
    at.perform(make_mmap(base, 1));
    at.perform(make_mmap(base + 1, 1, map::private_ | map::fixed | map::locked));
    at.perform(make_mmap(base + 2, 1, map::shared | map::fixed, any_file));
    at.perform(make_mmap(base + 3, 1, map::private_ | map::fixed, any_file));
    for (const Case& each :
         {Case{Advice::dontneed, base, Errno::ok}, Case{Advice::dontneed, base + 1, Errno::einval},
          Case{Advice::cold, base + 1, Errno::einval}, Case{Advice::pageout, base + 1, Errno::einval},
          Case{Advice::free, base + 1, Errno::einval}, Case{Advice::free, base, Errno::ok},
          Case{Advice::free, base + 2, Errno::einval}, Case{Advice::free, base + 3, Errno::einval},
          Case{Advice::willneed, base + 1, Errno::ok}, Case{Advice::willneed, base + 2, Errno::ok},
          Case{Advice::remove, base, Errno::einval}, Case{Advice::remove, base + 1, Errno::einval},
          Case{Advice::remove, base + 2, Errno::ok}, Case{Advice::remove, base + 3, Errno::eacces},
          Case{Advice::dontneed, base + 4, Errno::enomem}, Case{Advice::cold, base, Errno::ok}}) {
        SCOPED_TRACE(fmt::format("{} at {:#x}", name(each.advice), each.page));
        at.perform(make_advice(each.advice, each.page), each.error);
        for (const Errno told : {Errno::ok, Errno::einval, Errno::eacces, Errno::enomem, Errno::eagain}) {
            if (told == each.error) continue;
            at.outcome.error = told;
            EXPECT_NE(at.found(), "") << "told as " << name(told);
        }
    }
}

TEST(PagesTest, results_of_ftruncate) {
    PageMapAt at;
    struct Case {
        std::uint16_t file;
        std::uint64_t pages;
        Errno error;
    };
    for (const Case& each :
         {Case{short_file, 3, Errno::ok}, Case{short_file, 8, Errno::ok}, Case{0, 1, Errno::ebadf},
          Case{99, 1, Errno::ebadf}, Case{3, 1, Errno::einval}, Case{7, 1, Errno::einval},
          Case{short_file, pages_in_64_bits / 2, Errno::einval}, Case{0, pages_in_64_bits / 2, Errno::einval}}) {
        SCOPED_TRACE(fmt::format("file {} of {} pages", each.file, each.pages));
        at.perform(make_truncate(each.file, each.pages), each.error);
        at.outcome.error = each.error == Errno::ok ? Errno::einval : Errno::ok;
        EXPECT_NE(at.found(), "");
    }
    at.perform(make_truncate(short_file, 3));
    const AddressSpaceId mapping = at.world[FileId(short_file - 1u, 0)].mapping;
    at.world.change(mapping).size = std::uint64_t{4};
    EXPECT_THAT(at.found(), HasSubstr("the file has 4 pages, expected 3"));
    at.perform(make_truncate(3, 3), Errno::einval);
    at.world.change(mapping).size = std::uint64_t{5};
    EXPECT_THAT(at.found(), HasSubstr("a refused ftruncate"));
}

TEST(PagesTest, the_end_of_a_file) {
    PageMapAt at;
    at.perform(make_mmap(base, 4, map::shared | map::fixed, short_file, 3));
    at.perform(make_access(base + 1));
    at.perform(make_access(base + 2), Errno::sigbus);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_access(base + 1, Access::read));
    at.outcome.error = Errno::sigbus;
    EXPECT_NE(at.found(), "") << "the last page is there";
    at.perform(make_lock(OpKind::mlock, base, 4), Errno::enomem);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_lock(OpKind::mlock, base, 2));
}

// ---------------------------------------------------------------------------------------------------- contracts

TEST(PagesTest, an_advice_changes_no_page_elsewhere) {
    Damaged<TouchesOnly> at;
    set_up(at);
    at.perform(make_advice(Advice::dontneed, base));
    set_pte(at.world, at.mm(), Number<Plain>(base + 1), PageId(), false);
    EXPECT_THAT(at.found(), HasSubstr("outside its range"));
    at.perform(make_advice(Advice::dontneed, base));
    set_pte(at.world, at.world.process(1), Number<Plain>(base), PageId(), false);
    EXPECT_THAT(at.found(), HasSubstr("of another process"));
    at.perform(make_access(base));
    set_pte(at.world, at.world.process(1), Number<Plain>(base + 1), PageId(), false);
    EXPECT_THAT(at.found(), HasSubstr("of another process"));
    at.perform(make_op(OpKind::reclaim, base));
    at.perform(make_op(OpKind::reclaim, base), Errno::efault);
}

TEST(PagesTest, what_failures_leave) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 2, map::private_ | map::fixed, short_file, 4));
    at.perform(make_access(base + 1), Errno::sigbus);
    EXPECT_TRUE(at.world[at.vma_at(base)].anon_vma) << "prepared before the end of the file was noticed";
    at.perform(make_op(OpKind::reclaim, base + 1), Errno::efault);
    set_pte(at.world, at.mm(), Number<Plain>(base), PageId(), false);
    EXPECT_THAT(at.found(), HasSubstr("page tables changed"));
    at.perform(make_truncate(0, 1), Errno::ebadf);
    at.world.change(at.vma_at(base)).flags |= vm::dontdump;
    EXPECT_NE(at.found(), "");
}

}  // namespace
}  // namespace vmacheck
