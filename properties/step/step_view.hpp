// What contracts ask about a step: who called, and which VMAs a range of his address space holds.
//
// Written without the model's own find_vma and friends: a contract must not share the model's mistakes. One function
// repeats a search of the model, vma_at_or_above.
#pragma once

#include "model/op/op_range.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

// The file of hugetlbfs that mmap maps, be it one that it makes itself; nullptr: it maps something else.
template <class D>
const FileSpec* mapped_hugetlb_file(const Parameters& parameters, const Op<D>& op) {
    if (op.kind != OpKind::mmap) return nullptr;
    if ((op.flags & map::anonymous) != 0) return (op.flags & map::hugetlb) != 0 ? &anonymous_huge_file() : nullptr;
    if (op.file == 0 || op.file > parameters.files.size()) return nullptr;
    const FileSpec& file = parameters.files[op.file - 1u];
    return file.kind == FileKind::hugetlb ? &file : nullptr;
}

// Pages that mmap maps: those of the length, rounded up to whole huge pages where it maps these.
template <class D>
Number<D> mapped_pages(const Parameters& parameters, const Op<D>& op) {
    const Number<D> len = op.len.round_up();
    if (mapped_hugetlb_file(parameters, op) == nullptr) return len;
    const Number<D> rest = remainder(len, parameters.huge_page_pages);
    return rest == 0 ? len : len + (parameters.huge_page_pages - rest);
}

// The pages that mmap requests at the address it passes.
template <class D>
PageRangeOf<D> range_of_mmap(const Step<D>& step) {
    return {step.op.addr.page, step.op.addr.page + mapped_pages(step.world.parameters(), step.op)};
}

// The address space that the operation was called in, as it was named before the step; none if the slot was empty.
template <class D>
MmId caller(const Step<D>& step) {
    return step.op.process < max_processes ? step.world.globals_before().processes[step.op.process] : MmId();
}

// The address space that the operation is about, as it was before the step: the caller's, but for remote_access that of
// its target. None if either process was not there.
template <class D>
MmId subject(const Step<D>& step) {
    const MmId mm = caller(step);
    if (!mm || step.op.kind != OpKind::remote_access) return mm;
    return step.op.target < max_processes ? step.world.globals_before().processes[step.op.target] : MmId();
}

// A page fault, of a process itself or by another: the operations that may grow a stack.
inline bool faults_a_page(OpKind kind) {
    return kind == OpKind::fault || kind == OpKind::remote_access;
}

// The pages that shmat attaches a segment to at the address it names; empty if it names none, or no segment.
template <class D>
PageRangeOf<D> named_attachment(const Step<D>& step) {
    const auto& files = step.world.parameters().files;
    const Op<D>& op = step.op;
    const bool known = op.file > 0 && op.file <= files.size();
    const Number<D> len =
        known && !op.addr.zero() ? pages_of_segment(step.world.parameters(), files[op.file - 1u]) : std::uint64_t{0};
    return {op.addr.page, op.addr.page + len};
}

// The pages that shmat attached a segment to; it succeeded.
template <class D>
PageRangeOf<D> attached_range(const Step<D>& step) {
    const Number<D>& start = step.outcome.value.page;
    const Parameters& p = step.world.parameters();
    return {start, start + pages_of_segment(p, p.files[step.op.file - 1u])};
}

// Whether the last step changed the object in any way, or made it.
template <class D, class IdType>
bool untouched(const World<D>& world, IdType id) {
    return world.before(id) == world.find(id);
}

// Where the space above a VMA begins that a search may give away: above the guard gap of a stack that grows up.
template <class D>
Number<D> free_above(const World<D>& world, const Vma<D>& vma) {
    if ((vma.flags & vm::growsup) == 0) return vma.end;
    const Number<D> guarded = vma.end + world.parameters().stack_guard_gap;
    return guarded < pages_in_64_bits ? guarded : Number<D>(pages_in_64_bits - 1);
}

// The lowest VMA, after the step, that ends above the page; none if there is none. It searches mm_rb as find_vma does,
// so it is wrong where the tree is: list-equals-tree and red-black report that. A walk of the list would take time
// linear in the number of VMAs, and on symbolic numbers add a decision for each VMA below the page.
template <class D>
VmaId vma_at_or_above(const World<D>& world, MmId mm, const Number<D>& page) {
    VmaId found;
    const Mm<D>* space = world.find(mm);
    if (space == nullptr) return found;
    for (VmaId node = space->rb_root; node;) {
        const Vma<D>& vma = world[node];
        if (vma.end > page) {
            found = node;
            if (vma.start <= page) break;
            node = vma.rb.left;
        } else {
            node = vma.rb.right;
        }
    }
    return found;
}

// Calls f(id, vma) for the VMAs that the address space had before the step, in list order, until f says false.
template <class D, class F>
void each_vma_before(const World<D>& world, MmId mm, F&& f) {
    const Mm<D>* space = world.before(mm);
    if (space == nullptr) return;
    for (VmaId id = space->mmap; id;) {
        const Vma<D>* vma = world.before(id);
        if (vma == nullptr || !f(id, *vma)) return;
        id = vma->next;
    }
}

// Calls f(vma before or nullptr, vma after or nullptr) for each VMA object that the step touched, where an object freed
// and another made in its place are two.
template <class D, class F>
void each_touched_vma(const Step<D>& step, F&& f, bool only_linked_too = true) {
    for (const TouchedVma<D>& each : step.vmas) {
        if (each.only_linked && !only_linked_too) continue;
        if (each.before != nullptr && each.after != nullptr && each.was != each.is) {
            f(each.before, static_cast<const Vma<D>*>(nullptr));
            f(static_cast<const Vma<D>*>(nullptr), each.after);
        } else if (each.before != nullptr || each.after != nullptr) {
            f(each.before, each.after);
        }
    }
}
// The same for those in which more has changed than links.
template <class D, class F>
void each_changed_vma(const Step<D>& step, F&& f) {
    each_touched_vma(step, f, false);
}

// The VMA that contained the page before the step; nullptr: none did.
template <class D>
const Vma<D>* vma_before(const Step<D>& step, MmId mm, const Number<D>& page) {
    for (const TouchedVma<D>& each : step.vmas)
        if (const Vma<D>* vma = each.before; vma != nullptr && vma->mm == mm && vma->start <= page && page < vma->end)
            return vma;
    const VmaId id = vma_at_or_above(step.world, mm, page);
    const Vma<D>* vma = step.world.find(id);
    return vma != nullptr && vma->start <= page && step.world.before(id) == vma ? vma : nullptr;
}

// The content of a policy before the step, and after it; 0 for none, and for one that was freed.
template <class D>
std::uint16_t policy_before(const World<D>& world, MemPolicyId id) {
    const MemPolicy* policy = id ? world.before(id) : nullptr;
    return policy != nullptr ? policy->content : std::uint16_t{0};
}
template <class D>
std::uint16_t policy_after(const World<D>& world, MemPolicyId id) {
    const MemPolicy* policy = id ? world.find(id) : nullptr;
    return policy != nullptr ? policy->content : std::uint16_t{0};
}

// The page table entry of an address space at the page, before or after the step; nullptr: it is empty.
template <class D>
const Pte<D>* pte_at(const StateView<D>& then, MmId mm, const Number<D>& page) {
    const Mm<D>* space = then.find(mm);
    PteId node = space != nullptr ? space->pte_root : PteId();
    while (node) {
        const Pte<D>* pte = then.find(node);
        if (pte == nullptr || pte->address == page) return pte;
        node = page < pte->address ? pte->rb.left : pte->rb.right;
    }
    return nullptr;
}

// Whether the page was present in the page tables before the step.
template <class D>
bool present_before(const World<D>& world, MmId mm, const Number<D>& page) {
    return pte_at(StateView<D>(world, true), mm, page) != nullptr;
}

// The first page table entry at or above the page, likewise.
template <class D>
const Pte<D>* first_pte_at_or_above(const StateView<D>& then, MmId mm, const Number<D>& page) {
    const Mm<D>* space = then.find(mm);
    const Pte<D>* found = nullptr;
    for (PteId node = space != nullptr ? space->pte_root : PteId(); node;) {
        const Pte<D>* pte = then.find(node);
        if (pte == nullptr) return found;
        if (pte->address < page) {
            node = pte->rb.right;
        } else {
            found = pte;
            node = pte->rb.left;
        }
    }
    return found;
}

// Whether, before the step, something was mapped that may refuse to be cut or moved.
template <class D>
bool any_hooks_that_refuse(const Step<D>& step, MmId mm) {
    const auto& files = step.world.parameters().files;
    bool found = false;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        found = vma.ops == VmOps::vdso;
        const File<D>* file = step.world.before(vma.file);
        if (file != nullptr && (file->spec != 0 || file->kind == FileKind::hugetlb)) {
            const FileSpec& spec = file->spec != 0 ? files[file->spec - 1u] : anonymous_huge_file();
            found = found || unit_pages(step.world.parameters(), spec) > 1 || spec.mremap_error != Errno::ok ||
                    spec.mmap_forbids != 0;
        }
        return !found;
    });
    return found;
}

// Whether the step stopped because the failure that the operation carries was injected.
template <class D>
bool allocation_failed(const Step<D>& step) {
    return step.op.fail_alloc.nth != 0 && step.outcome.has(Event::alloc_failed);
}

}  // namespace vmacheck
