// fork and exit: whole address spaces (v5.10 kernel/fork.c dup_mmap, mm/mmap.c exit_mmap).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

template <class D>
std::size_t free_slot(const View<D>& view) {
    const auto& processes = view.step.world.globals_before().processes;
    std::size_t slot = 0;
    while (slot < processes.size() && processes[slot]) ++slot;
    return slot;
}

// What stands in the way of copying: memory that was made to fail, or a charge. Only mode 2 looks at the sum; mode 0
// looks at each VMA, so at none that the parent could map under it.
template <class D>
bool fork_may_fail(const View<D>& view) {
    return view.injected() || rules::commit_may_refuse(view.step, view.before.total_vm);
}

template <class D>
bool copied(const World<D>& world, const Vma<D>& parent, const Vma<D>& child) {
    const VmFlags flags = parent.flags & ~(vm::locked | vm::lockonfault | vm::uffd);
    const bool same_policy = policy_before(world, parent.policy) == policy_after(world, child.policy);
    // What is wiped has no page, and so no offset that anybody could see.
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
void compare_pages(const View<D>& view, PteId node, const Vma<D>& vma, const Mm<D>& child) {
    const World<D>& world = view.step.world;
    const Pte<D>* pte = world.find(node);
    if (pte == nullptr) return;
    if (pte->address >= vma.start) compare_pages(view, pte->rb.left, vma, child);
    if (pte->address < vma.end) compare_pages(view, pte->rb.right, vma, child);
    if (pte->address < vma.start || pte->address >= vma.end) return;
    const Page<D>* page = world.find(pte->page);
    if (!pte->swap && (page == nullptr || !page->anon_vma)) return;
    const Pte<D>* copy = entry_at<D>(world, child, pte->address);
    if (copy == nullptr || copy->page != pte->page || copy->swap != pte->swap)
        view.object("the child does not have what {:#x} holds", address(pte->address));
}

// VMA by VMA, since fork neither merges nor cuts.
template <class D>
void compare_child(const View<D>& view, const Mm<D>& child) {
    const World<D>& world = view.step.world;
    VmaId copy = child.mmap;
    each_vma_before(world, view.mm, [&](VmaId, const Vma<D>& vma) {
        if ((vma.flags & vm::dontcopy) != 0) return true;
        const Vma<D>* in_child = world.find(copy);
        if (in_child == nullptr || !copied(world, vma, *in_child)) {
            view.object("the child does not have {} as the parent has it", describe(vma));
            copy = {};
            return false;
        }
        copy = in_child->next;
        const Mm<D>* parent = world.find(view.mm);
        if (parent != nullptr && (vma.flags & vm::wipeonfork) == 0) compare_pages(view, parent->pte_root, vma, child);
        return true;
    });
    if (copy) view.object("the child has {}, and the parent has not", describe(world[copy]));
    const VmFlags kept = view.before.def_flags & vm::nohugepage;
    if (child.def_flags != kept)
        view.object("the child's def_flags are {:#x}, and must be {:#x}", child.def_flags, kept);
    if (child.brk.page != view.before.brk.page || child.brk.offset != view.before.brk.offset)
        view.object("the child's break is not the parent's");
}

template <class D>
void expect_caller_unchanged(const View<D>& view) {
    each_touched_vma(view.step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before == nullptr || before->mm != view.mm) return;
        const bool same = after != nullptr && after->flags == before->flags && after->file == before->file &&
                          after->start == before->start && after->end == before->end && after->pgoff == before->pgoff &&
                          after->policy == before->policy && after->uffd == before->uffd &&
                          after->anon_name == before->anon_name;
        if (!same) view.object("{} of the parent changes", describe(*before));
    });
}

}  // namespace

template <class D>
void fork(View<D>& view) {
    const World<D>& world = view.step.world;
    const std::size_t slot = free_slot(view);
    expect_caller_unchanged(view);
    if (slot == max_processes) return view.require(Errno::eagain);
    if (view.error() == Errno::enomem) {
        if (!fork_may_fail(view)) view.object("it gave ENOMEM, and nothing stands in its way");
        if (world.process(slot)) view.object("it failed, and there is a child");
        return;
    }
    view.require(Errno::ok);
    if (view.error() != Errno::ok) return;
    const Bytes<D>& given = view.step.outcome.value;
    if (given.page != 0 || given.offset != slot)
        view.object("it gave {}, and the child is process {}", given.value(), slot);
    if (const Mm<D>* child = world.find(world.process(slot)))
        compare_child(view, *child);
    else
        view.object("there is no child");
}

template <class D>
void exit(View<D>& view) {
    const World<D>& world = view.step.world;
    view.require(Errno::ok);
    if (world.process(view.step.op.process) || world.find(view.mm) != nullptr)
        view.object("the process is still there");
    each_vma_before(world, view.mm, [&](VmaId id, const Vma<D>& vma) {
        if (world.find(id) != nullptr) view.object("{} outlives its process", describe(vma));
        return true;
    });
}

template void fork(View<Plain>&);
template void fork(View<Traced>&);
template void exit(View<Plain>&);
template void exit(View<Traced>&);

}  // namespace vmacheck::specification
