#include "properties/contracts/touches_only.hpp"

#include <boost/container/static_vector.hpp>

namespace vmacheck {
namespace {

// Whether an address space other than the caller's is as it was; links of its trees included, since no operation may relink
// them.
template <class D>
bool same(const Mm<D>& a, const Mm<D>& b) {
    return a.map_count == b.map_count && a.mmap == b.mmap && a.rb_root == b.rb_root && a.def_flags == b.def_flags &&
           a.total_vm == b.total_vm && a.data_vm == b.data_vm && a.exec_vm == b.exec_vm && a.stack_vm == b.stack_vm &&
           a.locked_vm == b.locked_vm && a.highest_vm_end == b.highest_vm_end && a.brk.page == b.brk.page &&
           a.brk.offset == b.brk.offset;
}

template <class D>
using Ranges = boost::container::static_vector<PageRange<D>, 3>;

// Whether a move that failed had got as far as its copy: ->mremap did not want it there.
template <class D>
bool vetoed(const Step<D>& step) {
    if (step.outcome.ok()) return false;
    for (const EventRecord& each : step.outcome.events)
        if (each.event == Event::vma_created || merge_case(each.event) != 0) return true;
    return false;
}

// The source and what it may grow into; the destination, as far as the call says which it was.
template <class D>
Ranges<D> ranges_of_mremap(const Step<D>& step) {
    const Op<D>& op = step.op;
    const Number<D> old_len = op.len.round_up();
    const Number<D> new_len = op.new_len.round_up();
    const Number<D> end = op.addr.page + (old_len < new_len ? new_len : old_len);
    Ranges<D> ranges{{op.addr.page, end}};
    if (end > pages_in_64_bits) ranges.push_back({0, end - pages_in_64_bits});
    // Where a move was undone, the search has chosen a place that the outcome does not name.
    const bool undone = (allocation_failed(step) && step.outcome.error == Errno::enomem) || vetoed(step);
    if (undone && (op.call_flags & mremap::fixed) == 0)
        ranges.push_back({0, step.world.parameters().task_size});
    else if (step.outcome.ok())
        ranges.push_back({step.outcome.value.page, step.outcome.value.page + new_len});
    else if ((op.call_flags & mremap::fixed) != 0)
        ranges.push_back({op.new_addr.page, op.new_addr.page + new_len});
    return ranges;
}

// The ranges whose VMAs, and whose direct neighbours, may change. None: no VMA may.
template <class D>
Ranges<D> own_ranges(const Step<D>& step, MmId mm) {
    const Op<D>& op = step.op;
    using Range = PageRange<D>;
    switch (op.kind) {
        case OpKind::mmap: {
            const Number<D> len = mapped_pages(step.world.parameters(), op);
            if (step.outcome.ok()) return {Range{step.outcome.value.page, step.outcome.value.page + len}};
            if ((op.flags & (map::fixed | map::fixed_noreplace)) == 0) return {};
            return {range_of_mmap(step)};
        }
        case OpKind::mprotect:
        case OpKind::munmap:
        case OpKind::madvise:
        case OpKind::mbind:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::mlock:
        case OpKind::munlock: return {named_range(op)};
        case OpKind::uffd_close:
        case OpKind::mlockall:
        case OpKind::munlockall: return {Range{0, step.world.parameters().task_size}};
        case OpKind::mremap: return ranges_of_mremap(step);
        case OpKind::brk: {
            const Number<D> old_end = step.world.before(mm)->brk.round_up();
            const Number<D> new_end = op.addr.round_up();
            return {new_end < old_end ? Range{new_end, old_end} : Range{old_end, new_end}};
        }
        case OpKind::split: return {Range{op.addr.page, op.addr.page}};
        case OpKind::remap_file_pages:
        case OpKind::special_mapping: return {named_range(op)};
        case OpKind::shmat: {
            PageRange<D> range = named_attachment(step);
            if (!step.outcome.ok()) return {range};
            const std::uint64_t len = step.world.parameters().files[op.file - 1u].segment_pages;
            return {Range{step.outcome.value.page, step.outcome.value.page + len}};
        }
        case OpKind::shmdt: return {Range{op.addr.page, pages_in_64_bits}};  // pieces of it may have moved anywhere
        case OpKind::fault:
        case OpKind::remote_access:
        case OpKind::fork:
        case OpKind::exit:
        case OpKind::reclaim:   // pages alone
        case OpKind::truncate:  // likewise
        case OpKind::count: break;
    }
    return {};
}

template <class D>
bool touches(const Ranges<D>& ranges, const Vma<D>& vma) {
    for (const PageRange<D>& range : ranges)
        if (vma.start <= range.end && range.start <= vma.end) return true;
    return false;
}

// PROT_GROWSDOWN widens the range to the start of the stack VMA it begins in, PROT_GROWSUP to the end.
template <class D>
void widen_to_stack(const Step<D>& step, MmId mm, PageRange<D>& range) {
    if (step.op.kind != OpKind::mprotect) return;
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
    if (owner != mm) return false;
    switch (step.op.kind) {
        case OpKind::exit: return after == nullptr;
        case OpKind::fault:
        case OpKind::remote_access: return faulting_vma(step, before, after);
        default:
            return (before == nullptr || touches(ranges, *before)) && (after == nullptr || touches(ranges, *after));
    }
}

template <class D>
void look_at_processes(const Step<D>& step, MmId mm, Report& report) {
    step.world.template each_touched_object<MmId>([&](MmId was, const Mm<D>* before, MmId is, const Mm<D>* after) {
        if (before != nullptr && after == nullptr && !(step.op.kind == OpKind::exit && was == mm))
            report.add(TouchesOnly<D>::info, "{} ended a process", name(step.op.kind));
        if (before == nullptr && after != nullptr && step.op.kind != OpKind::fork)
            report.add(TouchesOnly<D>::info, "{} started a process", name(step.op.kind));
        if (before != nullptr && after != nullptr && was != mm && !same(*before, *after))
            report.add(TouchesOnly<D>::info, "{} changed the address space of process {}", name(step.op.kind),
                       slot_of(step.world, is));
    });
}

// Whether the operation may change page-table entries of processes other than the caller's.
template <class D>
bool unmaps_pages_of_others(const Op<D>& op) {
    return op.kind == OpKind::reclaim || op.kind == OpKind::truncate || op.kind == OpKind::fork ||
           (op.kind == OpKind::madvise && op.advice == Advice::remove);
}

template <class D>
void look_at_entries(const Step<D>& step, MmId mm, Report& report) {
    const Op<D>& op = step.op;
    if (unmaps_pages_of_others(op)) return;
    const bool in_range_only = op.kind == OpKind::madvise && acts_on_pages(op.advice);
    step.world.template each_touched_object<PteId>([&](PteId was, const Pte<D>* before, PteId is, const Pte<D>* after) {
        if (before == nullptr && after == nullptr) return;
        const bool both = before != nullptr && after != nullptr && was == is;
        if (both && same_content(before->content(), after->content())) return;
        for (const Pte<D>* each : {before, after}) {
            if (each == nullptr) continue;
            if (each->mm != mm)
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
    look_at_processes(step, mm, report);
    look_at_entries(step, mm, report);
    Ranges<D> ranges;
    if (mm) ranges = own_ranges(step, mm);
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
