#include "properties/contracts/sticky_flags.hpp"

#include "properties/step/ranges.hpp"

namespace vmacheck {
namespace {

// The sticky flags of the VMAs that had pages of [start, end) before the step.
template <class D>
VmFlags flags_before(const Step<D>& step, MmId mm, const Number<D>& start, const Number<D>& end) {
    VmFlags flags = 0;
    if (start >= end) return flags;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.start < end && start < vma.end) flags |= vma.flags & vm::sticky;
        return vma.start < end;
    });
    return flags;
}

// The same for what is left of [start, end) without `gone`, which the call has put there.
template <class D>
VmFlags flags_before_around(const Step<D>& step, MmId mm, const PageRangeOf<D>& range, const PageRangeOf<D>& gone) {
    if (gone.start >= gone.end || gone.end <= range.start || gone.start >= range.end)
        return flags_before<D>(step, mm, range.start, range.end);
    return flags_before<D>(step, mm, range.start, gone.start) | flags_before<D>(step, mm, gone.end, range.end);
}

// Where mremap has put pages that were elsewhere; empty: nowhere.
template <class D>
PageRangeOf<D> moved_to(const Step<D>& step) {
    const Op<D>& op = step.op;
    const Number<D>& to = step.outcome.value.page;
    if (op.kind != OpKind::mremap || !step.outcome.ok() || to == op.addr.page) return {0, 0};
    return {to, to + op.new_len.round_up()};
}

// What a VMA must have by those that had its pages. *may: and what it may have. Of a range with holes that moves the pages
// in the place of a hole can be left where they are; and where a copy joins its own source and what lies beyond it, the
// rest of the source has been one VMA with these.
template <class D>
VmFlags inherited(const Step<D>& step, MmId mm, const Vma<D>& vma, VmFlags* may) {
    const PageRangeOf<D> range{vma.start, vma.end};
    if (vma.mm != mm) return flags_before<D>(step, mm, vma.start, vma.end);
    const PageRangeOf<D> moved = moved_to(step);
    if (moved.start == moved.end) {
        const PageRangeOf<D> made = step.outcome.ok() ? newly_mapped(step, mm) : PageRangeOf<D>{0, 0};
        return flags_before_around(step, mm, range, made);
    }
    const Number<D> below = moved.start > 0 ? moved.start - 1 : moved.start;
    *may = flags_before<D>(step, mm, vma.start, vma.end) | flags_before<D>(step, mm, below, moved.end + 1);
    VmFlags flags = flags_before_around(step, mm, range, moved);
    const Number<D> from = vma.start < moved.start ? moved.start : vma.start;
    const Number<D> to = moved.end < vma.end ? moved.end : vma.end;
    if (from >= to) return flags;
    const Number<D>& source = step.op.addr.page;
    const Number<D> first = source + (from - moved.start);
    // What is longer than it was has at its end pages that none had; with an old length of 0 all are such, and so with one
    // that rounds up to 2^64.
    const bool copies = page_align_is_zero(step.op.len);
    const Number<D> old_end = copies ? source + 1 : source + step.op.len.round_up();
    const Number<D> last = source + (to - moved.start);
    return flags | flags_before<D>(step, mm, first, last < old_end ? last : old_end);
}

// Whether the call may mark the VMA.
template <class D>
bool marks(const Step<D>& step, MmId mm, const Vma<D>& vma) {
    const Op<D>& op = step.op;
    if (op.kind != OpKind::madvise || op.advice != Advice::guard_install || vma.mm != mm) return false;
    const PageRangeOf<D> range = named_range(op);
    return vma.start < range.end && range.start < vma.end;
}

// Whether a VMA of the process had a sticky flag. Asked first, since most have none.
template <class D>
bool any_before(const Step<D>& step, MmId mm) {
    VmFlags flags = 0;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        flags |= vma.flags & vm::sticky;
        return flags == 0;
    });
    return flags != 0;
}

template <class D>
void check(const Step<D>& step, MmId mm, const Vma<D>& vma, Report& report) {
    VmFlags may = 0;
    const VmFlags had = inherited(step, mm, vma, &may);
    const bool installed = marks(step, mm, vma);
    const VmFlags must = installed && step.outcome.ok() ? had | vm::maybe_guard : had;
    if (const VmFlags lost = must & ~vma.flags; lost != 0)
        report.add(StickyFlags<D>::info, "{} left {} without {}, expected it with it", name(step.op.kind),
                   describe(vma), (lost & vm::maybe_guard) != 0 ? "VM_MAYBE_GUARD" : "VM_SOFTDIRTY");
    if ((vma.flags & ~(had | may) & vm::maybe_guard) != 0 && !installed)
        report.add(StickyFlags<D>::info, "{} gave {} VM_MAYBE_GUARD, which none of its pages had", name(step.op.kind),
                   describe(vma));
}

}  // namespace

template <class D>
void StickyFlags<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = subject(step);
    if (!mm || step.world.before(mm) == nullptr) return;
    const bool sticky = keeps_sticky_flags(step.world.profile().policy);
    const bool moves_in_part = step.op.kind == OpKind::mremap && !step.outcome.ok();  // some of several VMAs, perhaps
    const bool compared = sticky && step.op.kind != OpKind::exec && !moves_in_part;
    const bool none = compared && !any_before(step, mm);
    each_changed_vma(step, [&](const Vma<D>*, const Vma<D>* after) {
        if (after == nullptr) return;
        if (!sticky && (after->flags & vm::maybe_guard) != 0)
            report.add(info, "{} has VM_MAYBE_GUARD, which this kernel lacks", describe(*after));
        const bool plain = none && (after->flags & vm::maybe_guard) == 0 && !marks(step, mm, *after);
        if (compared && !plain) check(step, mm, *after, report);
    });
}

template struct StickyFlags<Plain>;
template struct StickyFlags<Traced>;

}  // namespace vmacheck
