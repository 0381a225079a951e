// What keeps a page from being had, and what having it does to a VMA: hooks of a file that fail or take rights away,
// MAP_SYNC, an empty pool of huge pages, transparent huge pages, long mappings that are locked. The page-map
// specification notices another result than there was, and a damaged VMA.
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using At = Damaged<PageMapRefinement>;

constexpr MapFlags shared_fixed = map::shared | map::fixed;
constexpr MapFlags private_fixed = map::private_ | map::fixed;

Parameters with_file(const FileSpec& file) {
    Parameters p = small_parameters();
    p.files = {file};
    p.huge_page_pages = 4;
    return p;
}

Op<Plain> touch(std::uint64_t page, Access access) {
    Op<Plain> op = make_op(OpKind::fault, page);
    op.access = access;
    return op;
}

Op<Plain> map_of_file(MapFlags flags, Prot rights = prot::read | prot::write) {
    Op<Plain> op = make_mmap(base, 2, flags, 1);
    op.prot = rights;
    return op;
}

// Performs the operation, which must end with the error, and has any other result noticed.
void expect_only(At& at, const Op<Plain>& op, Errno error) {
    at.perform(op, error);
    for (const Errno other : {Errno::ok, Errno::ebusy, Errno::sigbus, Errno::enomem}) {
        if (other == error) continue;
        at.outcome.error = other;
        EXPECT_NE(at.found(), "") << name(op.kind) << " " << name(other);
    }
    at.outcome.error = error;
}

TEST(PageHooksTest, what_fault_refuses_cannot_be_had) {
    At at(with_file({.fault_error = Errno::sigbus}));
    at.perform(map_of_file(private_fixed));
    expect_only(at, touch(base, Access::read), Errno::sigbus);
    EXPECT_FALSE(faulted(at.world[at.vma_at(base)]));
    expect_only(at, touch(base, Access::write), Errno::sigbus);
    EXPECT_TRUE(faulted(at.world[at.vma_at(base)])) << "the copy was prepared";
    expect_only(at, make_lock(OpKind::mlock, base, 1), Errno::enomem);
}

TEST(PageHooksTest, fault_may_find_no_memory) {
    At at(with_file({.fault_error = Errno::enomem}));
    at.perform(map_of_file(shared_fixed));
    expect_only(at, touch(base, Access::write), Errno::enomem);
    expect_only(at, make_lock(OpKind::mlock, base, 1), Errno::eagain);
}

TEST(PageHooksTest, without_fault_nothing_is_prepared) {
    At at(with_file({.no_fault = true}));
    at.perform(map_of_file(private_fixed));
    expect_only(at, touch(base, Access::write), Errno::sigbus);
    EXPECT_FALSE(faulted(at.world[at.vma_at(base)]));
}

TEST(PageHooksTest, page_mkwrite_is_asked_of_shared_pages_only) {
    At at(with_file({.mkwrite_error = Errno::sigbus}));
    at.perform(map_of_file(shared_fixed));
    expect_only(at, touch(base, Access::write), Errno::sigbus);
    expect_only(at, touch(base, Access::read), Errno::ok);
    expect_only(at, touch(base, Access::write), Errno::sigbus);
    at.perform(make_mmap(base + 4, 1, private_fixed, 1));
    expect_only(at, touch(base + 4, Access::write), Errno::ok);
}

TEST(PageHooksTest, mmap_takes_away_rights_that_the_mapping_lacks) {
    const FileSpec file{.mmap_clears = vm::may_write | vm::may_exec};
    for (const Prot rights : {prot::read, prot::read | prot::write}) {
        At at(with_file(file));
        at.perform(map_of_file(private_fixed, rights));
        const bool writable = (rights & prot::write) != 0;
        Vma<Plain>& vma = at.world.change(at.vma_at(base));
        EXPECT_EQ((vma.flags & vm::may_write) != 0, writable);
        vma.flags ^= vm::may_write;
        EXPECT_NE(at.found(), "");
        vma.flags ^= vm::may_write;
        expect_only(at, make_mprotect(base, 2, prot::read | prot::write), writable ? Errno::ok : Errno::eacces);
    }
}

TEST(PageHooksTest, mmap_refuses_rights) {
    At at(with_file({.mmap_forbids = prot::exec}));
    at.perform(make_mmap(base, 4));
    expect_only(at, map_of_file(private_fixed, prot::read | prot::exec), Errno::eperm);
    EXPECT_FALSE(at.vma_at(base)) << "MAP_FIXED has unmapped";
}

TEST(PageHooksTest, map_sync_is_refused_ignored_or_kept) {
    const MapFlags validate = map::shared_validate | map::fixed | map::sync;
    At refused(with_file({}));
    refused.perform(make_mmap(base, 4));
    expect_only(refused, map_of_file(validate), Errno::eopnotsupp);
    EXPECT_FALSE(refused.vma_at(base)) << "->mmap said so";
    expect_only(refused, map_of_file(private_fixed | map::sync), Errno::eopnotsupp);

    At unknown(with_file({.kind = FileKind::shmem}));
    unknown.perform(make_mmap(base, 4));
    expect_only(unknown, map_of_file(validate), Errno::eopnotsupp);
    EXPECT_TRUE(unknown.vma_at(base)) << "do_mmap said so";
    unknown.perform(map_of_file(private_fixed | map::sync));
    EXPECT_NE(unknown.world[unknown.vma_at(base)].flags & vm::sync, 0u);

    At kept(with_file({.sync = MapSync::supported}));
    kept.perform(map_of_file(validate));
    kept.world.change(kept.vma_at(base)).flags &= ~vm::sync;
    EXPECT_NE(kept.found(), "");
}

TEST(PageHooksTest, holes_need_a_file_that_makes_them) {
    Op<Plain> remove = make_op(OpKind::madvise, base, 1);
    remove.advice = Advice::remove;
    const auto removes = [&](const FileSpec& file, Errno error) {
        At at(with_file(file));
        at.perform(map_of_file(shared_fixed));
        expect_only(at, remove, error);
    };
    removes({}, Errno::ok);
    removes({.no_fallocate = true}, Errno::eopnotsupp);
    removes({.char_device = true}, Errno::enodev);
    removes({.mmap_flags = vm::io}, Errno::enodev);
}

TEST(PageHooksTest, an_empty_pool_maps_only_what_reserves_nothing) {
    Parameters p = with_file({.kind = FileKind::sysv_shm, .huge_segment = true});
    p.huge_pool_empty = true;
    At at(p);
    const auto huge = [](MapFlags more) { return make_mmap(base, 4, private_fixed | map::hugetlb | more); };
    at.perform(make_mmap(base, 4));
    expect_only(at, huge(0), Errno::enomem);
    EXPECT_FALSE(at.vma_at(base));
    expect_only(at, huge(map::noreserve), Errno::ok);
    expect_only(at, touch(base, Access::write), Errno::sigbus);
    EXPECT_FALSE(faulted(at.world[at.vma_at(base)]));
    Op<Plain> attach = make_op(OpKind::shmat, base + 4);
    attach.file = 1;
    at.perform(attach);
    EXPECT_EQ(at.world[at.vma_at(base + 4)].end, Number<Plain>(base + 8)) << "whole huge pages";
    expect_only(at, touch(base + 4, Access::write), Errno::ok);
}

TEST(PageHooksTest, huge_pages_without_a_file_have_their_own_one) {
    At at(with_file({}));
    const Op<Plain> op = make_mmap(base, 3, private_fixed | map::hugetlb);
    at.perform(op);
    Vma<Plain>& vma = at.world.change(at.vma_at(base));
    EXPECT_EQ(vma.end, Number<Plain>(base + 4));
    EXPECT_EQ(at.world[vma.file].kind, FileKind::hugetlb);
    at.world.change(vma.file).kind = FileKind::shmem;
    EXPECT_NE(at.found(), "");
    Op<Plain> other_size = op;
    other_size.flags |= map::huge_1gb;
    expect_only(at, other_size, Errno::einval);
}

// A huge page begins at each multiple of four pages here.
TEST(PageHooksTest, a_read_gives_an_anon_vma_where_a_huge_page_fits) {
    Op<Plain> hugepage = make_op(OpKind::madvise, base + 1, 11);
    hugepage.advice = Advice::hugepage;
    const auto reads = [&](std::uint64_t page, bool expected) {
        At at(with_file({}));
        at.perform(make_mmap(base, 12));
        at.perform(hugepage);
        at.perform(touch(page, Access::read));
        Vma<Plain>& vma = at.world.change(at.vma_at(page));
        EXPECT_EQ(faulted(vma), expected) << page;
        at.perform(touch(page, Access::read));
        EXPECT_EQ(faulted(at.world[at.vma_at(page)]), expected) << page << ", again";
    };
    reads(base, false);
    reads(base + 1, false);
    reads(base + 4, true);
    reads(base + 11, true);

    At at(with_file({}));
    at.perform(make_mmap(base, 8));
    at.perform(touch(base, Access::read));
    const AnonVmaId wrong = at.world.allocate<AnonVmaId>();
    at.world.change(at.vma_at(base)).anon_vma = wrong;
    EXPECT_THAT(at.found(), testing::HasSubstr("has an anon_vma, expected none"));
}

TEST(PageHooksTest, what_cannot_be_had_far_behind_is_noticed_by_mlock) {
    Parameters p = with_file({.kind = FileKind::shmem, .pages = 70});
    p.task_size = 1024;
    At at(p);
    Op<Plain> op = make_mmap(base, 80, shared_fixed, 1);
    at.perform(op);
    expect_only(at, make_lock(OpKind::mlock, base, 70), Errno::ok);
    expect_only(at, make_lock(OpKind::mlock, base, 71), Errno::enomem);
}

}  // namespace
}  // namespace vmacheck
