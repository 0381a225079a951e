// exec: how it ends, what the new address space is, and that what is otherwise is noticed.
#include "model/page_table.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using AtMap = Damaged<PageMapRefinement>;
constexpr std::uint64_t top = 60;  // pages; small_parameters() leaves a stack eight pages

Op<Plain> make_exec(std::uint64_t pages, std::uint64_t end = top, Prot rights = 0) {
    Op<Plain> op = make_op(OpKind::exec, end, pages);
    op.prot = rights;
    return op;
}

// The stack: "52-60 rw-p", its offset less its start, and how many pages it has.
std::string stack_of(const World<Plain>& world) {
    const Vma<Plain>& vma = world[world[world.process(0)].mmap];
    int pages = 0;
    for (PteId each = first_pte_from<Plain>(world, vma.mm, 0); each; each = next_pte(world, each)) ++pages;
    return fmt::format("{}-{}{} offset {:+} pages {}", vma.start.value(), vma.end.value(),
                       (vma.flags & vm::exec) != 0 ? " x" : "",
                       static_cast<std::int64_t>(vma.pgoff.value() - vma.start.value()), pages);
}

TEST(Exec, TheStackEndsWhereItIsToAndKeepsTheOffsetOfTheTop) {
    AtMap at;
    const std::int64_t shift = static_cast<std::int64_t>(small_parameters().task_size - top);
    at.perform(make_mmap(base, 4));
    at.perform(make_exec(2));
    EXPECT_EQ(at.world[at.mm()].map_count, 1u);
    EXPECT_EQ(stack_of(at.world), fmt::format("52-60 offset {:+} pages 2", shift));
    at.perform(make_exec(0, top, prot::read | prot::write | prot::exec));
    EXPECT_EQ(stack_of(at.world), fmt::format("52-60 x offset {:+} pages 1", shift));
    at.perform(make_exec(3, small_parameters().task_size));
    EXPECT_EQ(stack_of(at.world),
              fmt::format("{}-{} offset +0 pages 3", small_parameters().task_size - 8, small_parameters().task_size));
}

// Both forms of __vma_adjust while the ranges before and after overlap.
TEST(Exec, AStackMovesOverItself) {
    AtMap at;
    const std::uint64_t end = small_parameters().task_size - 2;
    at.perform(make_exec(5, end));
    EXPECT_EQ(stack_of(at.world), fmt::format("{}-{} offset +2 pages 5", end - 8, end));
}

TEST(Exec, FailsBeforeTheOldAddressSpaceIsGoneOrKills) {
    AtMap at;
    at.perform(make_mmap(base, 4));
    for (const AllocKind kind : {AllocKind::mm, AllocKind::vma})
        at.perform(failing(make_exec(1), kind, 1), Errno::enomem);
    for (const AllocKind kind : {AllocKind::anon_vma, AllocKind::avc, AllocKind::page, AllocKind::page_table})
        at.perform(failing(make_exec(1), kind, 1), Errno::e2big);
    at.perform(make_exec(9), Errno::e2big);
    EXPECT_EQ(at.world[at.mm()].total_vm, 4u) << "the process stays as it was";
    at.perform(failing(make_exec(1), AllocKind::page_table, 2), Errno::sigsegv);
    EXPECT_FALSE(at.mm());
}

template <class Change>
std::string found_in_new_space(Change change) {
    return found_after<AtMap>([](AtMap& at) { at.perform(make_mmap(base, 2)); }, make_exec(2), change);
}
template <class Change>
std::string found_in_stack(Change change) {
    return found_in_new_space([&](AtMap& at) { change(at.world.change(at.vma_at(top - 1))); });
}

TEST(Exec, AnotherStackThanTheOneThatWasToBeIsFound) {
    EXPECT_EQ(found_in_stack([](Vma<Plain>&) {}), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.start += 1, vma.pgoff += 1; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.end += 1; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.pgoff += 1; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.flags ^= vm::exec; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.flags ^= vm::growsdown; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.flags |= vm::rand_read | vm::seq_read; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.uffd = 1; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.anon_name = 1; }), "");
    EXPECT_NE(found_in_stack([](Vma<Plain>& vma) { vma.anon_vma = {}; }), "");
    EXPECT_NE(found_in_new_space([](AtMap& at) { at.world.change(at.mm()).map_count = 2; }), "");
}

TEST(Exec, PagesElsewhereThanTheStringsAreFound) {
    const auto zapped = [](std::uint64_t page) {
        return found_in_new_space([page](AtMap& at) { zap_pte(at.world, find_pte<Plain>(at.world, at.mm(), page)); });
    };
    EXPECT_NE(zapped(top - 1), "");
    EXPECT_NE(zapped(top - 2), "");
    const std::string below = found_in_new_space([](AtMap& at) {
        const VmaId stack = at.vma_at(top - 1);
        set_pte<Plain>(at.world, at.mm(), top - 3, new_anon_page<Plain>(at.world, stack, top - 3), true);
    });
    EXPECT_THAT(below, testing::HasSubstr("expected none below the strings"));
}

TEST(Exec, WhatTheNewAddressSpaceDoesNotStartWithIsFound) {
    EXPECT_NE(found_in_new_space([](AtMap& at) { at.world.change(at.mm()).brk.page += 1; }), "");
    EXPECT_NE(found_in_new_space([](AtMap& at) { at.world.change(at.mm()).def_flags = vm::locked; }), "");
    EXPECT_NE(found_in_new_space([](AtMap& at) { at.world.change(at.mm()).ksm_entered = true; }), "");
}

TEST(Exec, AResultWithoutItsReasonIsFound) {
    for (const Errno error : {Errno::enomem, Errno::e2big, Errno::sigsegv, Errno::einval})
        EXPECT_NE(found_in_new_space([error](AtMap& at) { at.outcome.error = error; }), "") << name(error);
    AtMap at;
    at.perform(make_exec(9), Errno::e2big);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "") << "strings beyond RLIMIT_STACK";
    at.perform(failing(make_exec(1), AllocKind::page_table, 2), Errno::sigsegv);
    at.last.fail_alloc = {};
    EXPECT_NE(at.found(), "") << "killed, and nothing was in the way";
}

TEST(Exec, TouchesItsOwnProcessAlone) {
    Damaged<TouchesOnly> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_op(OpKind::fork));
    at.perform(make_exec(1));
    const MmId child = at.world.process(1);
    at.world.change(at.world[child].mmap).flags ^= vm::dontcopy;
    EXPECT_NE(at.found(), "");
    Damaged<TouchesOnly> other;
    other.perform(make_op(OpKind::fork));
    other.perform(make_exec(1));
    other.world.change_globals().processes[1] = {};
    EXPECT_NE(other.found(), "") << "a process less";
}

}  // namespace
}  // namespace vmacheck
