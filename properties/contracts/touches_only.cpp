#include "properties/contracts/touches_only.hpp"

#include <boost/container/static_vector.hpp>

namespace vmacheck {
namespace {

template <class D>
bool same(const Vma<D>& a, const Vma<D>& b) {
    return a.flags == b.flags && a.file == b.file && a.anon_vma == b.anon_vma && a.ops == b.ops && a.mm == b.mm &&
           a.start == b.start && a.end == b.end && a.pgoff == b.pgoff;
}

// Whether an address space other than the caller's is as it was; links of its trees included, since nobody may relink
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
        case OpKind::mmap:
            if (step.outcome.ok()) return {Range{step.outcome.value.page, step.outcome.value.page + op.len.round_up()}};
            if ((op.flags & (map::fixed | map::fixed_noreplace)) == 0) return {};
            return {named_range(op)};
        case OpKind::mprotect:
        case OpKind::munmap:
        case OpKind::madvise:
        case OpKind::mlock:
        case OpKind::munlock: return {named_range(op)};
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
        case OpKind::fork:
        case OpKind::exit:
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

// PROT_GROWSDOWN widens the range to the start of the stack VMA it begins in.
template <class D>
void widen_to_stack(const Step<D>& step, MmId mm, PageRange<D>& range) {
    if (step.op.kind != OpKind::mprotect || (step.op.prot & prot::growsdown) == 0) return;
    each_changed_vma(step.world, [&](const Vma<D>* before, const Vma<D>*) {
        if (before != nullptr && before->mm == mm && (before->flags & vm::growsdown) != 0 &&
            before->start < range.start && range.start < before->end)
            range.start = before->start;
    });
}

// A fault changes the VMA around the address, or the stack above it.
template <class D>
bool faulting_vma(const Step<D>& step, const Vma<D>* before, const Vma<D>* after) {
    if (before == nullptr || after == nullptr || before->end != after->end) return false;
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
        case OpKind::fault: return faulting_vma(step, before, after);
        default:
            return (before == nullptr || touches(ranges, *before)) && (after == nullptr || touches(ranges, *after));
    }
}

template <class D>
void look_at_processes(const Step<D>& step, MmId mm, Report& report) {
    step.world.template each_touched<MmId>([&](MmId was, MmId is) {
        const Mm<D>* before = step.world.before(was);
        const Mm<D>* after = step.world.find(is);
        if (before != nullptr && after == nullptr && !(step.op.kind == OpKind::exit && was == mm))
            report.add(TouchesOnly<D>::info, "{} ends a process", name(step.op.kind));
        if (before == nullptr && after != nullptr && step.op.kind != OpKind::fork)
            report.add(TouchesOnly<D>::info, "{} starts a process", name(step.op.kind));
        if (before != nullptr && after != nullptr && was != mm && !same(*before, *after))
            report.add(TouchesOnly<D>::info, "{} changes the address space of process {}", name(step.op.kind),
                       slot_of(step.world, is));
    });
}

}  // namespace

template <class D>
void TouchesOnly<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = caller(step);
    look_at_processes(step, mm, report);
    Ranges<D> ranges;
    if (mm) ranges = own_ranges(step, mm);
    if (!ranges.empty()) widen_to_stack(step, mm, ranges.front());
    each_changed_vma(step.world, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before != nullptr && after != nullptr && same(*before, *after)) return;
        if (mm && may_change(step, mm, ranges, before, after)) return;
        report.add(info, "{} {} {}, which is not its business", name(step.op.kind),
                   before == nullptr  ? "makes"
                   : after == nullptr ? "frees"
                                      : "changes",
                   describe(before != nullptr ? *before : *after));
    });
}

template struct TouchesOnly<Plain>;
template struct TouchesOnly<Traced>;

}  // namespace vmacheck
