#include "properties/contracts/pages_survive.hpp"

namespace vmacheck {
namespace {

// An entry that was there before the step and is not after it.
template <class D>
struct Lost {
    const Step<D>& step;
    const Pte<D>& pte;
};

template <class D>
bool same_place(const Pte<D>& a, const Pte<D>& b) {
    return a.mm == b.mm && a.address == b.address && a.guard == b.guard;
}

// PAGE_ALIGN in 64 bits, where the last page's end is 0.
template <class D>
Number<D> aligned_len(const Bytes<D>& len) {
    return page_align_is_zero(len) ? Number<D>(0) : len.round_up();
}

template <class D>
bool within(const Number<D>& page, const Number<D>& start, const Number<D>& len) {
    return page >= start && page - start < len;
}

// The address_space of a VMA's file as it is now; none: it has no file.
template <class D>
AddressSpaceId mapping_of(const World<D>& world, const Vma<D>* vma) {
    const File<D>* file = vma != nullptr && vma->file ? world.find(vma->file) : nullptr;
    return file != nullptr ? file->mapping : AddressSpaceId();
}

template <class D>
const Vma<D>* vma_around(const World<D>& world, MmId mm, const Number<D>& page) {
    const Vma<D>* vma = world.find(vma_at_or_above(world, mm, page));
    return vma != nullptr && vma->start <= page ? vma : nullptr;
}

// Whether reclaim drops the page: it need not be written to swap space first.
template <class D>
bool droppable(const World<D>& world, PageId id) {
    const Page<D>* page = id ? world.before(id) : nullptr;
    return page != nullptr && (!page->anon_vma || !page->swap_backed);
}

// Where mremap leaves the page of this address; false: nowhere else.
template <class D>
bool found_where_it_moved(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    const Op<D>& op = step.op;
    const bool fixed = (op.call_flags & mremap::fixed) != 0;
    if (!within<D>(pte.address, op.addr.page, aligned_len(op.len)) || (!step.outcome.ok() && !fixed)) return false;
    const Number<D>& start = step.outcome.ok() ? step.outcome.value.page : op.new_addr.page;
    const Pte<D>* moved = pte_at(StateView<D>(step.world, false), pte.mm, start + (pte.address - op.addr.page));
    return moved != nullptr && moved->page == pte.page && moved->swap == pte.swap && moved->guard == pte.guard;
}

template <class D>
bool mremap_takes(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    const Op<D>& op = step.op;
    const Number<D> old_len = aligned_len(op.len);
    const Number<D> new_len = aligned_len(op.new_len);
    if ((op.call_flags & mremap::fixed) != 0 && within<D>(pte.address, op.new_addr.page, new_len)) return true;
    const Number<D> tail = wrapping_sum_64_bit_bytes<D>(op.addr.page, new_len);
    if (new_len < old_len && within<D>(pte.address, tail, old_len - new_len)) return true;
    return found_where_it_moved(lost);
}

// A page of the file, of a hole that is punched through a mapping in the range; private copies stay.
template <class D>
bool hole_takes(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    const World<D>& world = step.world;
    const Page<D>* page = pte.page ? world.before(pte.page) : nullptr;
    if (page == nullptr || !page->mapping) return false;
    const PageRangeOf<D> range = named_range(step.op);
    for (VmaId id = vma_at_or_above(world, caller(step), range.start); id; id = world[id].next) {
        const Vma<D>& vma = world[id];
        if (vma.start >= range.end) break;
        if (mapping_of(world, &vma) != page->mapping || page->index < vma.pgoff) continue;
        const Number<D> there = vma.start + (page->index - vma.pgoff);
        if (there < vma.end && range.holds(there)) return true;
    }
    return false;
}

template <class D>
bool madvise_takes(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    if (step.op.advice == Advice::remove) return hole_takes(lost);
    if (pte.mm != caller(step) || !named_range(step.op).holds(pte.address)) return false;
    if (pte.guard) return step.op.advice == Advice::guard_remove;
    switch (step.op.advice) {
        case Advice::guard_install:
        case Advice::dontneed:
        case Advice::dontneed_locked: return true;
        case Advice::free: return static_cast<bool>(pte.swap);
        case Advice::pageout: return droppable(step.world, pte.page);
        default: return false;
    }
}

template <class D>
bool truncate_takes(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    const World<D>& world = step.world;
    const Vma<D>* vma = vma_around(world, pte.mm, pte.address);
    if (!step.outcome.ok() || vma == nullptr || pte.guard) return false;
    const File<D>* file = world.find(FileId(step.op.file - 1u, 0));
    return file != nullptr && mapping_of(world, vma) == file->mapping &&
           vma->pgoff + (pte.address - vma->start) >= step.op.len.round_up();
}

template <class D>
bool reclaim_takes(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    const Pte<D>* chosen = pte_at(StateView<D>(step.world, true), caller(step), step.op.addr.page);
    return chosen != nullptr && pte.page == chosen->page && droppable(step.world, pte.page);
}

// Whether the call takes the page away.
template <class D>
bool taken(const Lost<D>& lost) {
    const auto& [step, pte] = lost;
    const Op<D>& op = step.op;
    if (op.kind == OpKind::reclaim) return reclaim_takes(lost);
    if (op.kind == OpKind::truncate) return truncate_takes(lost);
    if (op.kind == OpKind::madvise) return madvise_takes(lost);
    if (pte.mm != caller(step)) return false;
    switch (op.kind) {
        case OpKind::exec:
        case OpKind::exit: return true;
        case OpKind::munmap:
        case OpKind::remap_file_pages: return named_range(op).holds(pte.address);
        case OpKind::mmap: return (op.flags & map::fixed) != 0 && range_of_mmap(step).holds(pte.address);
        case OpKind::shmat: return named_attachment(step).holds(pte.address);
        case OpKind::shmdt: return vma_around(step.world, pte.mm, pte.address) == nullptr;
        case OpKind::brk: return pte.address >= op.addr.round_up();
        case OpKind::mremap: return mremap_takes(lost);
        default: return false;
    }
}

template <class D>
void check_lost(const Lost<D>& lost, Report& report) {
    if (taken(lost)) return;
    const auto& [step, pte] = lost;
    report.add(PagesSurvive<D>::info, "{} lost {} at {:#x} of process {}, which it does not unmap", name(step.op.kind),
               pte.guard  ? "the guard page"
               : pte.swap ? "the page in swap space"
               : pte.page ? "the page"
                          : "the zero page",
               address(pte.address), slot_of(step.world, pte.mm));
}

// Of a VMA of a child: whether the pages in it are those of the parent.
template <class D>
void check_copied(const Step<D>& step, MmId parent, const Vma<D>& vma, Report& report) {
    const StateView<D> now(step.world, false);
    if ((vma.flags & vm::wipeonfork) != 0) {
        const Pte<D>* pte = first_pte_at_or_above(now, vma.mm, vma.start);
        if (pte != nullptr && pte->address < vma.end)
            report.add(PagesSurvive<D>::info, "fork gave the child the page at {:#x}, expected none in {} (WIPEONFORK)",
                       address(pte->address), describe(vma));
        return;
    }
    for (const Pte<D>* pte = first_pte_at_or_above(now, parent, vma.start); pte != nullptr && pte->address < vma.end;
         pte = first_pte_at_or_above<D>(now, parent, pte->address + 1)) {
        const Page<D>* page = pte->page ? step.world.find(pte->page) : nullptr;
        const bool found_again = !pte->guard && !pte->swap && (page == nullptr || !page->anon_vma);
        if (found_again) continue;  // through the file
        const Pte<D>* copy = pte_at(now, vma.mm, pte->address);
        if (copy == nullptr || copy->page != pte->page || copy->swap != pte->swap || copy->guard != pte->guard)
            report.add(PagesSurvive<D>::info, "fork did not give the child the {}page at {:#x} of its parent",
                       pte->guard ? "guard " : "", address(pte->address));
    }
}

}  // namespace

template <class D>
void PagesSurvive<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty() || !step.world.parameters().page_layer) return;
    const StateView<D> now(step.world, false);
    step.world.template each_touched_object<PteId>([&](PteId was, const Pte<D>* before, PteId is, const Pte<D>* after) {
        if (before == nullptr) return;
        if (was == is && after != nullptr && same_place(*before, *after)) return;
        const Pte<D>* there = pte_at(now, before->mm, before->address);
        if (there == nullptr || there->guard != before->guard) check_lost(Lost<D>{step, *before}, report);
    });
    if (step.op.kind != OpKind::fork || !step.outcome.ok()) return;
    each_changed_vma(step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before == nullptr && after != nullptr) check_copied(step, caller(step), *after, report);
    });
}

template struct PagesSurvive<Plain>;
template struct PagesSurvive<Traced>;

}  // namespace vmacheck
