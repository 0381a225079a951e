// The eight cases. P is the VMA below the range, N the one at or above it, X the one after N; AAAA is the range.
// The result is below each picture.
//
//     AAAA                  AAAA            AAAA              AAAA                AAAA
//   PPPPPPNNNNNN      PPPPPPNNNNNN      PPPP....NNNN      PPPP....NNNN        PPPPNNNNXXXX
//   case 4: tail      case 5: head      case 1: hole,     case 2: P grows     case 6: P takes all
//   of P, N takes it  of N, P takes it  P takes N too     case 3: N grows     case 7: P takes N
//   PPNNNNNNNNNN      PPPPPPPPPPNN      PPPPPPPPPPPP      down                case 8: X takes N
//
//   case  range is            joins     survivor  freed
//    1    hole                P and N   P         N
//    2    hole                P         P         -
//    3    hole                N         N         -
//    4    tail of P           N         N         -      (P shrinks)
//    5    head of N           P         P         -      (N shrinks)
//    6    all of N            P and X   P         N, X
//    7    all of N            P         P         N
//    8    all of N            X         X         N
//
// In case 8 it must be X that survives: between the unlock of the rmap locks and the caller's update of the flags, a
// walker may look at any page of the result, and X alone already has the right flags for its own pages and those it
// took over.
#include "model/merge.hpp"

#include "model/adjust.hpp"
#include "model/anon_vma.hpp"
#include "model/faults/chains.hpp"
#include "model/faults/merge.hpp"
#include "model/mempolicy.hpp"
#include "model/merge_refusal.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// The VMAs around the range.
struct Neighbours {
    VmaId area;        // N: the first VMA that ends above the range's start
    VmaId next;        // what a merge upwards would join: N, or X where the range covers all of N
    bool covers_area;  // the range is all of N
};

template <class D>
Neighbours neighbours(const World<D>& world, const MergeRequest<D>& request) {
    const VmaId area = request.prev ? world[request.prev].next : world[request.mm].mmap;
    if (!area) return {area, area, false};
    const Vma<D>& vma = world[area];
    const bool covers_area = vma.end == request.end;
    return {area, covers_area ? vma.next : area, covers_area};
}

template <class D>
MergeCase case_into_prev(const World<D>& world, const MergeRequest<D>& request, const Neighbours& around,
                         bool and_next) {
    if (and_next) return around.covers_area ? MergeCase::case6 : MergeCase::case1;
    if (around.covers_area) return MergeCase::case7;
    const bool overlaps_area = around.area && world[around.area].start < request.end;
    return overlaps_area ? MergeCase::case5 : MergeCase::case2;
}

template <class D>
MergeCase case_into_next(const World<D>& world, const MergeRequest<D>& request, const Neighbours& around) {
    if (request.prev && request.start < world[request.prev].end) return MergeCase::case4;
    return around.covers_area ? MergeCase::case8 : MergeCase::case3;
}

// The request to __vma_adjust in each case.
template <class D>
Adjustment<D> adjustment(const World<D>& world, const MergeRequest<D>& request, const MergeDecision<D>& decision,
                         VmaId next) {
    const VmaId survivor = decision.survivor;
    const Vma<D>& kept = world[survivor];
    switch (decision.which) {
        case MergeCase::case1:
        case MergeCase::case6: return {survivor, kept.start, world[next].end, kept.pgoff, {}, survivor};
        case MergeCase::case2:
        case MergeCase::case5:
        case MergeCase::case7: return {survivor, kept.start, request.end, kept.pgoff, {}, survivor};
        case MergeCase::case4: {
            const Vma<D>& prev = world[request.prev];
            return {request.prev, prev.start, request.start, prev.pgoff, {}, survivor};
        }
        case MergeCase::case8: {
            if (request.old_case8) return {survivor, kept.start, world[next].end, kept.pgoff, {}, survivor};
            // Called on the VMA that disappears; __vma_adjust finds that the one to keep is next, and swaps the roles.
            const Number<D> pgoff = kept.pgoff - (request.end - request.start);
            return {kept.prev, request.start, kept.end, pgoff, {}, survivor};
        }
        case MergeCase::case3: {
            Number<D> pgoff = kept.pgoff - (request.end - request.start);
            if (world.has_fault(faults::merge_case3_pgoff)) pgoff = kept.pgoff;
            return {survivor, request.start, kept.end, pgoff, {}, survivor};
        }
        case MergeCase::none: break;
    }
    internal_assertion_failed("no merge case to adjust for");
}

// The fault of that name: the VMA below has ->close, but is not the one that will be removed; the one at the range is.
template <class D>
bool case7_forgets_close(const World<D>& world, const MergeRequest<D>& request) {
    const Vma<D>& prev = world[request.prev];
    return world.has_fault(faults::merge_case7_close) && prev.ops == VmOps::close && prev.file == request.file &&
           prev.uffd == request.uffd && prev.anon_name == request.anon_name &&
           ((prev.flags ^ request.flags) & ~vm::sticky) == 0 && prev.pgoff + pages(prev) == request.pgoff &&
           is_mergeable_anon_vma(world, request.anon_vma, prev.anon_vma, request.prev);
}

// The VMA whose anon_vma the range has.
template <class D>
VmaId origin_of(const MergeRequest<D>& request) {
    return request.part_of ? request.part_of : request.copied_from;
}

// can_merge_remove_vma: a VMA with ->close is never removed by a merge.
template <class D>
bool removable(const World<D>& world, VmaId id) {
    return world[id].ops != VmOps::close;
}

// What a merge finds out about the two sides of the range.
template <class D>
struct Sides {
    bool joins_prev = false;
    bool joins_next = false;
    bool together = false;  // and P and N (or X) may be one VMA
};

template <class D>
Sides<D> sides_of(const World<D>& world, const MergeRequest<D>& request, const Neighbours& around) {
    const VmaId prev = request.prev;
    const VmaId next = around.next;
    // The first check that reads what a neighbour is, as opposed to where.
    const auto same_policy = [&](VmaId id) {
        read_attribute<D>(id.index());
        return policy_content(world, world[id].policy) == request.policy;
    };
    Sides<D> sides;
    sides.joins_prev =
        prev && prev != request.apart_from && world[prev].end == request.start && same_policy(prev) &&
        (can_vma_merge_after(world, request, prev) || (around.covers_area && case7_forgets_close(world, request)));
    sides.joins_next = next && next != request.apart_from && world[next].start == request.end && same_policy(next) &&
                       can_vma_merge_before(world, request, next);
    // That each fits does not mean that the two fit together: they may have different anon_vmas.
    sides.together = sides.joins_prev && sides.joins_next &&
                     is_mergeable_anon_vma(world, world[prev].anon_vma, world[next].anon_vma, VmaId());
    return sides;
}

// vma_merge of v5.10.
template <class D>
MergeDecision<D> decide_eight_cases(const World<D>& world, const MergeRequest<D>& request, const Neighbours& around) {
    const Sides<D> sides = sides_of(world, request, around);
    if (sides.joins_prev) {
        const MergeCase which = case_into_prev(world, request, around, sides.together);
        if (which == MergeCase::case5 && world.has_fault(faults::merge_case5_never)) return {};
        return {which, request.prev};
    }
    if (sides.joins_next) {
        const MergeCase which = case_into_next(world, request, around);
        return {which, which == MergeCase::case8 && request.old_case8 ? around.area : around.next};
    }
    return {};
}

// vma_merge_new_range and vma_merge_existing_range of 6.12: the same cases, where a VMA with ->close may take part as
// long as it is not removed.
template <class D>
MergeDecision<D> decide_by_removal(const World<D>& world, const MergeRequest<D>& request, const Neighbours& around) {
    Sides<D> sides = sides_of(world, request, around);
    const bool removes_area = around.covers_area && (sides.joins_prev || sides.joins_next);
    if (removes_area && !removable(world, around.area)) return {};
    if (sides.together && !removable(world, around.next)) sides.together = false;
    if (sides.joins_prev) return {case_into_prev(world, request, around, sides.together), request.prev};
    if (sides.joins_next) return {case_into_next(world, request, around), around.next};
    return {};
}

// mmap_region of 6.1: the VMA above, and then the one below if it fits the anon_vma of that one; or the one below.
template <class D>
MergeDecision<D> decide_next_first(const World<D>& world, const MergeRequest<D>& request, const Neighbours& around) {
    const VmaId prev = request.prev;
    const VmaId next = around.next;
    const auto same_policy = [&](VmaId id) {
        read_attribute<D>(id.index());
        return policy_content(world, world[id].policy) == request.policy;
    };
    const bool joins_next =
        next && world[next].start == request.end && same_policy(next) && can_vma_merge_before(world, request, next);
    MergeRequest<D> with_next = request;
    if (joins_next) with_next.anon_vma = world[next].anon_vma;
    const bool joins_prev =
        prev && world[prev].end == request.start && same_policy(prev) && can_vma_merge_after(world, with_next, prev);
    if (joins_prev) return {joins_next ? MergeCase::case1 : MergeCase::case2, prev};
    if (joins_next) return {MergeCase::case3, next};
    return {};
}

// do_brk_flags of 6.1.
template <class D>
MergeDecision<D> decide_prev_only(const World<D>& world, const MergeRequest<D>& request) {
    const VmaId prev = request.prev;
    if (!prev || world[prev].end != request.start) return {};
    read_attribute<D>(prev.index());
    if (policy_content(world, world[prev].policy) != request.policy) return {};
    if (!can_vma_merge_after(world, request, prev)) return {};
    return {MergeCase::case2, prev};
}

// VM_STICKY since 6.19: what one of those that a merge joins has, the one that it leaves has too.
template <class D>
VmFlags sticky_flags(const World<D>& world, const MergeRequest<D>& request, const MergeDecision<D>& decision,
                     VmaId next) {
    if (!keeps_sticky_flags(world.profile().policy) || world.has_fault(faults::merge_drops_sticky)) return 0;
    const bool both = decision.which == MergeCase::case1 || decision.which == MergeCase::case6;
    const VmFlags flags = request.flags | (both ? world[next].flags : 0);
    return flags & vm::sticky;
}

// What vma_merge asserts of its caller's range. The numbers are compared as they are: no assertion is a branch that a
// solver should negate.
template <class D>
void check_request(const World<D>& world, const MergeRequest<D>& request) {
    const VmaId prev = request.prev;
    const VmaId area = prev ? world[prev].next : world[request.mm].mmap;
    const std::uint64_t start = request.start.value();
    const std::uint64_t end = request.end.value();
    world.bug_on(prev && start <= world[prev].start.value(),
                 "the VMA below a range to merge starts inside or above it");
    world.bug_on(area && end > world[area].end.value(), "a range to merge passes the end of its VMA");
    world.bug_on(start >= end, "a range to merge is empty");
}

// dup_anon_vma for what is copied: a survivor without an anon_vma takes over the chain of the source, through which the
// pages that are about to move are found. enomem, and nothing has changed.
template <class D>
Errno import_from_source(World<D>& world, const MergeRequest<D>& request, VmaId survivor) {
    const VmaId source = request.copied_from;
    if (world.has_fault(faults::av_mremap_faulted_unfaulted)) return Errno::ok;
    if (!source || !faulted(world[source]) || faulted(world[survivor])) return Errno::ok;
    // Set first, as where a merge imports the chain of a VMA that it removes.
    world.change(survivor).anon_vma = world[source].anon_vma;
    if (anon_vma_clone(world, survivor, source) != Errno::ok) return Errno::enomem;
    world.emit(Event::chain_imported, survivor.raw(), source.raw());
    return Errno::ok;
}

}  // namespace

template <class D>
bool is_mergeable_vma(const World<D>& world, const Vma<D>& vma, const MergeRequest<D>& request) {
    if (((vma.flags ^ request.flags) & ~vm::sticky) != 0 || vma.file != request.file) return false;
    if (vma.uffd != request.uffd) return false;
    if (vma.ops == VmOps::close && !world.profile().policy.close_merges) return false;
    switch (world.profile().policy.anon_names) {
        case AnonNames::none: return true;
        case AnonNames::without_file: return vma.anon_name == request.anon_name;  // anon_vma_name_eq
    }
    return true;
}

template <class D>
bool is_mergeable_anon_vma(const World<D>& world, AnonVmaId a, AnonVmaId b, VmaId vma, VmaId part_of) {
    if (a == b) return true;
    if (a && b) return false;
    if (!vma || chain_singular(world[vma])) return true;
    switch (world.profile().policy.anon_merge) {
        case AnonMergeRule::strict: return false;
        // The neighbour takes over the chain of the range, which must be all there is to say about its pages.
        case AnonMergeRule::loose: return a && part_of && chain_singular(world[part_of]);
        case AnonMergeRule::loose_moves: return a && (!part_of || chain_singular(world[part_of]));
    }
    return false;
}

template <class D>
bool can_vma_merge_after(const World<D>& world, const MergeRequest<D>& request, VmaId id) {
    const Vma<D>& vma = world[id];
    return is_mergeable_vma(world, vma, request) &&
           is_mergeable_anon_vma(world, request.anon_vma, vma.anon_vma, id, origin_of(request)) &&
           (vma.pgoff + pages(vma) == request.pgoff ||
            (vma_is_anonymous(vma) && world.has_fault(faults::merge_pgoff_ignored)));
}

template <class D>
bool can_vma_merge_before(const World<D>& world, const MergeRequest<D>& request, VmaId id) {
    const Vma<D>& vma = world[id];
    return is_mergeable_vma(world, vma, request) &&
           is_mergeable_anon_vma(world, request.anon_vma, vma.anon_vma, id, origin_of(request)) &&
           vma.pgoff == request.pgoff + (request.end - request.start);
}

template <class D>
MergeDecision<D> decide_merge(const World<D>& world, const MergeRequest<D>& request) {
    if ((request.flags & vm::special) != 0) return {};
    if (request.policy != 0 && world.has_fault(faults::merge_policy_never)) return {};
    const Neighbours around = neighbours(world, request);
    switch (request.rule) {
        case MergeRule::all:
            return world.profile().policy.close_merges ? decide_by_removal(world, request, around)
                                                       : decide_eight_cases(world, request, around);
        case MergeRule::next_first: return decide_next_first(world, request, around);
        case MergeRule::prev_only: return decide_prev_only(world, request);
    }
    return {};
}

template <class D>
VmaId vma_merge(World<D>& world, const MergeRequest<D>& request, bool* no_memory) {
    const FunctionScope scope(world, "vma_merge");
    if ((request.flags & vm::special) == 0) check_request(world, request);
    const MergeDecision<D> decision = decide_merge(world, request);
    read_attribute<D>(PathRecorder::answered);
    if (decision.which != MergeCase::none) {
        const VmaId next = neighbours(world, request).next;
        const Adjustment<D> change = adjustment(world, request, decision, next);
        const VmFlags sticky = sticky_flags(world, request, decision, next);
        if (import_from_source(world, request, decision.survivor) == Errno::ok &&
            vma_adjust(world, change) == Errno::ok) {
            if (const VmFlags kept = world[decision.survivor].flags; (sticky & ~kept) != 0)
                world.change(decision.survivor).flags = kept | sticky;
            const int number = static_cast<int>(decision.which);
            world.emit(static_cast<Event>(static_cast<int>(Event::merge_case_1) + number - 1), decision.survivor.raw());
            return decision.survivor;
        }
        if (no_memory != nullptr) *no_memory = true;
    }
    world.emit(Event::merge_refused, request.prev.raw());
    if (decision.which == MergeCase::none && world.keeps_refusals())
        keep_merge_refusals(world, request, neighbours(world, request).next);
    return {};
}

template bool is_mergeable_vma(const World<Plain>&, const Vma<Plain>&, const MergeRequest<Plain>&);
template bool is_mergeable_anon_vma(const World<Plain>&, AnonVmaId, AnonVmaId, VmaId, VmaId);
template bool can_vma_merge_after(const World<Plain>&, const MergeRequest<Plain>&, VmaId);
template bool can_vma_merge_before(const World<Plain>&, const MergeRequest<Plain>&, VmaId);
template MergeDecision<Plain> decide_merge(const World<Plain>&, const MergeRequest<Plain>&);
template VmaId vma_merge(World<Plain>&, const MergeRequest<Plain>&, bool*);
template bool is_mergeable_vma(const World<Traced>&, const Vma<Traced>&, const MergeRequest<Traced>&);
template bool is_mergeable_anon_vma(const World<Traced>&, AnonVmaId, AnonVmaId, VmaId, VmaId);
template bool can_vma_merge_after(const World<Traced>&, const MergeRequest<Traced>&, VmaId);
template bool can_vma_merge_before(const World<Traced>&, const MergeRequest<Traced>&, VmaId);
template MergeDecision<Traced> decide_merge(const World<Traced>&, const MergeRequest<Traced>&);
template VmaId vma_merge(World<Traced>&, const MergeRequest<Traced>&, bool*);

}  // namespace vmacheck
