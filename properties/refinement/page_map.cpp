#include "properties/refinement/page_map.hpp"

#include "properties/refinement/specification.hpp"

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

// Source and destination; what a growth in place would meet is in the source's range.
template <class D>
void add_ranges_of_mremap(View<D>& view) {
    const Op<D>& op = view.step.op;
    const Number<D>& start = op.addr.page;
    const Number<D> old_len = op.len.round_up();
    const Number<D> new_len = op.new_len.round_up();
    const Number<D> end = start + (old_len < new_len ? new_len : old_len) + 1;
    add_range<D>(view, start, end);
    if (end > pages_in_64_bits) add_range<D>(view, 0, specification::wrapped<D>(end));
    const Number<D>& to = view.error() == Errno::ok ? view.step.outcome.value.page : op.new_addr.page;
    if (new_len <= view.parameters().task_size) add_range<D>(view, to, to + new_len);
}

// Collects what the specification of the operation has to look at.
template <class D>
void collect(View<D>& view) {
    const Op<D>& op = view.step.op;
    const Number<D>& start = op.addr.page;
    if (op.kind != OpKind::fork && op.kind != OpKind::exit) add_touched(view);
    switch (op.kind) {
        case OpKind::mmap:
            if (const Number<D> len = mapped_pages(view.parameters(), op); view.error() == Errno::ok)
                add_range<D>(view, view.step.outcome.value.page, view.step.outcome.value.page + len);
            else if (len <= view.parameters().task_size)
                add_range<D>(view, start, start + len);
            break;
        case OpKind::munmap:  // a longer range is refused
            if (op.len.round_up() <= view.parameters().task_size) add_range<D>(view, start, start + op.len.round_up());
            break;
        case OpKind::mprotect:
        case OpKind::mbind:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::madvise: add_range<D>(view, start, start + op.len.round_up()); break;
        case OpKind::mlock:
        case OpKind::munlock: add_range<D>(view, start, named_range(op).end); break;
        case OpKind::uffd_close:
        case OpKind::mlockall:
        case OpKind::munlockall: add_range<D>(view, 0, view.parameters().task_size); break;
        case OpKind::mremap: add_ranges_of_mremap(view); break;
        case OpKind::brk: {
            const Number<D> old_end = view.before.brk.round_up();
            const Number<D> new_end = op.addr.round_up();
            if (new_end < old_end)
                add_range<D>(view, new_end, old_end);
            else
                add_range<D>(view, old_end, new_end + 2 + view.parameters().stack_guard_gap);  // what may be in the way
            break;
        }
        case OpKind::remap_file_pages:
        case OpKind::special_mapping: add_range<D>(view, start, named_range(op).end); break;
        case OpKind::shmat: {
            PageRange<D> range = named_attachment(view.step);
            if (view.error() == Errno::ok) {
                const Number<D>& given = view.step.outcome.value.page;
                range = {given, given + view.parameters().files[op.file - 1u].segment_pages};
            }
            if (range.end - range.start <= view.parameters().task_size) add_range<D>(view, range.start, range.end);
            break;
        }
        case OpKind::shmdt: add_range<D>(view, start, view.parameters().task_size); break;
        case OpKind::fault:
        case OpKind::remote_access:
        case OpKind::split: add_range<D>(view, start, start + 1); break;
        case OpKind::fork:
        case OpKind::exit:
        case OpKind::reclaim:
        case OpKind::truncate:
        case OpKind::count: break;
    }
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
