// mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2): do_mlock, apply_vma_lock_flags, mlock_fixup and
// apply_mlockall_flags of v5.10 mm/mlock.c.
//
// Locking marks VMAs, counts their pages, and then, without the lock, faults them in. What is marked stays marked when
// a later VMA or the faulting in fails.
#include "model/accounting.hpp"
#include "model/faults/accounting.hpp"
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"
#include "model/refusal.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

constexpr VmFlags lock_flags = vm::locked | vm::lockonfault;

// The pages that a byte range touches, as mlock rounds it: the start down, the length up, modulo 2^64 bytes.
template <class D>
struct Range {
    Number<D> start;  // page number
    Number<D> len;    // pages, [0, 2^52)
    explicit Range(const Op<D>& op) : start(op.addr.page) {
        const unsigned rest = unsigned{op.addr.offset} + op.len.offset;
        len = wrapping_sum_64_bit_bytes<D>(op.len.page, Number<D>((rest + page_size - 1) / page_size));
    }
};

// RLIMIT_MEMLOCK in pages; without a limit, all that 64 bits of bytes hold.
std::uint64_t memlock_limit(const Parameters& p) {
    return p.rlimit_memlock == unlimited ? pages_in_64_bits - 1 : p.rlimit_memlock;
}

// mlock_fixup: [start, end) of one VMA gets new lock flags. Sets *prev to the VMA from which the walk continues. ok or enomem.
template <class D>
Errno mlock_fixup(World<D>& world, VmaId id, VmaId* prev, const Number<D>& start, const Number<D>& end, VmFlags flags) {
    const FunctionScope scope(world, "mlock_fixup");
    const Vma<D>& vma = world[id];
    const MmId mm = vma.mm;
    const VmFlags old_flags = vma.flags;
    if (flags == old_flags ||
        (old_flags & (vm::special | vm::hugetlb | vm::droppable)) != 0) {  // neither marked nor counted
        *prev = id;
        return Errno::ok;
    }
    VmaId changed;
    const VmaChange<D> change{id, *prev, start, end, flags};
    const Errno error = vma_modify(world, change, &changed);
    *prev = changed;
    if (error != Errno::ok) return error;
    const bool locks = (flags & vm::locked) != 0;
    if (!locks || (old_flags & vm::locked) == 0) {
        IntPages<D> counted{end - start, !locks};
        if (world.has_fault(faults::mlock_count_width)) {
            counted = as_int<D>(counted.pages);
            if (!locks) counted = negated<D>(counted);
        }
        count_locked<D>(world, mm, counted.pages, !counted.negative);
    }
    // munlock_vma_pages_range takes the lock flags from what it finds: a survivor of a merge keeps its own VM_SOFTDIRTY.
    const VmFlags now = locks ? with_sticky_flags(world, change, changed, flags) : world[changed].flags & ~lock_flags;
    if (world[changed].flags != now) {
        world.change(changed).flags = now;
        world.emit(Event::flags_changed, changed.raw());
    }
    return Errno::ok;
}

// apply_vma_lock_flags: the walk stops at the first hole or failure. einval: the range wraps; enomem.
template <class D>
Errno apply_vma_lock_flags(World<D>& world, MmId mm, const Range<D>& range, VmFlags wanted) {
    if (range.len == 0) return Errno::ok;  // whatever is there
    const Number<D> end = range.start + range.len;
    if (end >= pages_in_64_bits) return Errno::einval;
    VmaId id = find_vma(world, mm, range.start);
    if (!id || world[id].start > range.start) return hole_refuses(world, range.start);
    VmaId prev = range.start > world[id].start ? id : world[id].prev;
    for (Number<D> at = range.start;;) {
        const Vma<D>& vma = world[id];
        const Number<D> to = end < vma.end ? end : vma.end;
        if (const Errno error = mlock_fixup(world, id, &prev, at, to, (vma.flags & ~lock_flags) | wanted);
            error != Errno::ok)
            return error;
        at = to;
        if (world[prev].end > at) at = world[prev].end;  // a merge may have swallowed what follows
        if (at >= end) return Errno::ok;
        id = world[prev].next;
        if (!id || world[id].start != at) return hole_refuses(world, at);
    }
}

// count_mm_mlocked_page_nr: how much of the range is locked already. In v5.10 the end of a range that wraps lies below its
// start, so that only a VMA around both is met.
template <class D>
Number<D> locked_pages_in(const World<D>& world, MmId mm, const Range<D>& range) {
    VmaId each = find_vma(world, mm, range.start);
    const bool wraps = sum_wraps_64_bit_bytes<D>(range.start, range.len);
    const bool to_top = wraps && world.profile().policy.mlock_counts_to_top;
    const Number<D> end = to_top ? Number<D>(pages_in_64_bits) : wrapping_sum_64_bit_bytes<D>(range.start, range.len);
    if (wraps && !to_top) {
        const bool around = each && (world[each].flags & vm::locked) != 0 && world[each].start < end;
        return around ? range.len : Number<D>(0);
    }
    Number<D> count = 0;
    for (; each && world[each].start < end; each = world[each].next) {
        const Vma<D>& vma = world[each];
        if ((vma.flags & vm::locked) == 0) continue;
        const Number<D> from = vma.start < range.start ? range.start : vma.start;
        count += (end < vma.end ? end : vma.end) - from;
    }
    return count;
}

template <class D>
bool may_lock(const World<D>& world, MmId mm, const Range<D>& range) {
    const Number<D> limit = memlock_limit(world.parameters());
    if (world.parameters().cap_ipc_lock) return true;
    const Number<D> locked = range.len + world[mm].locked_vm;
    if (locked <= limit || locked <= limit + locked_pages_in(world, mm, range)) return true;
    world.refused([&] {
        return fmt::format("locked_vm would be {}, RLIMIT_MEMLOCK is {}",
                           (locked - locked_pages_in(world, mm, range)).value(), limit.value());
    });
    return false;
}

// apply_mlockall_flags: what new mappings get, and whole VMAs as they are; their failures are ignored.
template <class D>
void apply_mlockall_flags(World<D>& world, MmId mm, std::uint32_t flags) {
    const VmFlags wanted = vm::locked | ((flags & mcl::onfault) != 0 ? vm::lockonfault : 0);
    const VmFlags kept = world[mm].def_flags & ~lock_flags;
    const bool future = (flags & mcl::future) != 0;
    const bool current = (flags & mcl::current) != 0;
    world.change(mm).def_flags = future ? kept | wanted : kept;
    if (future && !current) return;
    VmaId prev;
    for (VmaId each = world[mm].mmap; each; each = world[prev].next) {
        const Vma<D>& vma = world[each];
        const VmFlags changed = (vma.flags & ~lock_flags) | (current ? wanted : 0);
        mlock_fixup(world, each, &prev, Number<D>(vma.start), Number<D>(vma.end), changed);
    }
}

// __mlock_posix_error_return.
Errno posix_error(Errno error) {
    if (error == Errno::efault) return Errno::enomem;
    if (error == Errno::enomem) return Errno::eagain;
    return error;
}

}  // namespace

template <class D>
void op_mlock(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if ((op.call_flags & ~mlock::onfault) != 0) {
        outcome.error = Errno::einval;
        return;
    }
    if (!can_do_mlock(world)) {
        outcome.error = Errno::eperm;
        return;
    }
    const Range<D> range(op);
    const VmFlags wanted = vm::locked | ((op.call_flags & mlock::onfault) != 0 ? vm::lockonfault : 0);
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = may_lock(world, mm, range) ? apply_vma_lock_flags(world, mm, range, wanted) : Errno::enomem;
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (outcome.ok()) outcome.error = posix_error(mm_populate_strict(world, mm, range.start, range.len));
}

template <class D>
void op_munlock(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = apply_vma_lock_flags(world, mm, Range<D>(op), 0);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template <class D>
void op_mlockall(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const std::uint32_t flags = op.call_flags;
    if (flags == 0 || (flags & ~(mcl::current | mcl::future | mcl::onfault)) != 0 || flags == mcl::onfault) {
        outcome.error = Errno::einval;
        return;
    }
    if (!can_do_mlock(world)) {
        outcome.error = Errno::eperm;
        return;
    }
    const Parameters& p = world.parameters();
    const bool current = (flags & mcl::current) != 0;
    world.emit(Event::mmap_lock_write, mm.raw());
    if (!current || p.cap_ipc_lock || world[mm].total_vm <= memlock_limit(p))
        apply_mlockall_flags(world, mm, flags);
    else
        outcome.error = Errno::enomem;
    if (!outcome.ok())
        world.refused([&] {
            return fmt::format("total_vm is {}, RLIMIT_MEMLOCK is {}", world[mm].total_vm.value(), memlock_limit(p));
        });
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (outcome.ok() && current) mm_populate(world, mm, Number<D>(0), Number<D>(p.task_size));
}

template <class D>
void op_munlockall(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    (void)op;
    (void)outcome;
    world.emit(Event::mmap_lock_write, mm.raw());
    apply_mlockall_flags(world, mm, 0);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_mlock(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_munlock(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mlockall(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_munlockall(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mlock(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);
template void op_munlock(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);
template void op_mlockall(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);
template void op_munlockall(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
