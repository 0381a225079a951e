// soft-dirty: new mappings are marked where it is configured, what was there keeps its mark unless something merges.
#include "properties/contracts/soft_dirty.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

using At = Damaged<SoftDirty>;

Parameters marking() {
    Parameters p = small_parameters();
    p.soft_dirty = true;
    return p;
}

void flip(At& at, std::uint64_t page) {
    const VmaId vma = at.vma_at(page);
    ASSERT_TRUE(vma);
    at.world.change(vma).flags ^= vm::softdirty;
}

TEST(SoftDirtyTest, what_is_new_is_marked) {
    Op<Plain> special = make_op(OpKind::special_mapping, base, 1);
    special.prot = prot::read;
    for (const auto& [op, page] : std::vector<std::pair<Op<Plain>, std::uint64_t>>{
             {make_mmap(base, 1), base}, {make_op(OpKind::brk, 42), 41}, {special, base}}) {
        At at(marking());
        at.perform(op);
        flip(at, page);
        EXPECT_THAT(at.found(), HasSubstr("without VM_SOFTDIRTY, expected it with")) << name(op.kind);
    }
}

TEST(SoftDirtyTest, nothing_is_marked_where_it_is_not_configured) {
    At at;
    at.perform(make_mmap(base, 1));
    flip(at, base);
    EXPECT_EQ(at.found(), "mmap left VMA [0x14000,0x15000) with VM_SOFTDIRTY, expected it without");
}

TEST(SoftDirtyTest, what_was_there_keeps_its_mark) {
    At at(marking());
    at.perform(make_mmap(base, 4));
    at.perform(make_mprotect(base, 2, prot::read));
    flip(at, base);
    EXPECT_THAT(at.found(), HasSubstr("mprotect left VMA [0x14000,0x16000) without"));
    flip(at, base);
    at.perform(make_mremap(base, 2, 2, to_address, base + 20));
    flip(at, base + 20);
    EXPECT_THAT(at.found(), HasSubstr("mremap left VMA [0x28000,0x2a000) without"));
    flip(at, base + 20);
    at.perform(make_op(OpKind::fork));
    at.world.change(at.world[at.world.process(1)].mmap).flags &= ~vm::softdirty;
    EXPECT_THAT(at.found(), HasSubstr("fork left VMA [0x16000,0x18000) without"));
}

TEST(SoftDirtyTest, what_is_moved_over_other_memory_keeps_that_of_its_source) {
    At at(marking());
    at.perform(make_mmap(base, 2));
    at.perform(make_mmap(base + 20, 2));
    at.world.change(at.vma_at(base)).flags &= ~vm::softdirty;  // as clear_refs leaves it
    at.perform_damaged(make_op(OpKind::msync, base, 1));
    at.perform(make_mremap(base, 2, 2, to_address, base + 20));
    flip(at, base + 20);
    EXPECT_THAT(at.found(), HasSubstr("mremap left VMA [0x28000,0x2a000) with VM_SOFTDIRTY, expected it without"));
}

TEST(SoftDirtyTest, a_merge_may_change_it) {
    At at(marking());
    at.perform(make_mmap(base, 2));
    at.perform(make_mmap(base + 2, 2));
    EXPECT_TRUE(at.outcome.has(Event::merge_case_2));
    at.perform(make_mprotect(base, 2, prot::read));
    at.world.change(at.vma_at(base)).flags &= ~vm::softdirty;  // as clear_refs leaves it
    at.perform_damaged(make_op(OpKind::msync, base, 1));
    at.perform(make_mprotect(base, 2, prot::read | prot::write));
    EXPECT_EQ(at.world[at.mm()].map_count, 1u);
}

}  // namespace
}  // namespace vmacheck
