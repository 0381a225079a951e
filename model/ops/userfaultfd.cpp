// Registration with userfaultfd: userfaultfd_register, userfaultfd_unregister and userfaultfd_release of v5.10
// fs/userfaultfd.c.
//
// A context belongs to the process that opened it and is a number here, open from its first use to its close, after
// which the number names a new one. No context asks for events (fork, remap, remove, unmap), and all have
// UFFD_FEATURE_SIGBUS: the access to a missing page fails instead of waiting. Nothing fills or write-protects pages
// (UFFDIO_COPY, ZEROPAGE, WRITEPROTECT).
#include "model/faults/merge.hpp"
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

constexpr std::uint32_t known_modes = uffd_mode::missing | uffd_mode::wp;

// vma_can_userfault, for a VMA that has or is to have these flags: which memory can be write-protected is a policy.
template <class D>
bool vma_can_userfault(const World<D>& world, const Vma<D>& vma, VmFlags flags) {
    if ((vma.flags & vm::droppable) != 0 && !world.has_fault(faults::uffd_droppable)) return false;
    if (vma_is_anonymous(vma)) return true;
    const bool shmem = vma.ops == VmOps::plain && vma.file && world[vma.file].kind == FileKind::shmem;
    const bool protectable = world.profile().policy.uffd_wp_of_files || (flags & vm::uffd_wp) == 0;
    return (shmem || (vma.flags & vm::hugetlb) != 0) && protectable;
}

template <class D>
void check_context(const World<D>& world, const Vma<D>& vma) {
    world.bug_on((vma.uffd != 0) != ((vma.flags & vm::uffd) != 0),
                 "userfaultfd flags without a context, or without any");
}

// validate_range. einval: not aligned, empty, or not in user space.
template <class D>
Errno validate_range(const World<D>& world, const Op<D>& op) {
    const Parameters& p = world.parameters();
    if (!op.addr.aligned() || !op.len.aligned() || op.len.zero()) return Errno::einval;
    if (op.addr.page < p.mmap_min_addr || op.addr.page >= p.task_size) return Errno::einval;
    return op.len.page > p.task_size - op.addr.page ? Errno::einval : Errno::ok;
}

// Whether the page lies inside a huge page of the VMA.
template <class D>
bool cuts_huge_page(const World<D>& world, const Vma<D>& vma, const Number<D>& page) {
    return (vma.flags & vm::hugetlb) != 0 && remainder(page, world.parameters().huge_page_pages) != 0;
}

// The first VMA of the range. enomem: all VMAs lie below it, where a newer kernel gives einval; einval: all below or
// above, or the first has huge pages and the range does not begin with one.
template <class D>
Errno first_of_range(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, VmaId* first) {
    *first = find_vma(world, mm, start);
    if (!*first) return world.profile().policy.uffd_above_einval ? Errno::einval : Errno::enomem;
    return world[*first].start >= end || cuts_huge_page(world, world[*first], start) ? Errno::einval : Errno::ok;
}

// Gives part of a VMA a context (or none) and its flags. Sets id to the VMA it is in then.
template <class D>
Errno change_context(World<D>& world, VmaId* id, VmaChange<D> change) {
    if (const Errno error = vma_modify(world, change, id); error != Errno::ok) return error;
    Vma<D>& vma = world.change(*id);
    vma.uffd = *change.uffd;
    if (const VmFlags flags = with_sticky_flags(world, change, *id, change.flags); vma.flags != flags) {
        vma.flags = flags;
        world.emit(Event::flags_changed, id->raw());
    }
    return Errno::ok;
}

// The walk that registering and unregistering share: `wanted` gives the new flags of a VMA, or its own where there is
// nothing to do. Stops at the first failure; what was changed before stays changed.
template <class D, class F>
Errno walk(World<D>& world, VmaId id, Number<D> start, const Number<D>& end, std::uint16_t context, F&& wanted) {
    VmaId prev = world[id].start < start ? id : world[id].prev;
    for (; id && world[id].start < end; start = world[id].end, prev = id, id = world[id].next) {
        const Vma<D>& vma = world[id];
        const VmFlags flags = wanted(vma);
        if (flags == vma.flags) continue;
        const Number<D> from = vma.start < start ? start : vma.start;
        const Number<D> to = end < vma.end ? end : vma.end;
        VmaChange<D> change{id, prev, from, to, flags};
        change.uffd = context;
        if (world.has_fault(faults::uffd_pgoff)) change.pgoff = vma.pgoff;
        if (const Errno error = change_context(world, &id, change); error != Errno::ok) return error;
    }
    return Errno::ok;
}

// May all VMAs of the range be registered with the context? einval: not this kind of memory; eperm: memory that may not
// be written; ebusy: registered with another context.
template <class D>
Errno check_registrable(const World<D>& world, VmaId first, const Number<D>& end, std::uint16_t context,
                        VmFlags flags) {
    for (VmaId each = first; each && world[each].start < end; each = world[each].next) {
        const Vma<D>& vma = world[each];
        check_context(world, vma);
        if (!vma_can_userfault(world, vma, flags)) return Errno::einval;
        if ((vma.flags & vm::may_write) == 0) return Errno::eperm;
        if (end <= vma.end && end > vma.start && cuts_huge_page(world, vma, end)) return Errno::einval;
        if (vma.uffd != 0 && vma.uffd != context) return Errno::ebusy;
    }
    return Errno::ok;
}

template <class D>
Errno userfaultfd_register(World<D>& world, MmId mm, const Op<D>& op, VmFlags flags) {
    const FunctionScope scope(world, "userfaultfd_register");
    const Number<D> end = op.addr.page + op.len.page;
    VmaId first;
    if (const Errno error = first_of_range<D>(world, mm, op.addr.page, end, &first); error != Errno::ok) return error;
    if (const Errno error = check_registrable(world, first, end, op.uffd, flags); error != Errno::ok) return error;
    // A mode that is already on among others stays as it is: only what lacks one of the wanted modes is changed.
    return walk<D>(world, first, op.addr.page, end, op.uffd, [&](const Vma<D>& vma) {
        const bool registered = vma.uffd == op.uffd && (vma.flags & flags) == flags;
        return registered ? vma.flags : (vma.flags & ~vm::uffd) | flags;
    });
}

// The registration of any context goes, or only that of the descriptor used: a policy.
template <class D>
Errno userfaultfd_unregister(World<D>& world, MmId mm, const Op<D>& op) {
    const FunctionScope scope(world, "userfaultfd_unregister");
    const Number<D> end = op.addr.page + op.len.page;
    VmaId first;
    if (const Errno error = first_of_range<D>(world, mm, op.addr.page, end, &first); error != Errno::ok) return error;
    for (VmaId each = first; each && world[each].start < end; each = world[each].next) {
        check_context(world, world[each]);
        const bool other = world[each].uffd != 0 && world[each].uffd != op.uffd;
        if (other && world.profile().policy.uffd_unregister_own) return Errno::einval;
        if (!vma_can_userfault(world, world[each], world[each].flags)) return Errno::einval;
    }
    return walk<D>(world, first, op.addr.page, end, 0, [&](const Vma<D>& vma) {
        world.bug_on(vma.uffd != 0 && (vma.flags & vm::may_write) == 0, "registered memory that may not be written");
        return vma.uffd == 0 ? vma.flags : vma.flags & ~vm::uffd;
    });
}

// userfaultfd_release: VMA by VMA as they are, so that nothing is cut and nothing can fail.
template <class D>
void userfaultfd_release(World<D>& world, MmId mm, std::uint16_t context) {
    const FunctionScope scope(world, "userfaultfd_release");
    VmaId prev;
    for (VmaId id = world[mm].mmap; id; prev = id, id = world[id].next) {
        const Vma<D>& vma = world[id];
        check_context(world, vma);
        if (vma.uffd != context) continue;
        VmaChange<D> change{id, prev, vma.start, vma.end, vma.flags & ~vm::uffd};
        change.uffd = std::uint16_t{0};
        change.may_stay_apart = !world.has_fault(faults::oom_merge_state);
        if (change_context(world, &id, change) != Errno::ok && change.may_stay_apart)
            internal_assertion_failed("a whole VMA needs no cut to lose its context");
    }
}

}  // namespace

template <class D>
void op_uffd_register(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const auto refuse = [&](Errno error) { outcome.error = error; };
    if (op.uffd == 0) return refuse(Errno::ebadf);
    if (op.call_flags == 0 || (op.call_flags & ~known_modes) != 0) return refuse(Errno::einval);
    if (const Errno error = validate_range(world, op); error != Errno::ok) return refuse(error);
    VmFlags flags = 0;
    if ((op.call_flags & uffd_mode::missing) != 0) flags |= vm::uffd_missing;
    if ((op.call_flags & uffd_mode::wp) != 0) flags |= vm::uffd_wp;
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = userfaultfd_register(world, mm, op, flags);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template <class D>
void op_uffd_unregister(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const auto refuse = [&](Errno error) { outcome.error = error; };
    if (op.uffd == 0) return refuse(Errno::ebadf);
    if (const Errno error = validate_range(world, op); error != Errno::ok) return refuse(error);
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = userfaultfd_unregister(world, mm, op);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template <class D>
void op_uffd_close(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (op.uffd == 0) {
        outcome.error = Errno::ebadf;
        return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    userfaultfd_release(world, mm, op.uffd);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_uffd_register(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_uffd_unregister(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_uffd_close(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_uffd_register(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);
template void op_uffd_unregister(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);
template void op_uffd_close(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
