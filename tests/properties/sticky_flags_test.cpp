// sticky-flags: fails where a call loses VM_MAYBE_GUARD, or VM_SOFTDIRTY on the kernels whose merges keep it, and where
// VM_MAYBE_GUARD comes from nowhere.
#include "properties/contracts/sticky_flags.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

struct At : Damaged<StickyFlags> {
    explicit At(std::string_view profile = "v7.1", const Parameters& parameters = small_parameters())
        : Damaged<StickyFlags>(parameters, {}, *profile_named(profile)) {}
    void lose(std::uint64_t page, VmFlags flags = vm::maybe_guard, std::uint8_t process = 0) {
        for (VmaId id = world[world.process(process)].mmap; id; id = world[id].next)
            if (world[id].start <= page && world[id].end > page) world.change(id).flags &= ~flags;
    }
};

Op<Plain> install(std::uint64_t page, std::uint64_t len) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = Advice::guard_install;
    return op;
}

void marked(At& at) {
    at.perform(make_mmap(base, 2));
    at.perform(install(base, 1));
}

TEST(StickyFlagsTest, the_advice_marks_what_it_is_about) {
    At at;
    at.perform(make_mmap(base, 2));
    at.perform(install(base, 1));
    at.lose(base);
    EXPECT_EQ(at.found(), "madvise left VMA [0x14000,0x16000) without VM_MAYBE_GUARD, expected it with it");
}

TEST(StickyFlagsTest, no_call_takes_the_mark_away) {
    for (const Op<Plain>& op :
         {make_mprotect(base, 1, prot::read), make_lock(OpKind::mlock, base + 1, 1), make_mremap(base, 2, 3),
          make_op(OpKind::munmap, base, 1), make_mmap(base, 1), make_mmap(base + 2, 1)}) {
        At at;
        marked(at);
        at.perform(op);
        at.lose(base + 1);
        EXPECT_THAT(at.found(), HasSubstr("without VM_MAYBE_GUARD")) << name(op.kind);
    }
}

TEST(StickyFlagsTest, it_moves_and_is_inherited) {
    At at;
    marked(at);
    at.perform(make_mremap(base, 2, 2, to_address, base + 20));
    at.lose(base + 20);
    EXPECT_THAT(at.found(), HasSubstr("mremap left VMA [0x28000,0x2a000) without"));
    At parent;
    marked(parent);
    parent.perform(make_op(OpKind::fork));
    parent.lose(base, vm::maybe_guard, 1);
    EXPECT_THAT(parent.found(), HasSubstr("fork left VMA [0x14000,0x16000) without"));
}

TEST(StickyFlagsTest, a_copy_of_shared_memory_has_it) {
    At at;
    at.perform(make_mmap(base, 2, map::shared | map::fixed, 5));
    at.perform(install(base, 1));
    at.perform(make_mremap(base, 0, 2, to_address, base + 20));
    at.lose(base + 20);
    EXPECT_THAT(at.found(), HasSubstr("mremap left VMA [0x28000,0x2a000) without"));
}

TEST(StickyFlagsTest, it_comes_by_the_advice_alone) {
    for (const Op<Plain>& op : {make_mprotect(base + 10, 1, prot::read), make_mmap(base + 10, 2), install(base, 1)}) {
        At at;
        at.perform(make_mmap(base, 2));
        at.perform(make_mmap(base + 10, 2));
        at.perform(op);
        at.world.change(at.vma_at(base + 10)).flags |= vm::maybe_guard;
        EXPECT_THAT(at.found(), HasSubstr("VM_MAYBE_GUARD, which none of its pages had")) << name(op.kind);
    }
}

// A mapping that takes the place of one with guard pages does not get its mark.
TEST(StickyFlagsTest, what_is_mapped_anew_has_it_not) {
    At at;
    marked(at);
    at.perform(make_mmap(base, 2));
    at.world.change(at.vma_at(base)).flags |= vm::maybe_guard;
    EXPECT_THAT(at.found(), HasSubstr("which none of its pages had"));
}

TEST(StickyFlagsTest, before_it_was_there_none_has_it) {
    for (const char* profile : {"v5.10", "v6.12", "v6.18+guard-regions=files"}) {
        At at(profile);
        at.perform(make_mmap(base, 2));
        at.world.change(at.vma_at(base)).flags |= vm::maybe_guard;
        EXPECT_EQ(at.found(), "VMA [0x14000,0x16000) has VM_MAYBE_GUARD, which this kernel lacks");
    }
}

TEST(StickyFlagsTest, merges_keep_soft_dirty) {
    Parameters p = small_parameters();
    p.soft_dirty = true;
    At at("v7.1", p);
    at.perform(make_mmap(base, 2));
    at.perform(make_mprotect(base, 1, prot::read));
    at.lose(base, vm::softdirty);  // as clear_refs leaves it
    at.perform_damaged(make_op(OpKind::msync, base, 1));
    at.perform(make_mprotect(base, 1, prot::read | prot::write));
    EXPECT_EQ(at.world[at.mm()].map_count, 1u);
    at.lose(base, vm::softdirty);
    EXPECT_EQ(at.found(), "mprotect left VMA [0x14000,0x16000) without VM_SOFTDIRTY, expected it with it");
}

}  // namespace
}  // namespace vmacheck
