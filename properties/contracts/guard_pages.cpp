#include "properties/contracts/guard_pages.hpp"

namespace vmacheck {
namespace {

// The call itself accesses a page of its subject.
template <class D>
void check_access(const Step<D>& step, Report& report) {
    const Op<D>& op = step.op;
    if (!faults_a_page(op.kind)) return;
    const MmId mm = subject(step);
    if (!mm) return;
    const Pte<D>* entry = pte_at(StateView<D>(step.world, true), mm, op.addr.page);
    if (entry == nullptr || !entry->guard) return;
    const Errno expected = op.kind == OpKind::fault ? Errno::sigsegv : Errno::efault;
    if (step.outcome.error != expected)
        report.add(GuardPages<D>::info, "{} access to the guard page {:#x} returned {}, expected {}", name(op.access),
                   address(op.addr.page), name(step.outcome.error), name(expected));
}

template <class D>
bool was_guard(const Step<D>& step, MmId mm, const Number<D>& page) {
    const Pte<D>* before = pte_at(StateView<D>(step.world, true), mm, page);
    return before != nullptr && before->guard;
}

// Whether the call may have made the page a guard page.
template <class D>
bool explained(const Step<D>& step, const Pte<D>& guard) {
    const Op<D>& op = step.op;
    const MmId mm = caller(step);
    if (op.kind == OpKind::fork) return guard.mm != mm && was_guard(step, mm, guard.address);
    if (guard.mm != mm) return false;
    if (op.kind == OpKind::madvise) return op.advice == Advice::guard_install && named_range(op).holds(guard.address);
    if (op.kind != OpKind::mremap) return false;
    // Of several VMAs some have moved, even if the call failed in the end.
    const Number<D>& to = step.outcome.ok() ? step.outcome.value.page : op.new_addr.page;
    return guard.address >= to && was_guard<D>(step, mm, op.addr.page + (guard.address - to));
}

}  // namespace

template <class D>
void GuardPages<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty() || !step.world.parameters().page_layer) return;
    if (step.world.profile().policy.guard_regions == GuardRegions::none) return;
    check_access(step, report);
    step.world.template each_touched_object<PteId>([&](PteId, const Pte<D>*, PteId, const Pte<D>* after) {
        if (after == nullptr || !after->guard || was_guard(step, after->mm, after->address)) return;
        if (!explained(step, *after))
            report.add(info, "{} made {:#x} of process {} a guard page", name(step.op.kind), address(after->address),
                       slot_of(step.world, after->mm));
    });
}

template struct GuardPages<Plain>;
template struct GuardPages<Traced>;

}  // namespace vmacheck
