// madvise(2): do_madvise of v5.10 mm/madvise.c, and for the advices that change vm_flags madvise_behavior, ksm_madvise
// of mm/ksm.c and hugepage_madvise of mm/khugepaged.c. Nothing here shares or collapses pages, and the registration of
// a process with khugepaged is left out, as it changes no VMA. The advices that act on pages are in
// model/advise_pages.cpp; they take the mmap_lock for reading.
//
// Unlike mprotect the walk skips holes, continues to the end, and then reports ENOMEM; an error of one VMA stops it.
#include "model/advise_pages.hpp"
#include "model/faults/merge.hpp"
#include "model/gap_tree.hpp"
#include "model/madvise_walk.hpp"
#include "model/mseal.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

struct Advised {
    Errno error = Errno::ok;
    VmFlags flags = 0;
};

template <class D>
Advised advised_flags(const World<D>& world, const Vma<D>& vma, Advice advice) {
    const VmFlags flags = vma.flags;
    switch (advice) {
        case Advice::normal: return {Errno::ok, flags & ~(vm::rand_read | vm::seq_read)};
        case Advice::random: return {Errno::ok, (flags & ~vm::seq_read) | vm::rand_read};
        case Advice::sequential: return {Errno::ok, (flags & ~vm::rand_read) | vm::seq_read};
        case Advice::dontfork: return {Errno::ok, flags | vm::dontcopy};
        case Advice::dofork:
            if ((flags & (world.profile().policy.dofork_not_special ? vm::special : vm::io)) != 0)
                return {Errno::einval, 0};
            return {Errno::ok, flags & ~vm::dontcopy};
        case Advice::wipeonfork:
            if (vma.file || (flags & vm::shared) != 0) return {Errno::einval, 0};
            return {Errno::ok, flags | vm::wipeonfork};
        case Advice::keeponfork:
            if ((flags & vm::droppable) != 0) return {Errno::einval, 0};
            return {Errno::ok, flags & ~vm::wipeonfork};
        case Advice::dontdump: return {Errno::ok, flags | vm::dontdump};
        case Advice::dodump:
            if ((flags & vm::special) != 0 && (flags & vm::hugetlb) == 0) return {Errno::einval, 0};
            if ((flags & vm::droppable) != 0) return {Errno::einval, 0};
            return {Errno::ok, flags & ~vm::dontdump};
        case Advice::mergeable: {
            // VMAs that cannot have pages of KSM are skipped silently.
            constexpr VmFlags never =
                vm::mergeable | vm::shared | vm::may_share | vm::special | vm::hugetlb | vm::droppable;
            return {Errno::ok, (flags & never) != 0 ? flags : flags | vm::mergeable};
        }
        case Advice::unmergeable: return {Errno::ok, flags & ~vm::mergeable};
        case Advice::hugepage: return {Errno::ok, (flags & ~vm::nohugepage) | vm::hugepage};
        case Advice::nohugepage: return {Errno::ok, (flags & ~vm::hugepage) | vm::nohugepage};
        default: break;
    }
    return {Errno::einval, 0};
}

// __ksm_enter: the first VMA that may have shared pages makes its process known to ksmd.
template <class D>
Errno ksm_enter(World<D>& world, MmId mm) {
    if (world[mm].ksm_entered) return Errno::ok;
    if (!world.may_allocate(AllocSite::ksm_enter_mm_slot)) return Errno::enomem;
    world.change(mm).ksm_entered = true;
    return Errno::ok;
}

// madvise_behavior. A failed allocation is reported as EAGAIN, the map_count limit by policy.
template <class D>
Errno madvise_behavior(World<D>& world, VmaId id, VmaId* prev, const Number<D>& start, const Number<D>& end,
                       Advice advice) {
    const FunctionScope scope(world, "madvise_behavior");
    const Vma<D>& vma = world[id];
    if (seal_refuses(world, vma, advice)) return Errno::eperm;
    const Advised advised = advised_flags(world, vma, advice);
    if (advised.error != Errno::ok) return advised.error;
    if (advised.flags == vma.flags) {
        *prev = id;
        return Errno::ok;
    }
    const MmId mm = vma.mm;
    if (advice == Advice::mergeable && ksm_enter(world, mm) != Errno::ok) return Errno::eagain;
    VmaId changed;
    VmaChange<D> change{id, *prev, start, end, advised.flags};
    change.old_case8 = world.has_fault(faults::madvise_case8_flags);
    const Errno error = vma_modify(world, change, &changed);
    *prev = changed;
    if (error == Errno::einval) return error;
    if (error != Errno::ok) {
        const bool full = world[mm].map_count >= world.parameters().max_map_count;
        return full && !world.profile().policy.madvise_full_eagain ? Errno::enomem : Errno::eagain;
    }
    const bool merged = world[changed].start != start || world[changed].end != end;
    if (change.old_case8 && merged) return Errno::ok;  // as all cases but the old eighth allow
    if (const VmFlags flags = with_sticky_flags(world, change, changed, advised.flags); world[changed].flags != flags) {
        world.change(changed).flags = flags;
        world.emit(Event::flags_changed, changed.raw());
    }
    return Errno::ok;
}

// madvise_populate since 6.9, which looks up each VMA itself.
template <class D>
Errno madvise_populate(World<D>& world, MmId mm, Number<D> start, const Number<D>& end, Advice advice) {
    VmaId prev;
    while (start < end) {
        const VmaId id = find_vma(world, mm, start);
        if (!id || world[id].start > start) return hole_refuses(world, start);
        const Number<D> to = end < world[id].end ? end : world[id].end;
        if (const Errno error = madvise_pages(world, id, &prev, start, to, advice); error != Errno::ok) return error;
        start = to;
    }
    return Errno::ok;
}

template <class D>
Errno do_madvise(World<D>& world, MmId mm, Number<D> start, const Number<D>& end, Advice advice) {
    if (populates(advice) && world.profile().policy.madvise_populate == MadvisePopulate::stops_at_hole)
        return madvise_populate(world, mm, start, end, advice);
    return madvise_walk_vmas(world, mm, start, end,
                             [&](VmaId id, VmaId* prev, const Number<D>& from, const Number<D>& to) {
                                 return acts_on_pages(advice) ? madvise_pages(world, id, prev, from, to, advice)
                                                              : madvise_behavior(world, id, prev, from, to, advice);
                             });
}

// Whether the kernel knows the advice.
template <class D>
bool madvise_behavior_valid(const World<D>& world, Advice advice) {
    const Policies& policy = world.profile().policy;
    if (advice == Advice::hugepage || advice == Advice::nohugepage) return world.parameters().thp;
    if (populates(advice)) return policy.madvise_populate != MadvisePopulate::none;
    if (about_guards(advice)) return policy.guard_regions != GuardRegions::none;
    return advice != Advice::dontneed_locked || policy.dontneed_locked;
}

}  // namespace

template <class D>
void op_madvise(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!madvise_behavior_valid(world, op.advice)) {
        outcome.error = Errno::einval;
        return;
    }
    const AdvisedRange<D> range = advised_range(op.addr, op.len);
    outcome.error = range.error;
    if (range.error != Errno::ok || range.empty) return;
    const bool reads = acts_on_pages(op.advice);
    world.emit(reads ? Event::mmap_lock_read : Event::mmap_lock_write, mm.raw());
    outcome.error = do_madvise(world, mm, op.addr.page, range.end, op.advice);
    world.emit(reads ? Event::mmap_unlock_read : Event::mmap_unlock_write, mm.raw());
}

template void op_madvise(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_madvise(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
