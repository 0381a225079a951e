// fork and exit: whole address spaces (v5.10 kernel/fork.c dup_mmap, mm/mmap.c exit_mmap).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

template <class D>
std::size_t free_slot(const SpecContext<D>& ctx) {
    const auto& processes = ctx.step.world.globals_before().processes;
    std::size_t slot = 0;
    while (slot < processes.size() && processes[slot]) ++slot;
    return slot;
}

// Whether fork may return ENOMEM: an injected allocation failure, or a charge. Overcommit mode 2 limits the sum of all
// VMAs; mode 0 limits each VMA, and those of the parent passed that limit when they were mapped.
template <class D>
bool fork_may_fail(const SpecContext<D>& ctx) {
    return ctx.injected() || rules::commit_may_refuse(ctx.step, ctx.before.total_vm);
}

template <class D>
bool copied(const World<D>& world, const Vma<D>& parent, const Vma<D>& child) {
    const VmFlags flags = parent.flags & ~(vm::locked | vm::lockonfault | vm::uffd);
    const bool same_policy = policy_before(world, parent.policy) == policy_after(world, child.policy);
    // What is wiped has no page, and so its offset is not visible.
    const bool same_offset = (flags & vm::wipeonfork) != 0 || child.pgoff == parent.pgoff;
    return child.flags == flags && child.file == parent.file && child.ops == parent.ops &&
           child.start == parent.start && child.end == parent.end && same_offset && same_policy && child.uffd == 0 &&
           child.anon_name == parent.anon_name;
}

// The entry of a page, or nullptr.
template <class D>
const Pte<D>* entry_at(const World<D>& world, const Mm<D>& mm, const Number<D>& page) {
    for (PteId node = mm.pte_root; node;) {
        const Pte<D>& pte = world[node];
        if (pte.address == page) return &pte;
        node = page < pte.address ? pte.rb.left : pte.rb.right;
    }
    return nullptr;
}

// What the parent has written, present or in swap space, the child has too. Pages that can be faulted in again need
// not be there.
template <class D>
void compare_pages(const SpecContext<D>& ctx, PteId node, const Vma<D>& vma, const Mm<D>& child) {
    const World<D>& world = ctx.step.world;
    const Pte<D>* pte = world.find(node);
    if (pte == nullptr) return;
    if (pte->address >= vma.start) compare_pages(ctx, pte->rb.left, vma, child);
    if (pte->address < vma.end) compare_pages(ctx, pte->rb.right, vma, child);
    if (pte->address < vma.start || pte->address >= vma.end) return;
    const Page<D>* page = world.find(pte->page);
    if (!pte->swap && (page == nullptr || !page->anon_vma)) return;
    const Pte<D>* copy = entry_at<D>(world, child, pte->address);
    if (copy == nullptr || copy->page != pte->page || copy->swap != pte->swap)
        ctx.fail("the child does not have what {:#x} holds", address(pte->address));
}

// VMA by VMA, since fork neither merges nor cuts.
template <class D>
void compare_child(const SpecContext<D>& ctx, const Mm<D>& child) {
    const World<D>& world = ctx.step.world;
    VmaId copy = child.mmap;
    each_vma_before(world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if ((vma.flags & vm::dontcopy) != 0) return true;
        const Vma<D>* in_child = world.find(copy);
        if (in_child == nullptr || !copied(world, vma, *in_child)) {
            ctx.fail("the child does not have {} as the parent has it", describe(vma));
            copy = {};
            return false;
        }
        copy = in_child->next;
        const Mm<D>* parent = world.find(ctx.mm);
        if (parent != nullptr && (vma.flags & vm::wipeonfork) == 0) compare_pages(ctx, parent->pte_root, vma, child);
        return true;
    });
    if (copy) ctx.fail("the child has {}, which the parent does not have", describe(world[copy]));
    const VmFlags kept = ctx.before.def_flags & vm::nohugepage;
    if (child.def_flags != kept)
        ctx.fail("the child's def_flags are \"{}\", expected \"{}\"", short_flags(child.def_flags), short_flags(kept));
    if (child.brk.page != ctx.before.brk.page || child.brk.offset != ctx.before.brk.offset)
        ctx.fail("the child's break is {:#x}, expected {:#x}", child.brk.value(), ctx.before.brk.value());
}

template <class D>
void expect_caller_unchanged(const SpecContext<D>& ctx) {
    each_touched_vma(ctx.step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before == nullptr || before->mm != ctx.mm) return;
        const bool same = after != nullptr && after->flags == before->flags && after->file == before->file &&
                          after->start == before->start && after->end == before->end && after->pgoff == before->pgoff &&
                          after->policy == before->policy && after->uffd == before->uffd &&
                          after->anon_name == before->anon_name;
        if (!same) ctx.fail("{} of the parent changes", describe(*before));
    });
}

}  // namespace

template <class D>
void fork(SpecContext<D>& ctx) {
    const World<D>& world = ctx.step.world;
    const std::size_t slot = free_slot(ctx);
    expect_caller_unchanged(ctx);
    if (slot == max_processes) return ctx.require(Errno::eagain);
    if (ctx.error() == Errno::enomem) {
        if (!fork_may_fail(ctx)) ctx.fail("returned ENOMEM, expected success");
        if (world.process(slot)) ctx.fail("failed and made process {}, expected no child", slot);
        return;
    }
    ctx.require(Errno::ok);
    if (ctx.error() != Errno::ok) return;
    const Bytes<D>& given = ctx.step.outcome.value;
    if (given.page != 0 || given.offset != slot) ctx.fail("returned {}, expected process {}", given.value(), slot);
    if (const Mm<D>* child = world.find(world.process(slot)))
        compare_child(ctx, *child);
    else
        ctx.fail("process {} is missing", slot);
}

template <class D>
void exit(SpecContext<D>& ctx) {
    const World<D>& world = ctx.step.world;
    ctx.require(Errno::ok);
    if (world.process(ctx.step.op.process) || world.find(ctx.mm) != nullptr) ctx.fail("the process is still there");
    each_vma_before(world, ctx.mm, [&](VmaId id, const Vma<D>& vma) {
        if (world.find(id) != nullptr) ctx.fail("{} outlives its process", describe(vma));
        return true;
    });
}

template void fork(SpecContext<Plain>&);
template void fork(SpecContext<Traced>&);
template void exit(SpecContext<Plain>&);
template void exit(SpecContext<Traced>&);

}  // namespace vmacheck::specification
