#include "properties/contracts/soft_dirty.hpp"

#include "properties/step/ranges.hpp"

namespace vmacheck {
namespace {

bool marked(VmFlags flags) {
    return (flags & vm::softdirty) != 0;
}

// Whether mremap has put the page where it is, or may have.
template <class D>
bool moved_here(const Step<D>& step, const Number<D>& page) {
    const Op<D>& op = step.op;
    if (op.kind != OpKind::mremap) return false;
    const Number<D>& start = step.outcome.ok() ? step.outcome.value.page : op.new_addr.page;
    return start != op.addr.page && page >= start && page - start < op.new_len.round_up();
}

// The VMA whose pages a VMA has: the one that was there, or from where mremap moved them; or the parent's. nullptr: not
// known.
template <class D>
const Vma<D>* origin_of(const Step<D>& step, MmId mm, const Vma<D>& vma) {
    if (step.op.kind == OpKind::fork) return vma.mm != mm ? vma_before(step, mm, vma.start) : nullptr;
    if (vma.mm != mm) return nullptr;
    if (moved_here(step, vma.start)) {
        if (!step.outcome.ok()) return nullptr;
        return vma_before<D>(step, mm, step.op.addr.page + (vma.start - step.outcome.value.page));
    }
    if (const Vma<D>* there = vma_before(step, mm, vma.start)) return there;
    return vma_before<D>(step, mm, vma.end - 1);  // a stack has grown
}

template <class D>
void wrong(const Step<D>& step, const Vma<D>& vma, bool expected, Report& report) {
    report.add(SoftDirty<D>::info, "{} left {} with{} VM_SOFTDIRTY, expected it with{}", name(step.op.kind),
               describe(vma), expected ? "out" : "", expected ? "" : "out");
}

}  // namespace

template <class D>
void SoftDirty<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = subject(step);
    if (!mm || step.world.find(mm) == nullptr || step.world.before(mm) == nullptr) return;
    const bool configured = step.world.parameters().soft_dirty;
    const bool merged = step.outcome.events.kinds().has_any(merge_case_events);
    const PageRangeOf<D> made = step.outcome.ok() ? newly_mapped(step, mm) : PageRangeOf<D>{0, 0};
    if (made.start < made.end && (configured || !merged)) {
        const Vma<D>* vma = step.world.find(vma_at_or_above(step.world, mm, made.start));
        if (vma != nullptr && vma->start <= made.start && marked(vma->flags) != configured)
            wrong(step, *vma, configured, report);
    }
    if (merged) return;
    each_changed_vma(step, [&](const Vma<D>*, const Vma<D>* after) {
        if (after == nullptr || (after->mm == mm && made.holds(after->start))) return;
        const Vma<D>* origin = origin_of(step, mm, *after);
        if (origin != nullptr && marked(origin->flags) != marked(after->flags))
            wrong(step, *after, marked(origin->flags), report);
    });
}

template struct SoftDirty<Plain>;
template struct SoftDirty<Traced>;

}  // namespace vmacheck
