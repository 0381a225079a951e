#include "properties/contracts/guard_gap.hpp"

#include "properties/refinement/placement.hpp"

namespace vmacheck {
namespace {

// What can be said from the VMAs next to the new mapping alone.
template <class D>
void check_neighbours(const Step<D>& step, MmId mm, const PageRangeOf<D>& made, Report& report) {
    each_touched_vma(step, [&](const Vma<D>* before, const Vma<D>*) {
        if (before != nullptr && before->mm == mm && before->start < made.end && made.start < before->end)
            report.add(GuardGap<D>::info, "mmap returned [{:#x},{:#x}), where {} was", address(made.start),
                       address(made.end), describe(*before));
    });
    // Merged with what lies below, the mapping has that between itself and any stack.
    if (const Vma<D>* at = step.world.find(vma_at_or_above(step.world, mm, made.start));
        at != nullptr && at->start == made.start) {
        const Vma<D>* below = step.world.find(at->prev);
        if (below != nullptr && free_above(step.world, *below) > made.start)
            report.add(GuardGap<D>::info, "mmap returned [{:#x},{:#x}), within the guard gap of {}",
                       address(made.start), address(made.end), describe(*below));
    }
    const VmaId id = vma_at_or_above(step.world, mm, made.end);
    const Vma<D>* above = step.world.find(id);
    if (above == nullptr || (above->flags & vm::growsdown) == 0) return;
    // A mapping merged with the stack above it ends where that began.
    const Number<D> stack = above->start < made.end ? made.end : above->start;
    if (made.end + step.world.parameters().stack_guard_gap > stack)
        report.add(GuardGap<D>::info, "mmap returned [{:#x},{:#x}), within the guard gap of {}", address(made.start),
                   address(made.end), describe(*above));
}

}  // namespace

template <class D>
void GuardGap<D>::step(const Step<D>& step, Report& report) {
    if (step.op.kind != OpKind::mmap || !step.outcome.ok() || !step.outcome.violations.empty()) return;
    if ((step.op.flags & (map::fixed | map::fixed_noreplace)) != 0) return;
    const MmId mm = caller(step);
    const Mm<D>* before = step.world.before(mm);
    if (before == nullptr) return;
    const Number<D> len = mapped_pages(step.world.parameters(), step.op);
    const Number<D>& start = step.outcome.value.page;
    check_neighbours(step, mm, PageRangeOf<D>{start, start + len}, report);
    if (before->map_count > scanned) return;
    const Placement<D> placement = specified_placement(step, mm, len);
    if (placement.open) return;
    if (placement.error != Errno::ok)
        report.add(info, "mmap returned {:#x}, expected {}", address(start), name(placement.error));
    else if (placement.start != start)
        report.add(info, "mmap returned {:#x}, expected {:#x}", address(start), address(placement.start));
}

template struct GuardGap<Plain>;
template struct GuardGap<Traced>;

}  // namespace vmacheck
