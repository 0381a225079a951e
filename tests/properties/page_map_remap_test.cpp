// The page-map specification of mremap and the mlock family fails on damaged Worlds, and when it is told of another
// operation, failure or result than there was.
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;
using At = Damaged<PageMapRefinement>;

// Private memory of four pages, the upper two read-only; a shared mapping behind a hole; room for moves from page 44
// on.
void set_up(At& at) {
    at.perform(make_mmap(base, 4));
    at.perform(make_mprotect(base + 2, 2, prot::read));
    at.perform(make_mmap(base + 8, 2, map::shared | map::fixed, 1, 3));
}

// Each successful kind, and a page it has changed.
struct Kind {
    const char* what;
    Op<Plain> op;
    std::uint64_t page;
};
std::vector<Kind> kinds() {
    return {{"shrink", make_mremap(base, 2, 1), base},
            {"grow in place", make_mremap(base + 8, 2, 4), base + 11},
            {"move to grow", make_mremap(base, 2, 3, mremap::maymove), 63},
            {"move", make_mremap(base, 2, 2, to_address, 44), 44},
            {"move of a part of a file", make_mremap(base + 9, 1, 1, to_address, 44), 44},
            {"move over a mapping", make_mremap(base, 1, 1, to_address, base + 8), base + 8},
            {"dontunmap", make_mremap(base, 2, 2, to_address | mremap::dontunmap, 44), base},
            {"alias", make_mremap(base + 9, 0, 1, to_address, 44), 44},
            {"mlock", make_lock(OpKind::mlock, base, 3), base + 2},
            {"mlock2", make_lock(OpKind::mlock, base, 3, mlock::onfault), base + 2},
            {"mlockall", make_lock(OpKind::mlockall, 0, 0, mcl::current), base + 8},
            {"mlockall for later", make_lock(OpKind::mlockall, 0, 0, mcl::current | mcl::future), base}};
}

TEST(PageMapRemapTest, pages_damaged_after_each) {
    for (const Kind& each : kinds()) {
        SCOPED_TRACE(each.what);
        const auto damaged = [&](auto damage) {
            return found_with_damaged_vma<At>(set_up, each.op, each.page, damage);
        };
        EXPECT_EQ(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::softdirty; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::may_exec; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::account; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::locked; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::lockonfault; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.end += 1; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.file = vma.file ? FileId() : FileId(1, 0); }), "");
    }
}

TEST(PageMapRemapTest, offsets_of_files_at_the_new_place) {
    for (const Op<Plain>& op :
         {make_mremap(base + 9, 1, 1, to_address, 44), make_mremap(base + 9, 0, 1, to_address, 44)}) {
        At at;
        set_up(at);
        at.perform(op);
        at.world.change(at.vma_at(44)).pgoff += 1;
        EXPECT_THAT(at.found(), HasSubstr("file 1 at page 0x5, expected"));
    }
}

TEST(PageMapRemapTest, private_dev_zero_without_pages_takes_the_offset_of_its_address) {
    for (const bool faulted : {false, true}) {
        At at;
        at.perform(make_mmap(base, 1, map::private_ | map::fixed, 7, 3));
        if (faulted) at.perform(make_op(OpKind::fault, base));
        at.perform(make_mremap(base, 1, 1, to_address, 44));
        EXPECT_EQ(at.world[at.vma_at(44)].pgoff, faulted ? 3u : 44u);
        at.world.change(at.vma_at(44)).pgoff = faulted ? 44 : 3;
        EXPECT_NE(at.found(), "");
    }
}

TEST(PageMapRemapTest, told_otherwise_than_it_was) {
    for (const Kind& each : kinds()) {
        SCOPED_TRACE(each.what);
        const auto told = [&](auto lie) { return found_after<At>(set_up, each.op, lie); };
        EXPECT_NE(told([](At& at) { at.outcome.error = Errno::einval; }), "");
        EXPECT_NE(told([](At& at) { at.outcome.error = Errno::enomem; }), "");
        EXPECT_NE(told([](At& at) { at.outcome.error = Errno::eagain; }), "");
        EXPECT_NE(told([](At& at) { at.world.change(at.mm()).def_flags ^= vm::locked; }), "");
        if (each.op.kind != OpKind::mremap) continue;
        EXPECT_NE(told([](At& at) { at.outcome.value.page += 1; }), "");
        EXPECT_NE(told([](At& at) { at.last.new_len.page += 1; }), "");
    }
}

TEST(PageMapRemapTest, what_was_forgotten) {
    // Nothing was touched by the step; source, destination and range are looked at all the same.
    for (const Op<Plain>& op : {make_mremap(base, 2, 1), make_mremap(base, 2, 2, to_address, 44),
                                make_mremap(base, 1, 1, to_address, base + 8), make_lock(OpKind::mlock, base, 1),
                                make_lock(OpKind::mlockall, 0, 0, mcl::current)}) {
        At at;
        set_up(at);
        at.perform(make_op(OpKind::munmap, 100, 1));
        at.last = op;
        at.outcome.value = op.kind == OpKind::mremap && op.call_flags != 0 ? op.new_addr : op.addr;
        EXPECT_NE(at.found(), "") << name(op.kind);
    }
    for (const OpKind kind : {OpKind::munlock, OpKind::munlockall}) {
        At at;
        set_up(at);
        at.perform(make_lock(OpKind::mlock, base, 1));
        at.perform(make_op(OpKind::munmap, 100, 1));
        at.last = make_op(kind, base, 1);
        EXPECT_NE(at.found(), "") << name(kind);
    }
}

// Each is refused as the table says; told to have succeeded, or to have failed with another error, it is objected to.
TEST(PageMapRemapTest, errors_that_must_be) {
    struct Wrong {
        Op<Plain> op;
        Errno error;
    };
    Op<Plain> unaligned = make_mremap(base, 1, 1);
    unaligned.addr.offset = 1;
    Op<Plain> unrounded = make_mremap(base, 1, 0, mremap::maymove | mremap::dontunmap);
    unrounded.new_len.offset = 0xfff;
    Op<Plain> astray = make_mremap(base, 1, 1, to_address, 44);
    astray.new_addr.offset = 1;
    constexpr std::uint64_t most = pages_in_64_bits - 1;
    for (const Wrong& wrong : {Wrong{make_mremap(base, 1, 1, mremap::fixed, 44), Errno::einval},
                               Wrong{make_mremap(base, 1, 1, mremap::dontunmap), Errno::einval},
                               Wrong{make_mremap(base, 1, 1, 8), Errno::einval},
                               Wrong{unaligned, Errno::einval},
                               Wrong{unrounded, Errno::einval},
                               Wrong{astray, Errno::einval},
                               Wrong{make_mremap(base, 1, 0), Errno::einval},
                               Wrong{make_mremap(base, 1, 1, to_address, base), Errno::einval},
                               Wrong{make_mremap(base, 1, 1, to_address, 128), Errno::einval},
                               Wrong{make_mremap(base, 0, 1, mremap::maymove), Errno::einval},
                               Wrong{make_mremap(base, 200, 1), Errno::einval},
                               Wrong{make_mremap(base + 8, 1, 1, mremap::maymove | mremap::dontunmap), Errno::einval},
                               Wrong{make_mremap(base + 5, 1, 2), Errno::efault},
                               Wrong{make_mremap(base, 3, 4, mremap::maymove), Errno::efault},
                               Wrong{make_mremap(base, 3, 3, to_address, 44), Errno::efault},
                               Wrong{make_mremap(base, 2, 3), Errno::enomem},
                               Wrong{make_mremap(base, 2, 300, mremap::maymove), Errno::enomem},
                               Wrong{make_mremap(base, 1, 1, to_address, 1), Errno::eperm},
                               Wrong{make_lock(OpKind::mlock, base, 1, 2), Errno::einval},
                               Wrong{make_lock(OpKind::mlock, base, most - base + 1), Errno::einval},
                               Wrong{make_lock(OpKind::mlock, base, 5), Errno::enomem},
                               Wrong{make_lock(OpKind::mlock, base + 4, 1), Errno::enomem},
                               Wrong{make_lock(OpKind::munlock, base, most - base + 1), Errno::einval},
                               Wrong{make_lock(OpKind::munlock, base + 4, 5), Errno::enomem},
                               Wrong{make_lock(OpKind::mlockall, 0, 0, 0), Errno::einval},
                               Wrong{make_lock(OpKind::mlockall, 0, 0, 8 | mcl::current), Errno::einval},
                               Wrong{make_lock(OpKind::mlockall, 0, 0, mcl::onfault), Errno::einval}}) {
        SCOPED_TRACE(fmt::format("{} {:#x} {:#x} {:#x}", name(wrong.op.kind), wrong.op.addr.value(),
                                 wrong.op.len.value(), wrong.op.call_flags));
        At at;
        set_up(at);
        at.perform(wrong.op, wrong.error);
        for (const Errno error : {Errno::ok, Errno::eagain, Errno::ebadf}) {
            at.outcome.error = error;
            EXPECT_NE(at.found(), "") << name(error);
        }
    }
}

TEST(PageMapRemapTest, a_fixed_destination_is_gone_when_the_source_is_refused) {
    At at;
    set_up(at);
    at.perform(make_mremap(base + 5, 1, 1, to_address, base + 8), Errno::efault);
    EXPECT_FALSE(at.vma_at(base + 8));
    at.last.new_addr.page = 44;  // then nothing may be gone
    EXPECT_NE(at.found(), "");
}

TEST(PageMapRemapTest, limits_must_hold) {
    Parameters p = small_parameters();
    p.max_map_count = 7;
    p.rlimit_memlock = 3;
    At at(p);
    set_up(at);
    // Three VMAs: a move without an address is allowed, one to an address is not.
    at.perform(make_mremap(base, 2, 2, to_address, 44), Errno::enomem);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_mmap(60, 1));
    at.perform(make_mremap(base, 2, 3, mremap::maymove), Errno::enomem);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_op(OpKind::munmap, 60, 1));

    at.perform(make_lock(OpKind::mlock, base, 4), Errno::enomem);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.perform(make_lock(OpKind::mlock, base, 2));
    at.perform(make_lock(OpKind::mlock, base, 3));  // two of them count once
    at.outcome.error = Errno::enomem;
    EXPECT_NE(at.found(), "") << "it must not count them twice";
    at.perform(make_mremap(base, 2, 3, mremap::maymove), Errno::eagain);
    at.outcome.error = Errno::enomem;
    EXPECT_NE(at.found(), "");
    at.perform(make_lock(OpKind::mlockall, 0, 0, mcl::current), Errno::enomem);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
}

TEST(PageMapRemapTest, no_right_to_lock) {
    Parameters p = small_parameters();
    p.rlimit_memlock = 0;
    for (const Op<Plain>& op : {make_lock(OpKind::mlock, base, 1), make_lock(OpKind::mlockall, 0, 0, mcl::future)}) {
        At at(p);
        set_up(at);
        at.perform(op, Errno::eperm);
        at.outcome.error = Errno::ok;
        EXPECT_NE(at.found(), "");
    }
}

TEST(PageMapRemapTest, mlock_of_pages_without_rights_marks_them_and_fails) {
    At at;
    set_up(at);
    at.perform(make_mprotect(base + 1, 1, prot::none));
    at.perform(make_lock(OpKind::mlock, base, 4), Errno::enomem);
    EXPECT_NE(at.world[at.vma_at(base + 3)].flags & vm::locked, 0u) << "what lies behind them is marked too";
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    at.outcome.error = Errno::enomem;
    at.world.change(at.vma_at(base + 3)).flags &= ~vm::locked;
    EXPECT_NE(at.found(), "");
}

TEST(PageMapRemapTest, failures_of_memory_need_one) {
    struct Failing {
        Op<Plain> op;
        Errno error;
    };
    for (const Failing& each :
         {Failing{failing(make_mremap(base, 2, 2, to_address, 44), AllocKind::vma, 1), Errno::enomem},
          Failing{failing(make_mremap(base, 2, 3, mremap::maymove), AllocKind::vma, 1), Errno::enomem},
          Failing{failing(make_mremap(base + 2, 2, 1), AllocKind::any, 1), Errno::enomem},
          Failing{failing(make_lock(OpKind::mlock, base + 1, 1), AllocKind::vma, 1), Errno::enomem},
          Failing{failing(make_lock(OpKind::mlock, base, 1), AllocKind::page, 1), Errno::eagain}}) {
        At at;
        set_up(at);
        at.perform(each.op, each.error);
        at.last.fail_alloc = {};
        EXPECT_NE(at.found(), "") << name(each.op.kind);
    }
}

TEST(PageMapRemapTest, a_source_that_stays_needs_a_cut_that_failed) {
    At at;
    at.perform(make_mmap(base, 3));
    at.perform(failing(make_mremap(base + 1, 1, 1, to_address, 44), AllocKind::vma, 2));
    EXPECT_TRUE(at.vma_at(base + 1));
    at.last.fail_alloc = {};
    EXPECT_NE(at.found(), "");
}

TEST(PageMapRemapTest, a_move_goes_where_the_search_promises) {
    At at;
    set_up(at);
    at.perform(make_mremap(base, 2, 3, mremap::maymove));
    EXPECT_EQ(at.outcome.value.page, 61u);
    at.perform(make_mremap(61, 3, 3, mremap::maymove | mremap::dontunmap, 44));  // a free hint
    EXPECT_EQ(at.outcome.value.page, 44u);
    at.last.new_addr.page = 45;
    EXPECT_THAT(at.found(), HasSubstr("expected"));
}

TEST(PageMapRemapTest, def_flags_reach_new_mappings_and_the_heap) {
    for (const Op<Plain>& op : {make_mmap(base, 1), make_op(OpKind::brk, 42)}) {
        At at;
        at.perform(make_lock(OpKind::mlockall, 0, 0, mcl::future));
        at.perform(op);
        const VmaId made = at.world[at.mm()].mmap;
        EXPECT_NE(at.world[made].flags & vm::locked, 0u);
        at.world.change(made).flags &= ~vm::locked;
        EXPECT_NE(at.found(), "") << name(op.kind);
    }
}

}  // namespace
}  // namespace vmacheck
