// mprotect and madvise: walks over the pages of a range (v5.10 mm/mprotect.c, mm/madvise.c). What a VMA's part becomes
// is a function of its flags; where the walk stops, the parts before are changed and the rest is not.
#include "properties/refinement/specification.hpp"

#include <algorithm>
#include <array>

namespace vmacheck::specification {
namespace {

// What a walk makes of one VMA's part of the range: its new flags, or the error that stops the walk there.
struct Wanted {
    Errno error = Errno::ok;
    VmFlags flags = 0;
};

// Changes the map part by part. Stops at the first part that `wanted` refuses, or, if the step failed with one of the
// errors that memory and limits give, at the first part that did not change though it should have: returns that error.
template <class D>
struct Walk {
    SpecContext<D>& ctx;
    PageMap<D> expected;
    Errno memory_error;  // what the step gives when it ran out of memory or into a limit; ok: it did not

    // Whether the part begins with pages that are as before although other flags were wanted.
    bool left_as_it_was(const Segment<D>& part, const Number<D>& at, VmFlags flags) const {
        if (flags == part.flags || memory_error == Errno::ok) return false;
        const Segment<D>* now = ctx.map_after.at(at);
        return now != nullptr && now->flags == part.flags;
    }
    void change(const Number<D>& at, const Number<D>& to, const Segment<D>& part, VmFlags flags) {
        if (flags != part.flags) expected.set_flags(at, to, flags);
    }
    // One part of the range, [at, to): changes it, or gives the error that stops the walk.
    Errno step(const Segment<D>& part, const Number<D>& at, const Number<D>& to, const Wanted& wanted) {
        if (wanted.error != Errno::ok) return wanted.error;
        if (left_as_it_was(part, at, wanted.flags)) return memory_error;
        if (wanted.flags != part.flags && (cut_refused<D>(ctx, part, at) || cut_refused<D>(ctx, part, to)))
            return Errno::einval;
        change(at, to, part, wanted.flags);
        return Errno::ok;
    }
};

template <class D>
Wanted protected_flags(const SpecContext<D>& ctx, const Segment<D>& part) {
    const VmFlags flags = part.flags;
    Prot access = ctx.step.op.prot & (prot::read | prot::write | prot::exec);
    if (ctx.parameters().read_implies_exec && (access & prot::read) != 0 && (flags & vm::may_exec) != 0)
        access |= prot::exec;
    const VmFlags may = (flags & vm::may_access) >> 4;
    if ((access & ~may) != 0) return {Errno::eacces, 0};
    if (sealed(part)) return {Errno::eperm, 0};
    VmFlags wanted = (flags & ~vm::access) | access;
    // Private memory is charged for when it becomes writable the first time, and stays charged.
    const bool charged_or_free = (flags & (vm::account | vm::write | vm::hugetlb | vm::shared | vm::noreserve)) != 0;
    if (wanted != flags && (wanted & vm::write) != 0 && !charged_or_free) wanted |= vm::account;
    // Where memory that was never written can be written no more, the charge is given back.
    const bool drops = ctx.step.world.profile().policy.account_dropped && wanted != flags && (wanted & vm::write) == 0;
    if (drops && (flags & vm::account) != 0 && anonymous(ctx, part) && !was_faulted<D>(ctx, part.start))
        wanted &= ~vm::account;
    return {Errno::ok, wanted};
}

template <class D>
Errno error_of_mprotect(const Op<D>& op) {
    const Prot grows = op.prot & (prot::growsdown | prot::growsup);
    if (grows == (prot::growsdown | prot::growsup) || op.addr.offset != 0) return Errno::einval;
    if (op.len.page == 0 && op.len.offset == 0) return Errno::ok;
    const Number<D> len = op.len.round_up();
    if (len >= pages_in_64_bits || op.addr.page + len >= pages_in_64_bits) return Errno::enomem;
    const Prot known = prot::read | prot::write | prot::exec | prot::sem | prot::growsdown | prot::growsup;
    return (op.prot & ~known) != 0 ? Errno::einval : Errno::ok;
}

// The pages that mprotect changes, or the error instead: PROT_GROWSDOWN goes down to the start of the stack it begins
// in, PROT_GROWSUP up to the end, wherever the range ends.
template <class D>
Errno widen_to_stack(const SpecContext<D>& ctx, Number<D>& end, Number<D>& start) {
    const Op<D>& op = ctx.step.op;
    const auto& parts = ctx.map_before.segments();
    auto part = parts.begin();
    while (part != parts.end() && part->end <= start) ++part;
    const bool down = (op.prot & prot::growsdown) != 0;
    if (part == parts.end() || part->start >= end || (!down && part->start > start)) return Errno::enomem;
    if (down && (part->flags & vm::growsdown) == 0) return Errno::einval;
    if ((op.prot & prot::growsup) != 0) {
        if ((part->flags & vm::growsup) == 0) return Errno::einval;
        end = part->end;
    }
    if (down) start = part->start;
    return Errno::ok;
}

// Whether memory or a limit may have stopped mprotect of a part.
template <class D>
bool mprotect_may_fail(const SpecContext<D>& ctx, const Number<D>& pages) {
    if (ctx.injected() || rules::cut_may_be_refused(ctx.step, ctx.before)) return true;
    if ((ctx.step.op.prot & prot::write) == 0) return false;
    return rules::commit_may_refuse(ctx.step, pages) || rules::rlimit_may_refuse(ctx.step, ctx.before, pages);
}

}  // namespace

template <class D>
void mprotect(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    Errno required = error_of_mprotect(op);
    Number<D> end = op.addr.page + op.len.round_up();
    Number<D> at = op.addr.page;
    if (required == Errno::ok && at < end) required = widen_to_stack(ctx, end, at);
    if (required != Errno::ok || at == end) {
        ctx.require(required);
        ctx.expect(ctx.map_before, "an mprotect that is refused, or of nothing, changes nothing");
        return;
    }
    const bool may_fail = ctx.error() == Errno::enomem && mprotect_may_fail<D>(ctx, end - at);
    Walk<D> walk{ctx, ctx.map_before, may_fail ? Errno::enomem : Errno::ok};
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= at) continue;
        if (at >= end) break;
        if (part.start > at) break;  // a hole
        const Number<D> to = part.end < end ? part.end : end;
        required = walk.step(part, at, to, protected_flags(ctx, part));
        if (required != Errno::ok) break;
        at = to;
    }
    if (required == Errno::ok && at < end) required = Errno::enomem;
    ctx.require(required);
    ctx.expect(walk.expected, "mprotect changes the rights up to where it stops, and no further");
}

namespace {

Wanted advised_flags(const Policies& policy, VmFlags flags, bool file, Advice advice) {
    switch (advice) {
        case Advice::normal: return {Errno::ok, flags & ~(vm::seq_read | vm::rand_read)};
        case Advice::random: return {Errno::ok, (flags | vm::rand_read) & ~vm::seq_read};
        case Advice::sequential: return {Errno::ok, (flags | vm::seq_read) & ~vm::rand_read};
        case Advice::dontfork: return {Errno::ok, flags | vm::dontcopy};
        case Advice::dofork: {
            const bool refused = (flags & (policy.dofork_not_special ? vm::special : vm::io)) != 0;
            return {refused ? Errno::einval : Errno::ok, flags & ~vm::dontcopy};
        }
        case Advice::wipeonfork:
            return {file || (flags & vm::shared) != 0 ? Errno::einval : Errno::ok, flags | vm::wipeonfork};
        case Advice::keeponfork:
            return {(flags & vm::droppable) != 0 ? Errno::einval : Errno::ok, flags & ~vm::wipeonfork};
        case Advice::dontdump: return {Errno::ok, flags | vm::dontdump};
        case Advice::dodump: {
            const bool device = (flags & vm::special) != 0 && (flags & vm::hugetlb) == 0;
            const bool refused = device || (flags & vm::droppable) != 0;
            return {refused ? Errno::einval : Errno::ok, flags & ~vm::dontdump};
        }
        case Advice::mergeable:
            // Shared, hugetlb, droppable and special memory is left as it is.
            if ((flags & (vm::shared | vm::may_share | vm::hugetlb | vm::droppable | vm::special)) != 0)
                return {Errno::ok, flags};
            return {Errno::ok, flags | vm::mergeable};
        case Advice::unmergeable: return {Errno::ok, flags & ~vm::mergeable};
        case Advice::hugepage: return {Errno::ok, (flags | vm::hugepage) & ~vm::nohugepage};
        case Advice::nohugepage: return {Errno::ok, (flags | vm::nohugepage) & ~vm::hugepage};
        default: break;  // about pages, page_specification.cpp
    }
    return {Errno::einval, flags};
}

// The range of madvise and of mseal.
template <class D>
Errno error_of_range(const Op<D>& op) {
    if (op.addr.offset != 0) return Errno::einval;
    const bool nothing = op.len.page == 0 && op.len.offset == 0;
    if (!nothing && op.len.round_up() >= pages_in_64_bits) return Errno::einval;
    const Number<D> end = op.addr.page + op.len.round_up();
    // Ending exactly at 2^64 wraps to 0, which only a range from 0 does not notice.
    if (end < pages_in_64_bits) return Errno::ok;
    return end == pages_in_64_bits && op.addr.page == 0 ? Errno::ok : Errno::einval;
}

template <class D>
Errno error_of_madvise(const SpecContext<D>& ctx) {
    const Policies& policy = ctx.step.world.profile().policy;
    const Advice advice = ctx.step.op.advice;
    const bool huge = advice == Advice::hugepage || advice == Advice::nohugepage;
    const bool unknown = (huge && !ctx.parameters().thp) ||
                         (populates(advice) && policy.madvise_populate == MadvisePopulate::none) ||
                         (about_guards(advice) && policy.guard_regions == GuardRegions::none) ||
                         (advice == Advice::dontneed_locked && !policy.dontneed_locked);
    return unknown ? Errno::einval : error_of_range(ctx.step.op);
}

}  // namespace

template <class D>
bool seal_keeps(const SpecContext<D>& ctx, const Segment<D>& part, Advice advice) {
    constexpr std::array discards{Advice::dontneed, Advice::dontneed_locked, Advice::free,         Advice::remove,
                                  Advice::dontfork, Advice::wipeonfork,      Advice::guard_install};
    const bool discarded = std::find(discards.begin(), discards.end(), advice) != discards.end();
    if (!sealed(part) || !discarded || (part.flags & vm::write) != 0) return false;
    if ((part.flags & vm::shared) != 0) return false;
    return ctx.step.world.profile().policy.mseal == Mseal::without_file ? !part.file : anonymous(ctx, part);
}

template <class D>
void madvise(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    Errno required = error_of_madvise(ctx);
    const Number<D> end = op.addr.page + op.len.round_up();
    Number<D> at = op.addr.page;
    if (required != Errno::ok || at == end) {
        ctx.require(required);
        ctx.expect(ctx.map_before, "a madvise that is refused, or of nothing, changes nothing");
        return;
    }
    if (populates(op.advice)) return populate_pages<D>(ctx, at, end);
    if (acts_on_pages(op.advice)) return advise_pages<D>(ctx, at, end);
    const Policies& policy = ctx.step.world.profile().policy;
    const Errno full = policy.madvise_full_eagain ? Errno::eagain : Errno::enomem;
    const bool out_of_memory = (ctx.error() == Errno::eagain && ctx.injected()) ||
                               (ctx.error() == full && rules::cut_may_be_refused(ctx.step, ctx.before));
    Walk<D> walk{ctx, ctx.map_before, out_of_memory ? ctx.error() : Errno::ok};
    required = walk_over_holes(ctx, at, end, [&](const auto& part, const Number<D>& from, const Number<D>& to) {
        if (seal_keeps(ctx, part, op.advice)) return Errno::eperm;
        return walk.step(part, from, to, advised_flags(policy, part.flags, static_cast<bool>(part.file), op.advice));
    });
    ctx.require(required);
    ctx.expect(walk.expected, "madvise changes the flags of all that is mapped, up to where it stops");
}

namespace {

template <class D>
bool wholly_mapped(const SpecContext<D>& ctx, Number<D> at, const Number<D>& end) {
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= at) continue;
        if (part.start > at || at >= end) break;
        at = part.end;
    }
    return at >= end;
}

}  // namespace

template <class D>
void mseal(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const bool none = ctx.step.world.profile().policy.mseal == Mseal::none;
    Errno required = none ? Errno::einval : error_of_range(op);
    Number<D> at = op.addr.page;
    const Number<D> end = at + op.len.round_up();
    if (required == Errno::ok && !wholly_mapped<D>(ctx, at, end)) required = Errno::enomem;
    if (required != Errno::ok || at == end) {
        ctx.require(required);
        ctx.expect(ctx.map_before, "an mseal that is refused, or of nothing, changes nothing");
        return;
    }
    const bool may_fail =
        ctx.error() == Errno::enomem && (ctx.injected() || rules::cut_may_be_refused(ctx.step, ctx.before));
    Walk<D> walk{ctx, ctx.map_before, may_fail ? Errno::enomem : Errno::ok};
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= at) continue;
        if (at >= end) break;
        const Number<D> to = part.end < end ? part.end : end;
        required = walk.step(part, at, to, {Errno::ok, part.flags | vm::sealed});
        if (required != Errno::ok) break;
        at = to;
    }
    ctx.require(required);
    ctx.expect(walk.expected, "mseal marks what is mapped, up to where it stops, and changes nothing else");
}

template bool seal_keeps(const SpecContext<Plain>&, const Segment<Plain>&, Advice);
template bool seal_keeps(const SpecContext<Traced>&, const Segment<Traced>&, Advice);
template void mseal(SpecContext<Plain>&);
template void mseal(SpecContext<Traced>&);
template void mprotect(SpecContext<Plain>&);
template void mprotect(SpecContext<Traced>&);
template void madvise(SpecContext<Plain>&);
template void madvise(SpecContext<Traced>&);

}  // namespace vmacheck::specification
