// mlock, mlock2, munlock, mlockall and munlockall: which pages are marked as locked (v5.10 mm/mlock.c). Faulting them
// in changes no page of the map; its failure is an error with all pages marked.
#include "properties/refinement/access_specification.hpp"

namespace vmacheck::specification {
namespace {

constexpr VmFlags lock_flags = vm::locked | vm::lockonfault;

bool may_lock(const Parameters& p) {
    return p.cap_ipc_lock || p.rlimit_memlock != 0;
}

// Mappings of this kind are passed over without an error.
bool never_locked(VmFlags flags) {
    return (flags & (vm::special | vm::hugetlb | vm::droppable)) != 0;
}

VmFlags relocked(VmFlags flags, VmFlags wanted) {
    return never_locked(flags) ? flags : (flags & ~lock_flags) | wanted;
}

// The pages that the bytes of the range lie on; the sum wraps as the kernel's does.
template <class D>
Number<D> pages_of(const Op<D>& op) {
    const unsigned rest = unsigned{op.addr.offset} + op.len.offset;
    return wrapped<D>(op.len.page + (rest + page_size - 1) / page_size);
}

template <class D>
Number<D> locked_in(const SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end) {
    Number<D> sum = 0;
    for (const Segment<D>& each : ctx.map_before.segments()) {
        if ((each.flags & vm::locked) == 0 || each.end <= start || each.start >= end) continue;
        const Number<D> from = each.start < start ? start : each.start;
        sum += (each.end < end ? each.end : end) - from;
    }
    return sum;
}

// How a walk over the pages of a range ended.
template <class D>
struct Walked {
    PageMap<D> map;
    Errno error = Errno::ok;
    Errno faulting = Errno::ok;  // of the first part that cannot be faulted in
    bool userfaults = false;     // before it, a part has pages that userfaultfd may have to provide
};

// Marks part by part, up to a hole. Where memory or the map_count limit may have stopped it, it stopped at the first
// part that is as before.
template <class D>
Walked<D> walk(const SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end, VmFlags wanted) {
    Walked<D> walked{ctx.map_before};
    const bool may_stop =
        ctx.error() == Errno::enomem && (ctx.injected() || rules::cut_may_be_refused(ctx.step, ctx.before));
    Number<D> at = start;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= at) continue;
        if (at >= end || part.start > at) break;
        const Number<D> to = part.end < end ? part.end : end;
        const VmFlags flags = relocked(part.flags, wanted);
        const Segment<D>* now = ctx.map_after.at(at);
        if (may_stop && flags != part.flags && now != nullptr && now->flags == part.flags) break;
        walked.map.set_flags(at, to, flags);
        const bool populated = (part.flags & (vm::io | vm::pfnmap)) == 0;
        const bool unchecked =
            (flags & vm::lockonfault) != 0 && ctx.step.world.profile().policy.lock_on_fault_unchecked;
        const bool faulted_in = populated && (flags & vm::lockonfault) == 0;  // special VMAs are never marked
        if (walked.faulting == Errno::ok && populated && !unchecked && (part.flags & vm::access) == 0) {
            walked.faulting = Errno::enomem;
        } else if (walked.faulting == Errno::ok && faulted_in) {
            const Errno error = error_of_faulting<D>(ctx, at, to, false);
            if (error != Errno::ok) walked.faulting = error == Errno::enomem ? Errno::eagain : Errno::enomem;
            walked.userfaults |= (part.flags & vm::uffd_missing) != 0;
        }
        at = to;
    }
    if (at < end) walked.error = Errno::enomem;
    return walked;
}

// The range of mlock and munlock, walked: sets what was expected of the map. False: nothing is to be faulted in.
template <class D>
bool lock_range(SpecContext<D>& ctx, VmFlags wanted, Walked<D>* result) {
    const Number<D>& start = ctx.step.op.addr.page;
    const Number<D> len = pages_of(ctx.step.op);
    if (len == 0 || start + len >= pages_in_64_bits) {
        ctx.require(len == 0 ? Errno::ok : Errno::einval);
        ctx.expect(ctx.map_before, "locking nothing, or a range that wraps, changes nothing");
        return false;
    }
    Walked<D> walked = walk<D>(ctx, start, start + len, wanted);
    result->faulting = walked.faulting;
    result->userfaults = walked.userfaults;
    if (walked.error != Errno::ok) ctx.require(walked.error);
    ctx.expect(walked.map, "pages are locked and unlocked up to where the walk stops, and no further");
    return walked.error == Errno::ok;
}

// Whether RLIMIT_MEMLOCK refuses: pages of the range that are locked already do not count twice.
template <class D>
bool limit_refuses(const SpecContext<D>& ctx) {
    const Number<D>& start = ctx.step.op.addr.page;
    const Number<D> len = pages_of(ctx.step.op);
    if (!rules::mlock_may_refuse(ctx.step, ctx.before, len)) return false;
    const Number<D> end = start + len;
    const Number<D> fresh = len - locked_in<D>(ctx, start, end);
    return rules::mlock_may_refuse(ctx.step, ctx.before, fresh);
}

// Each VMA as a whole, so that none is cut and nothing can fail.
template <class D>
void relock_all(SpecContext<D>& ctx, VmFlags wanted) {
    const bool may_fail = ctx.injected() && ctx.step.world.profile().policy.merge_fails;
    PageMap<D> expected;
    for (const Segment<D>& each : ctx.map_before.segments()) {
        Segment<D> part = each;
        part.flags = relocked(each.flags, wanted);
        // Where a merge without memory is an error, the call passes over it.
        const Segment<D>* now = may_fail ? ctx.map_after.at(each.start) : nullptr;
        if (now != nullptr && now->flags == each.flags) part.flags = each.flags;
        expected.insert(part);
    }
    ctx.expect(expected, "every mapping is locked or unlocked");
}

}  // namespace

template <class D>
void mlock(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a refused mlock changes nothing");
    };
    if ((op.call_flags & ~mlock::onfault) != 0) return refuse(Errno::einval);
    if (!may_lock(ctx.parameters())) return refuse(Errno::eperm);
    const bool wraps = op.addr.page + pages_of(op) >= pages_in_64_bits;
    // Of a range that wraps, the pages locked already are counted wrongly; it is refused in either case. Even without a
    // limit no more can be locked than 64 bits of bytes hold.
    const bool too_many = rules::mlock_may_refuse(ctx.step, ctx.before, pages_of(op)) ||
                          (!ctx.parameters().cap_ipc_lock && ctx.before.locked_vm + pages_of(op) >= pages_in_64_bits);
    if (wraps && ctx.error() == Errno::enomem && too_many) return refuse(Errno::enomem);
    if (!wraps && limit_refuses(ctx)) return refuse(Errno::enomem);
    const VmFlags on_fault = (op.call_flags & mlock::onfault) != 0 ? vm::lockonfault : 0;
    Walked<D> walked;
    if (!lock_range(ctx, vm::locked | on_fault, &walked)) return;
    if (ctx.injected() && ctx.error() == Errno::eagain) return;     // no memory to fault a page in
    if (walked.userfaults && ctx.error() == Errno::enomem) return;  // no one provides a missing page
    ctx.require(walked.faulting);
}

template <class D>
void munlock(SpecContext<D>& ctx) {
    Walked<D> walked;
    if (lock_range(ctx, VmFlags{0}, &walked)) ctx.require(Errno::ok);
}

template <class D>
void mlockall(SpecContext<D>& ctx) {
    const Parameters& p = ctx.parameters();
    const std::uint32_t flags = ctx.step.op.call_flags;
    const bool current = (flags & mcl::current) != 0;
    Errno required = Errno::ok;
    if (flags == 0 || flags == mcl::onfault || (flags & ~(mcl::current | mcl::future | mcl::onfault)) != 0)
        required = Errno::einval;
    else if (!may_lock(p))
        required = Errno::eperm;
    else if (current && !p.cap_ipc_lock && p.rlimit_memlock != unlimited && ctx.before.total_vm > p.rlimit_memlock)
        required = Errno::enomem;
    ctx.require(required);
    if (required == Errno::ok && current)
        return relock_all(ctx, vm::locked | ((flags & mcl::onfault) != 0 ? vm::lockonfault : 0));
    ctx.expect(ctx.map_before, "a refused mlockall, and one for the future alone, changes no mapping");
}

template <class D>
void munlockall(SpecContext<D>& ctx) {
    ctx.require(Errno::ok);
    relock_all(ctx, VmFlags{0});
}

template void mlock(SpecContext<Plain>&);
template void mlock(SpecContext<Traced>&);
template void munlock(SpecContext<Plain>&);
template void munlock(SpecContext<Traced>&);
template void mlockall(SpecContext<Plain>&);
template void mlockall(SpecContext<Traced>&);
template void munlockall(SpecContext<Plain>&);
template void munlockall(SpecContext<Traced>&);

}  // namespace vmacheck::specification
