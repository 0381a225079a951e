#include "properties/contracts/touches_only.hpp"

#include "properties/step/ranges.hpp"

namespace vmacheck {
namespace {

// Whether an address space other than the caller's is as it was; links of its trees included, since no operation may relink
// them.
template <class D>
bool same(const Mm<D>& a, const Mm<D>& b) {
    return a.map_count == b.map_count && a.mmap == b.mmap && a.rb_root == b.rb_root && a.def_flags == b.def_flags &&
           a.total_vm == b.total_vm && a.data_vm == b.data_vm && a.exec_vm == b.exec_vm && a.stack_vm == b.stack_vm &&
           a.locked_vm == b.locked_vm && a.highest_vm_end == b.highest_vm_end && a.brk.page == b.brk.page &&
           a.brk.offset == b.brk.offset && a.ksm_entered == b.ksm_entered;
}

template <class D>
bool touches(const Ranges<D>& ranges, const Vma<D>& vma) {
    for (const PageRangeOf<D>& range : ranges)
        if (vma.start <= range.end && range.start <= vma.end) return true;
    return false;
}

// PROT_GROWSDOWN widens the range to the start of the stack VMA it begins in, PROT_GROWSUP to the end.
template <class D>
void widen_to_stack(const Step<D>& step, MmId mm, PageRangeOf<D>& range) {
    if (step.op.kind != OpKind::mprotect) return;
    if (!records_decisions<D> && (step.op.prot & (prot::growsdown | prot::growsup)) == 0) return;
    const Number<D> page = range.start;
    each_changed_vma(step, [&](const Vma<D>* before, const Vma<D>*) {
        if (before == nullptr || before->mm != mm || page < before->start || before->end <= page) return;
        const bool down = (step.op.prot & prot::growsdown) != 0 && (before->flags & vm::growsdown) != 0;
        const bool up = (step.op.prot & prot::growsup) != 0 && (before->flags & vm::growsup) != 0;
        if (down) range.start = before->start;
        if (up && range.end < before->end) range.end = before->end;
    });
}

// A stack below the page that has grown up to it, or was asked to.
template <class D>
bool grown_up(const Step<D>& step, const Vma<D>& before, const Vma<D>& after) {
    const Number<D>& page = step.op.addr.page;
    if ((before.flags & vm::growsup) == 0 || before.start != after.start || page < before.end) return false;
    const Vma<D>* above = step.world.before(before.next);
    return (above == nullptr || page < above->start) && (after.end == before.end || after.end == page + 1);
}

// A fault changes the VMA around the address, or the stack that may grow to it.
template <class D>
bool faulting_vma(const Step<D>& step, const Vma<D>* before, const Vma<D>* after) {
    if (before == nullptr || after == nullptr) return false;
    if (step.world.parameters().stack_grows_up && grown_up(step, *before, *after)) return true;
    if (before->end != after->end) return false;
    const Number<D>& page = step.op.addr.page;
    if (page >= before->end) return false;
    if (page >= before->start) return after->start == before->start;
    if ((before->flags & vm::growsdown) == 0) return false;
    const Vma<D>* below = step.world.before(before->prev);
    return (below == nullptr || below->end <= page) && (after->start == before->start || after->start == page);
}

template <class D>
bool may_change(const Step<D>& step, MmId mm, const Ranges<D>& ranges, const Vma<D>* before, const Vma<D>* after) {
    const MmId owner = after != nullptr ? after->mm : before->mm;
    if (before != nullptr && after != nullptr && before->mm != after->mm) return false;
    if (step.op.kind == OpKind::fork) return owner != mm && before == nullptr && step.world.before(owner) == nullptr;
    const bool exec = step.op.kind == OpKind::exec;
    if (exec && owner != mm) return before == nullptr && step.world.before(owner) == nullptr;
    if (owner != mm) return false;
    if (exec || step.op.kind == OpKind::exit) return after == nullptr;
    if (faults_a_page(step.op.kind)) return faulting_vma(step, before, after);
    return (before == nullptr || touches(ranges, *before)) && (after == nullptr || touches(ranges, *after));
}

template <class D>
void check_processes(const Step<D>& step, MmId mm, Report& report) {
    for (const auto& [was, before, is, after] : step.mms) {
        const OpKind kind = step.op.kind;
        const bool ends = kind == OpKind::exit || kind == OpKind::exec;
        if (before != nullptr && after == nullptr && !(ends && was == mm))
            report.add(TouchesOnly<D>::info, "{} ended a process", name(kind));
        if (before == nullptr && after != nullptr && kind != OpKind::fork && kind != OpKind::exec)
            report.add(TouchesOnly<D>::info, "{} started a process", name(kind));
        if (before != nullptr && after != nullptr && was != mm && !same(*before, *after))
            report.add(TouchesOnly<D>::info, "{} changed the address space of process {}", name(step.op.kind),
                       slot_of(step.world, is));
    }
}

// One process comes by fork, one goes by exit, and one gets another address space by exec.
template <class D>
void check_slots(const Step<D>& step, Report& report) {
    const auto& before = step.world.globals_before().processes;
    const auto& after = step.world.globals().processes;
    std::size_t changed = 0;
    for (std::size_t slot = 0; slot < before.size(); ++slot)
        if (before[slot] != after[slot]) ++changed;
    const OpKind kind = step.op.kind;
    const bool may = kind == OpKind::fork || kind == OpKind::exit || kind == OpKind::exec;
    if (changed > (may ? 1u : 0u))
        report.add(TouchesOnly<D>::info, "{} changed which address space {} processes have", name(step.op.kind),
                   changed);
}

// What an open file is stays as it is, and an inode has its size until ftruncate, or a mapping of hugetlbfs, changes it.
template <class D>
void check_files(const Step<D>& step, Report& report) {
    const OpKind kind = step.op.kind;
    step.world.template each_touched_object<FileId>([&](FileId was, const File<D>* a, FileId is, const File<D>* b) {
        if (was != is || a == nullptr || b == nullptr) return;
        if (a->kind != b->kind || a->readable != b->readable || a->writable != b->writable || a->spec != b->spec)
            report.add(TouchesOnly<D>::info, "{} changed what {} is", name(kind), describe(is));
    });
    const bool resizes = kind == OpKind::truncate || kind == OpKind::mmap || kind == OpKind::remap_file_pages;
    step.world.template each_touched_object<AddressSpaceId>(
        [&](AddressSpaceId was, const AddressSpace<D>* a, AddressSpaceId is, const AddressSpace<D>* b) {
            if (was != is || a == nullptr || b == nullptr) return;
            const bool same_size = a->endless == b->endless && a->size.value() == b->size.value();
            if (a->sealed != b->sealed || (!same_size && !resizes))
                report.add(TouchesOnly<D>::info, "{} changed the size or the seal of {}", name(kind), describe(is));
        });
}

// Whether it neither faults, nor moves, nor reclaims: of pages and entries that are there after it none has changed.
inline bool leaves_pages_alone(OpKind kind) {
    switch (kind) {
        case OpKind::munmap:
        case OpKind::split:
        case OpKind::munlock:
        case OpKind::munlockall:
        case OpKind::exit:
        case OpKind::shmdt:
        case OpKind::special_mapping:
        case OpKind::mbind:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::uffd_close:
        case OpKind::msync:
        case OpKind::mincore:
        case OpKind::anon_name:
        case OpKind::mseal: return true;
        default: return false;
    }
}

template <class D>
void check_pages_left_alone(const Step<D>& step, Report& report) {
    if (!leaves_pages_alone(step.op.kind)) return;
    step.world.template each_touched_object<PageId>([&](PageId was, const Page<D>* a, PageId is, const Page<D>* b) {
        if (was != is || a == nullptr || b == nullptr) return;
        if (a->swap_backed != b->swap_backed || a->dirty != b->dirty)
            report.add(TouchesOnly<D>::info, "{} changed whether {} may be dropped", name(step.op.kind), describe(is));
    });
    step.world.template each_touched_object<PteId>([&](PteId was, const Pte<D>* a, PteId is, const Pte<D>* b) {
        if (was != is || a == nullptr || b == nullptr) return;
        if (a->writable != b->writable || a->dirty != b->dirty)
            report.add(TouchesOnly<D>::info, "{} changed the rights or the dirty bit of {:#x}", name(step.op.kind),
                       address(b->address));
    });
}

// Whether the operation may change page-table entries of processes other than the caller's.
template <class D>
bool unmaps_pages_of_others(const Op<D>& op) {
    return op.kind == OpKind::reclaim || op.kind == OpKind::truncate || op.kind == OpKind::fork ||
           (op.kind == OpKind::madvise && op.advice == Advice::remove);
}

template <class D>
void check_entries(const Step<D>& step, MmId mm, Report& report) {
    const Op<D>& op = step.op;
    if (unmaps_pages_of_others(op)) return;
    const bool in_range_only = op.kind == OpKind::madvise && acts_on_pages(op.advice);
    step.world.template each_touched_object<PteId>([&](PteId was, const Pte<D>* before, PteId is, const Pte<D>* after) {
        if (before == nullptr && after == nullptr) return;
        const bool both = before != nullptr && after != nullptr && was == is;
        if (both && same_content(before->content(), after->content())) return;
        for (const Pte<D>* each : {before, after}) {
            if (each == nullptr) continue;
            const bool of_new_space = op.kind == OpKind::exec && step.world.before(each->mm) == nullptr;
            if (each->mm != mm && !of_new_space)
                report.add(TouchesOnly<D>::info, "{} changed what {:#x} of another process maps", name(op.kind),
                           address(each->address));
            else if (in_range_only && !named_range(op).holds(each->address))
                report.add(TouchesOnly<D>::info, "{} changed what {:#x} maps, outside its range", name(op.kind),
                           address(each->address));
        }
    });
}

}  // namespace

template <class D>
void TouchesOnly<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = subject(step);
    check_processes(step, mm, report);
    check_slots(step, report);
    check_files(step, report);
    check_pages_left_alone(step, report);
    check_entries(step, mm, report);
    Ranges<D> ranges = mm ? ranges_of(step, mm) : Ranges<D>();
    if (!ranges.empty()) widen_to_stack(step, mm, ranges.front());
    each_changed_vma(step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before != nullptr && after != nullptr && before->content() == after->content()) return;
        if (mm && may_change(step, mm, ranges, before, after)) return;
        report.add(info, "{} {} {} outside its range", name(step.op.kind),
                   before == nullptr  ? "made"
                   : after == nullptr ? "freed"
                                      : "changed",
                   describe(before != nullptr ? *before : *after));
    });
}

template struct TouchesOnly<Plain>;
template struct TouchesOnly<Traced>;

}  // namespace vmacheck
