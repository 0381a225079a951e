#include "properties/refinement/page_map.hpp"

#include "properties/refinement/specification.hpp"
#include "properties/step/ranges.hpp"

namespace vmacheck {
namespace {

using specification::View;

// Whether nothing has changed of the VMA, or only its links.
template <class D>
bool unchanged(const Step<D>& step, VmaId id) {
    for (const TouchedVma<D>& each : step.vmas)
        if (each.is == id) return each.only_linked;
    return true;
}

// Unchanged VMAs in the range are in both maps: the operation may have forgotten them.
template <class D>
void add_range(View<D>& view, const Number<D>& start, const Number<D>& end) {
    const World<D>& world = view.step.world;
    for (VmaId id = vma_at_or_above(world, view.mm, start); id;) {
        const Vma<D>& vma = world[id];
        if (vma.start >= end) break;
        const bool known = view.map_before.at(vma.start) != nullptr;  // of another range of the operation
        if (!known && unchanged(view.step, id)) {
            // It names the policy it had, which the step may still have touched.
            view.map_before.add(vma, policy_before(world, vma.policy));
            view.map_after.add(vma, policy_after(world, vma.policy));
        }
        id = vma.next;
    }
}

template <class D>
void add_touched(View<D>& view) {
    const World<D>& world = view.step.world;
    each_changed_vma(view.step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before != nullptr && before->mm == view.mm)
            view.map_before.add(*before, policy_before(world, before->policy));
        if (after != nullptr && after->mm == view.mm) view.map_after.add(*after, policy_after(world, after->policy));
    });
}

// Collects what the specification of the operation has to look at.
template <class D>
void collect(View<D>& view) {
    const OpKind kind = view.step.op.kind;
    if (kind != OpKind::fork && kind != OpKind::exit) add_touched(view);
    each_range_read(view.step, view.before,
                    [&](const Number<D>& start, const Number<D>& end) { add_range<D>(view, start, end); });
}

template <class D>
void specify(View<D>& view) {
    switch (view.step.op.kind) {
        case OpKind::mmap: specification::mmap(view); return;
        case OpKind::munmap: specification::munmap(view); return;
        case OpKind::mprotect: specification::mprotect(view); return;
        case OpKind::madvise: specification::madvise(view); return;
        case OpKind::brk: specification::brk(view); return;
        case OpKind::fault: specification::fault(view); return;
        case OpKind::remote_access: specification::remote_access(view); return;
        case OpKind::fork: specification::fork(view); return;
        case OpKind::exit: specification::exit(view); return;
        case OpKind::split: specification::split(view); return;
        case OpKind::mremap: specification::mremap(view); return;
        case OpKind::mlock: specification::mlock(view); return;
        case OpKind::munlock: specification::munlock(view); return;
        case OpKind::mlockall: specification::mlockall(view); return;
        case OpKind::munlockall: specification::munlockall(view); return;
        case OpKind::reclaim: specification::reclaim(view); return;
        case OpKind::truncate: specification::truncate(view); return;
        case OpKind::shmat: specification::shmat(view); return;
        case OpKind::shmdt: specification::shmdt(view); return;
        case OpKind::remap_file_pages: specification::remap_file_pages(view); return;
        case OpKind::special_mapping: specification::special_mapping(view); return;
        case OpKind::mbind: specification::mbind(view); return;
        case OpKind::uffd_register: specification::uffd_register(view); return;
        case OpKind::uffd_unregister: specification::uffd_unregister(view); return;
        case OpKind::uffd_close: specification::uffd_close(view); return;
        case OpKind::msync: specification::msync(view); return;
        case OpKind::mincore: specification::mincore(view); return;
        case OpKind::anon_name: specification::anon_name(view); return;
        case OpKind::count: return;
    }
}

// What new mappings get besides their own flags: only mlockall and munlockall change it.
template <class D>
void look_at_def_flags(const View<D>& view) {
    const Mm<D>* after = view.step.world.find(view.mm);
    if (after == nullptr) return;
    const Op<D>& op = view.step.op;
    VmFlags expected = view.before.def_flags;
    if (view.error() == Errno::ok && (op.kind == OpKind::mlockall || op.kind == OpKind::munlockall)) {
        expected &= ~(vm::locked | vm::lockonfault);
        const bool future = op.kind == OpKind::mlockall && (op.call_flags & mcl::future) != 0;
        if (future) expected |= vm::locked | ((op.call_flags & mcl::onfault) != 0 ? vm::lockonfault : 0);
    }
    if (after->def_flags != expected) view.object("def_flags are {:#x}, and must be {:#x}", after->def_flags, expected);
}

}  // namespace

template <class D>
void PageMapRefinement<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = subject(step);
    const Mm<D>* before = step.world.before(mm);
    if (before == nullptr) {
        if (step.outcome.error != Errno::esrch)
            report.add(info, "{} of a process that is not there gave {}", name(step.op.kind), name(step.outcome.error));
        return;
    }
    View<D> view{step, mm, *before, report, {}, {}};
    collect(view);
    specify(view);
    look_at_def_flags(view);
}

template struct PageMapRefinement<Plain>;
template struct PageMapRefinement<Traced>;

}  // namespace vmacheck
