// The page-map specification fails where pages or results are not what an operation promises: on damaged Worlds, under
// faults, and when it is told of another operation or result than there was.
#include "properties/refinement/page_map.hpp"
#include "model/faults/merge.hpp"
#include "properties/refinement/segments.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;
using At = Damaged<PageMapRefinement>;

// ---------------------------------------------------------------------------------------------------- page maps

Segment<Plain> segment(std::uint64_t start, std::uint64_t end, VmFlags flags, std::uint32_t file = 0,
                       std::uint64_t offset = 0) {
    return {start, end, flags, file == 0 ? FileId() : FileId(file - 1, 0), offset};
}

TEST(SegmentsTest, remove_cuts_and_keeps_offsets) {
    PageMap<Plain> map;
    map.insert(segment(10, 20, vm::read, 1, 100));
    map.remove(12, 15);
    ASSERT_EQ(map.segments().size(), 2u);
    EXPECT_EQ(map.segments()[0].end, 12u);
    EXPECT_EQ(map.segments()[1].start, 15u);
    EXPECT_EQ(map.segments()[1].offset, 105u);
    EXPECT_EQ(map.at(13), nullptr);
    EXPECT_FALSE(map.any_in(12, 15));
    EXPECT_TRUE(map.any_in(12, 16));
}

TEST(SegmentsTest, equal_maps_are_equal_however_they_are_cut) {
    PageMap<Plain> whole;
    whole.insert(segment(10, 20, vm::read, 1, 100));
    PageMap<Plain> cut;
    cut.insert(segment(14, 20, vm::read, 1, 104));
    cut.insert(segment(10, 14, vm::read, 1, 100));
    EXPECT_EQ(difference(whole, cut), "");
    whole.set_flags(12, 16, vm::read);
    EXPECT_EQ(whole.segments().size(), 3u);
    EXPECT_EQ(difference(whole, cut), "");
    EXPECT_EQ(difference(cut, whole), "");
    cut.set_flags(15, 16, vm::read | vm::write);
    cut.normalise();
    EXPECT_EQ(cut.segments().size(), 3u);
    EXPECT_THAT(difference(whole, cut),
                HasSubstr("is [0xf000,0x10000) rw-p may ---, file 1 at page 0x69, expected [0xf000,0x14000) r--p"));
    cut.set_flags(15, 16, vm::read);
    EXPECT_EQ(difference(whole, cut), "");
    PageMap<Plain> elsewhere;  // the second half shows other pages of the file
    elsewhere.insert(segment(10, 14, vm::read, 1, 100));
    elsewhere.insert(segment(14, 20, vm::read, 1, 105));
    elsewhere.normalise();
    EXPECT_NE(difference(whole, elsewhere), "");
    EXPECT_THAT(difference(whole, PageMap<Plain>()), HasSubstr("is missing"));
    EXPECT_THAT(difference(PageMap<Plain>(), whole), HasSubstr("should not be there"));
}

TEST(SegmentsTest, the_offset_of_a_special_mapping_is_that_of_the_page_that_differs) {
    PageMap<Plain> expected;
    expected.insert(segment(10, 14, vm::read | vm::dontexpand));
    PageMap<Plain> found;
    found.insert(segment(10, 12, vm::read | vm::dontexpand));
    found.insert(segment(12, 14, vm::read | vm::dontexpand, 0, 7));
    EXPECT_THAT(difference(expected, found), HasSubstr("at page 0x7, expected"));
    EXPECT_THAT(difference(expected, found), HasSubstr("a special mapping at page 0x2"));
}

TEST(SegmentsTest, each_attribute_of_a_page_counts) {
    PageMap<Plain> map;
    map.insert(segment(10, 20, vm::read));
    const auto changed = [&map](auto&& change) {
        PageMap<Plain> other = map;
        change(other);
        return difference(map, other);
    };
    EXPECT_EQ(changed([](PageMap<Plain>& other) { other.set_flags(12, 13, vm::read); }), "");
    EXPECT_NE(changed([](PageMap<Plain>& other) { other.set_flags(12, 13, vm::write); }), "");
    EXPECT_NE(changed([](PageMap<Plain>& other) { other.set_policy(12, 13, 1); }), "");
    EXPECT_NE(changed([](PageMap<Plain>& other) { other.set_uffd(12, 13, vm::read, 1); }), "");
    EXPECT_NE(changed([](PageMap<Plain>& other) { other.set_name(19, 20, 1); }), "");
    EXPECT_NE(changed([](PageMap<Plain>& other) { other.remove(12, 13); }), "");
    EXPECT_NE(changed([](PageMap<Plain>& other) { other.insert(segment(20, 21, vm::read)); }), "");
}

TEST(SegmentsTest, maps_of_damaged_vmas_that_overlap_or_are_empty_are_not_whole_ones) {
    PageMap<Plain> whole;
    whole.insert(segment(10, 20, vm::read));
    PageMap<Plain> overlapping;
    overlapping.insert(segment(10, 16, vm::read));
    overlapping.insert(segment(14, 20, vm::read));
    EXPECT_NE(difference(whole, overlapping), "");
    EXPECT_NE(difference(overlapping, whole), "");
    PageMap<Plain> with_an_empty_one = whole;
    with_an_empty_one.insert(segment(12, 12, vm::read));
    EXPECT_NE(difference(whole, with_an_empty_one), "");
    PageMap<Plain> backwards;
    backwards.insert(segment(10, 8, vm::read));
    backwards.insert(segment(10, 20, vm::read));
    EXPECT_NE(difference(whole, backwards), "");
    EXPECT_EQ(difference(backwards, PageMap<Plain>(backwards)), "");
}

// ---------------------------------------------------------------------------------------------------- wrong pages

// A heap, a private mapping of two VMAs with a hole behind it, and a file.
void set_up(At& at) {
    at.perform(make_mmap(base, 4));
    at.perform(make_mprotect(base + 2, 2, prot::read));
    at.perform(make_mmap(base + 6, 4, map::shared | map::fixed, 1, 3));
    at.perform(make_op(OpKind::brk, 42));
}

TEST(PageMapTest, pages_damaged_after_each_operation) {
    const Op<Plain> ops[] = {make_mmap(base + 1, 6),
                             make_op(OpKind::munmap, base + 1, 6),
                             make_mprotect(base, 4, prot::none),
                             make_op(OpKind::madvise, base, 4),
                             make_op(OpKind::fault, base),
                             make_op(OpKind::split, base + 1)};
    for (const Op<Plain>& each : ops) {
        SCOPED_TRACE(name(each.kind));
        Op<Plain> op = each;
        op.advice = Advice::dontfork;
        const auto damaged = [&](auto&& damage) {
            At at;
            set_up(at);
            at.perform(op);
            damage(at, at.world.change(at.vma_at(base)));
            return at.found();
        };
        EXPECT_NE(damaged([](At&, Vma<Plain>& vma) { vma.flags ^= vm::may_exec; }), "");
        EXPECT_NE(damaged([](At&, Vma<Plain>& vma) { vma.flags ^= vm::account; }), "");
        EXPECT_NE(damaged([](At&, Vma<Plain>& vma) { vma.file = FileId(0, 0); }), "");
        EXPECT_NE(damaged([](At&, Vma<Plain>& vma) { vma.start += 1, vma.end += 1; }), "");
        EXPECT_EQ(damaged([](At&, Vma<Plain>& vma) { vma.pgoff += 1; }), "") << "private memory has no offset";
        EXPECT_EQ(damaged([](At&, Vma<Plain>& vma) { vma.flags ^= vm::softdirty; }), "");
    }
}

TEST(PageMapTest, file_pages_with_another_offset) {
    At at;
    set_up(at);
    at.perform(make_op(OpKind::munmap, base + 7, 1));
    at.world.change(at.vma_at(base + 8)).pgoff -= 1;
    EXPECT_THAT(at.found(), HasSubstr("file 1 at page 0x4, expected"));
}

TEST(PageMapTest, a_range_told_longer_or_shorter_than_it_was) {
    for (const OpKind kind : {OpKind::munmap, OpKind::mprotect, OpKind::madvise, OpKind::mmap}) {
        SCOPED_TRACE(name(kind));
        At at;
        at.perform(make_mmap(base, 8));
        Op<Plain> op = make_mprotect(base + 2, 3, prot::none);
        op.kind = kind;
        op.flags = map::private_ | map::fixed | map::anonymous;
        op.advice = Advice::dontdump;
        at.perform(op);
        at.last.len = Bytes<Plain>::pages(4);
        EXPECT_NE(at.found(), "");
        at.last.len = Bytes<Plain>::pages(2);
        EXPECT_NE(at.found(), "");
        at.last.len = Bytes<Plain>::pages(3);
        EXPECT_EQ(at.found(), "");
        at.last.addr.page += 1;
        EXPECT_NE(at.found(), "");
    }
}

TEST(PageMapTest, what_an_operation_forgot_to_do) {
    // Nothing was touched by the step; the pages in the range are looked at all the same.
    for (const OpKind kind : {OpKind::munmap, OpKind::mprotect, OpKind::madvise}) {
        At at;
        set_up(at);
        at.perform(make_op(OpKind::munmap, 100, 1));
        at.last = make_mprotect(base, 2, prot::none);
        at.last.kind = kind;
        at.last.advice = Advice::dontfork;
        EXPECT_NE(at.found(), "") << name(kind);
    }
}

TEST(PageMapTest, msync_and_mincore_give_the_errors_of_their_walks_and_change_nothing) {
    const auto set_up = [](At& at) {
        at.perform(make_mmap(base, 2));
        at.perform(make_mmap(base + 3, 2));
        at.perform(make_lock(OpKind::mlock, base + 3, 2));
    };
    struct Case {
        Op<Plain> op;
        Errno error;
    };
    const Case cases[] = {{make_lock(OpKind::msync, base, 2, ms::sync), Errno::ok},
                          {make_lock(OpKind::msync, base, 2, ms::sync | ms::async), Errno::einval},
                          {make_lock(OpKind::msync, base, 5, ms::sync), Errno::enomem},
                          {make_lock(OpKind::msync, base, 5, ms::invalidate), Errno::ebusy},
                          {make_lock(OpKind::mincore, base, 2), Errno::ok},
                          {make_lock(OpKind::mincore, base, 5), Errno::enomem}};
    for (const Case& each : cases) {
        SCOPED_TRACE(std::string(name(each.op.kind)) + " " + std::string(name(each.error)));
        At at;
        set_up(at);
        at.perform(each.op, each.error);
        at.outcome.error = each.error == Errno::ok ? Errno::enomem : Errno::ok;
        EXPECT_THAT(at.found(), HasSubstr(each.error == Errno::ok ? "ENOMEM" : std::string(name(each.error))));
        at.outcome.error = each.error;
        at.world.change(at.vma_at(base)).flags ^= vm::may_exec;
        EXPECT_NE(at.found(), "");
    }
}

TEST(PageMapTest, the_fault_of_case_3_shows_in_a_file) {
    At at(small_parameters(), FaultSet{}.add(faults::merge_case3_pgoff));
    at.perform(make_mmap(base + 4, 4, map::shared | map::fixed, 1, 4));
    at.perform_damaged(make_mmap(base, 4, map::shared | map::fixed, 1, 0));
    ASSERT_TRUE(at.outcome.has(Event::merge_case_3));
    EXPECT_THAT(at.found(), HasSubstr("mmap"));
}

TEST(PageMapTest, flags_of_a_new_mapping) {
    struct Lie {
        MapFlags was;
        MapFlags told;
        std::uint16_t file;
    };
    for (const Lie& lie :
         {Lie{map::private_, map::shared, 0}, Lie{map::shared, map::private_, 1},
          Lie{map::private_ | map::noreserve, map::private_, 0}, Lie{map::private_, map::private_ | map::growsdown, 0},
          Lie{map::private_ | map::locked, map::private_, 0}}) {
        At at;
        at.perform(make_mmap(base, 2, lie.was | map::fixed, lie.file));
        at.last.flags = lie.told | map::fixed | (lie.file == 0 ? map::anonymous : 0);
        EXPECT_NE(at.found(), "") << std::hex << lie.was << " told as " << lie.told;
    }
    At at;
    at.perform(make_mmap(base, 2, map::shared | map::fixed));
    at.perform(make_mmap(base + 4, 2, map::shared | map::fixed));
    at.world.change(at.vma_at(base + 4)).file = at.world[at.vma_at(base)].file;
    EXPECT_THAT(at.found(), HasSubstr("its own object"));
}

TEST(PageMapTest, account_is_sticky) {
    At at;
    Op<Plain> none = make_mmap(base, 2);
    none.prot = prot::none;
    at.perform(none);
    at.perform(make_mprotect(base, 2, prot::read | prot::write));
    at.perform(make_mprotect(base, 2, prot::none));
    EXPECT_NE(at.world[at.vma_at(base)].flags & vm::account, 0u);
    at.world.change(at.vma_at(base)).flags &= ~vm::account;
    EXPECT_NE(at.found(), "");
}

// ---------------------------------------------------------------------------------------------------- wrong results

TEST(PageMapTest, failures_for_no_reason) {
    const Op<Plain> ops[] = {make_mmap(base + 1, 6),
                             make_op(OpKind::munmap, 100, 1),
                             make_mprotect(base, 2, prot::read | prot::write),
                             make_op(OpKind::madvise, base, 4),
                             make_op(OpKind::fault, base),
                             make_op(OpKind::split, base + 1),
                             make_op(OpKind::fork),
                             make_op(OpKind::exit)};
    for (const Op<Plain>& op : ops) {
        At at;
        set_up(at);
        at.perform(op);
        for (const Errno error : {Errno::enomem, Errno::eagain, Errno::einval, Errno::eacces, Errno::sigsegv}) {
            at.outcome.error = error;
            EXPECT_NE(at.found(), "") << name(op.kind) << ' ' << name(error);
        }
    }
}

TEST(PageMapTest, success_where_it_must_fail) {
    Op<Plain> read_only = make_mmap(base, 2, map::shared | map::fixed, 3);
    Op<Plain> write_only = make_mmap(base, 2, map::private_ | map::fixed, 4);
    Op<Plain> taken = make_mmap(base, 2, map::private_ | map::fixed_noreplace);
    Op<Plain> no_type = make_mmap(base, 2, map::fixed);
    Op<Plain> low = make_mmap(1, 1);
    struct Wrong {
        Op<Plain> op;
        Errno error;
    };
    for (const Wrong& wrong :
         {Wrong{read_only, Errno::eacces}, Wrong{write_only, Errno::eacces}, Wrong{taken, Errno::eexist},
          Wrong{no_type, Errno::einval}, Wrong{low, Errno::eperm},
          Wrong{make_op(OpKind::munmap, base, 0), Errno::einval},
          Wrong{make_mprotect(base, 5, prot::none), Errno::enomem}, Wrong{make_mprotect(base, 1, 0x40), Errno::einval},
          Wrong{make_op(OpKind::madvise, base + 3, 2), Errno::enomem},
          Wrong{make_op(OpKind::fault, base + 5), Errno::sigsegv},
          Wrong{make_op(OpKind::fault, base + 2), Errno::sigsegv}, Wrong{make_op(OpKind::split, base), Errno::einval},
          Wrong{make_op(OpKind::split, base + 5), Errno::efault}}) {
        SCOPED_TRACE(name(wrong.op.kind));
        At at;
        set_up(at);
        at.perform(wrong.op, wrong.error);
        at.outcome.error = Errno::ok;
        EXPECT_NE(at.found(), "");
    }
}

TEST(PageMapTest, mprotect_stops_at_the_first_offender) {
    At at;
    at.perform(make_mmap(base, 2));
    Op<Plain> read = make_mmap(base + 2, 2, map::shared | map::fixed, 3);
    read.prot = prot::read;
    at.perform(read);
    at.perform(make_mmap(base + 4, 2));
    at.perform(make_mprotect(base, 6, prot::write), Errno::eacces);
    EXPECT_EQ(at.world[at.vma_at(base)].flags & vm::access, vm::write) << "the part before is changed";
    EXPECT_EQ(at.world[at.vma_at(base + 4)].flags & vm::access, vm::read | vm::write) << "the part behind is not";
    at.outcome.error = Errno::enomem;
    EXPECT_NE(at.found(), "");
    at.outcome.error = Errno::eacces;
    Vma<Plain>& behind = at.world.change(at.vma_at(base + 4));
    behind.flags &= ~vm::read;
    EXPECT_NE(at.found(), "") << "it went too far";
    behind.flags |= vm::read;
    at.world.change(at.vma_at(base)).flags |= vm::read;
    EXPECT_NE(at.found(), "") << "it did not come as far as it must";
}

TEST(PageMapTest, addresses_of_mmap_and_brk) {
    At at;
    at.perform(make_mmap(base, 2));
    at.outcome.value.page += 1;
    EXPECT_THAT(at.found(), HasSubstr("expected 0x14000"));
    at.perform(make_op(OpKind::brk, 42));
    at.outcome.value.page += 1;
    EXPECT_THAT(at.found(), HasSubstr("expected the old break or the new one"));
    at.outcome.value = Bytes<Plain>::from(small_parameters().start_brk_bytes);
    EXPECT_THAT(at.found(), HasSubstr("the break did not move"));
    at.perform(make_mmap(46, 1));
    at.perform(make_op(OpKind::brk, 46));  // refused: it would touch the mapping above
    EXPECT_EQ(at.outcome.value.page, 42u);
    at.outcome.value.page = 46;
    EXPECT_THAT(at.found(), HasSubstr("expected it to stay"));
}

TEST(PageMapTest, limits_must_hold) {
    Parameters p = small_parameters();
    p.max_map_count = 2;
    p.rlimit_as = 8;
    At at(p);
    at.perform(make_mmap(base, 4));
    at.perform(make_mmap(base + 10, 3, map::private_ | map::fixed | map::noreserve));
    at.perform(make_mmap(base + 20, 2), Errno::enomem);  // RLIMIT_AS
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_op(OpKind::munmap, base + 1, 1), Errno::enomem);  // a hole at the map_count limit
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_op(OpKind::split, base + 1), Errno::enomem);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
}

TEST(PageMapTest, stack_growth) {
    At at;
    at.perform(make_mmap(30, 2, map::private_ | map::fixed | map::growsdown));
    at.perform(make_op(OpKind::fault, 27));
    EXPECT_EQ(at.world[at.vma_at(30)].start, 27u);
    at.outcome.error = Errno::sigsegv;
    EXPECT_NE(at.found(), "");
    at.outcome.error = Errno::ok;
    at.world.change(at.vma_at(30)).start = 26;
    EXPECT_NE(at.found(), "") << "it grew further than to the page";
    at.world.change(at.vma_at(30)).start = 30;
    EXPECT_NE(at.found(), "") << "it did not grow";
    at.world.change(at.vma_at(30)).start = 27;
    at.perform(make_op(OpKind::fault, 20), Errno::sigsegv);  // RLIMIT_STACK
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
}

// ---------------------------------------------------------------------------------------------------- processes

TEST(PageMapTest, fork_copies_all_but_dontcopy) {
    const auto damaged = [](auto&& damage) {
        At at;
        set_up(at);
        Op<Plain> dontfork = make_op(OpKind::madvise, base + 6, 1);
        dontfork.advice = Advice::dontfork;
        at.perform(dontfork);
        at.perform(make_mmap(base + 12, 1, map::private_ | map::fixed | map::locked));
        at.perform(make_op(OpKind::fork));
        const MmId child = at.world.process(1);
        damage(at, child, at.world.change(at.world[child].mmap));
        return at.found();
    };
    EXPECT_EQ(damaged([](At&, MmId, Vma<Plain>&) {}), "");
    EXPECT_NE(damaged([](At&, MmId, Vma<Plain>& vma) { vma.flags ^= vm::write; }), "");
    EXPECT_NE(damaged([](At&, MmId, Vma<Plain>& vma) { vma.end -= 1; }), "");
    EXPECT_NE(damaged([](At&, MmId, Vma<Plain>& vma) { vma.pgoff += 1; }), "");
    EXPECT_NE(damaged([](At& at, MmId child, Vma<Plain>& vma) { at.world.change(child).mmap = vma.next; }), "");
    EXPECT_NE(damaged([](At& at, MmId child, Vma<Plain>&) { at.world.change(child).brk.page += 1; }), "");
    EXPECT_NE(damaged([](At& at, MmId child, Vma<Plain>&) { at.world.change(child).def_flags = vm::locked; }), "");
    EXPECT_NE(damaged([](At& at, MmId, Vma<Plain>&) { at.world.change(at.vma_at(base)).flags ^= vm::write; }), "");
    EXPECT_NE(damaged([](At& at, MmId, Vma<Plain>&) { at.outcome.value.offset = 2; }), "");
    EXPECT_NE(damaged([](At& at, MmId, Vma<Plain>&) { at.world.change_globals().processes[1] = {}; }), "");
    EXPECT_NE(damaged([](At& at, MmId child, Vma<Plain>&) {
                  VmaId last = at.world[child].mmap;
                  while (at.world[last].next) last = at.world[last].next;
                  at.world.change(last).flags |= vm::locked;
              }),
              "");
}

TEST(PageMapTest, exit_leaves_nothing) {
    At at;
    set_up(at);
    at.perform(make_op(OpKind::exit));
    at.world.change_globals().processes[0] = MmId(0, 0);
    EXPECT_THAT(at.found(), HasSubstr("the process is still there"));
    At lied;
    set_up(lied);
    lied.perform(make_op(OpKind::munmap, 100, 1));
    lied.last.kind = OpKind::exit;
    EXPECT_THAT(lied.found(), HasSubstr("the process is still there"));
}

}  // namespace
}  // namespace vmacheck
