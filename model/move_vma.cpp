#include "model/move_vma.hpp"

#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/faults/chains.hpp"
#include "model/faults/mremap.hpp"
#include "model/file.hpp"
#include "model/file_hooks.hpp"
#include "model/gap_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/merge.hpp"
#include "model/munmap.hpp"
#include "model/page_table.hpp"
#include "model/refusal.hpp"
#include "model/split.hpp"
#include "model/state/function_scope.hpp"
#include "model/vm_area_dup.hpp"

namespace vmacheck {
namespace {

// May the copy merge with the VMA it is a copy of?
enum class SelfMerge : std::uint8_t { allowed, refused };

// The rest of copy_vma where the copy merges with nothing: a duplicate with the same chain, so that the pages that
// move are found through it. None: no memory, and nothing has changed.
template <class D>
VmaId duplicate(World<D>& world, VmaId source, VmaId prev, const Number<D>& start, const Number<D>& len,
                const Number<D>& pgoff) {
    // The copy has the anon_vma before its chain is cloned, which then becomes an exact copy.
    const VmaId id = vm_area_dup(world, source, AllocSite::copy_vma_vma);
    if (!id) return {};
    Vma<D>& copy = world.change(id);
    const auto place = [&] {
        copy.start = start;  // its final range, which is its key in the interval trees
        copy.end = start + len;
        copy.pgoff = pgoff;
    };
    const bool late = world.has_fault(faults::av_mremap_stale_key);
    if (!late) place();
    if (vma_dup_policy(world, source, id, AllocSite::copy_vma_policy) != Errno::ok) {
        world.free(id);
        return {};
    }
    if (anon_vma_clone(world, id, source) != Errno::ok) {
        mpol_put(world, copy.policy);
        world.free(id);
        return {};
    }
    if (late) place();
    if (copy.file) get_file(world, copy.file);
    vma_open(world, id);
    link_into_mm(world, id, prev);
    link_file_vma_locked(world, id);
    ++world.change(copy.mm).map_count;
    world.emit(Event::vma_created, id.raw());
    return id;
}

// Would the merge take in the source?
template <class D>
bool merges_with(const World<D>& world, const MergeRequest<D>& request, VmaId source) {
    const MergeDecision<D> decision = decide_merge(world, request);
    if (decision.which == MergeCase::none) return false;
    return decision.survivor == source ||
           (decision.which == MergeCase::case1 && world[decision.survivor].next == source);
}

// copy_vma. Private anonymous memory that never had a page takes the offset of its new address, and so may merge there,
// even with its own source: *source is then the VMA that both have become.
template <class D>
VmaId copy_vma(World<D>& world, VmaId* source, const Move<D>& move, SelfMerge self_merge) {
    const FunctionScope scope(world, "copy_vma");
    const Vma<D>& vma = world[*source];
    const MmId mm = vma.mm;
    const bool rebase = vma_is_anonymous(vma) && !faulted(vma);
    const Number<D> pgoff = rebase ? move.to : linear_page_index(vma, move.start);
    const VmaId next = find_vma(world, mm, move.to);
    const VmaId prev = prev_of(world, mm, next);
    MergeRequest<D> request{mm, prev, move.to, move.to + move.new_len, vma.flags, vma.anon_vma, vma.file, pgoff};
    request.policy = policy_content(world, vma.policy);
    request.anon_name = vma.anon_name;
    const bool strict = world.profile().policy.anon_merge != AnonMergeRule::loose_moves;
    if (!strict) request.copied_from = *source;
    const DontunmapApart rule = move.dontunmap ? world.profile().policy.dontunmap_apart : DontunmapApart::no;
    if (rule != DontunmapApart::no) request.apart_from = *source;
    const bool touches_source = vma.end == request.start || vma.start == request.end;
    const bool alone = rule == DontunmapApart::alone && rebase && touches_source;
    if (world.has_fault(faults::uffd_remap_neighbour))
        request.uffd = vma.uffd;
    else
        request.flags &= ~vm::uffd;  // as it will be once it has moved
    const Number<D> source_start = vma.start;
    const bool may_merge = !alone && (self_merge == SelfMerge::allowed || !merges_with(world, request, *source));
    if (may_merge) {
        if (const VmaId merged = vma_merge(world, request)) {
            if (source_start >= world[merged].start && source_start < world[merged].end) {
                world.bug_on(!rebase, "a faulted VMA merged with its own copy");
                *source = merged;
            }
            return merged;
        }
    }
    return duplicate(world, *source, prev, move.to, move.new_len, pgoff);
}

// mremap_userfaultfd_prep: without the remap event, which is not modelled, what has moved is no longer registered. As
// shipped the VMA may have been a registered one that the range was merged into.
template <class D>
void drop_userfaultfd(World<D>& world, VmaId copy) {
    if (world[copy].uffd == 0) return;
    world.change(copy).uffd = 0;
    world.change(copy).flags &= ~vm::uffd;
    world.emit(Event::flags_changed, copy.raw());
}

// The pages whose mapping goes, and the VMA they lie in.
template <class D>
struct Leaving {
    VmaId vma;
    Number<D> start;
    Number<D> len;
    Number<D> charged;  // for the other range, to which the charge has passed
};

// MREMAP_DONTUNMAP: the old range stays, without pages, without locks, and charged for a second time (by the caller,
// where the commit limit is asked).
template <class D>
void keep_old_range(World<D>& world, const Move<D>& move, VmaId source, VmaId copy, VmFlags flags) {
    const Vma<D>& vma = world[source];
    if ((flags & vm::account) != 0) {
        if (world.has_fault(faults::dontunmap_no_limit_check)) charge_commit_unchecked(world, move.new_len);
        // As shipped it takes a range inside the VMA for one that an unmap has cut in two, and the VMA that follows for
        // the second piece.
        const bool inside = move.start > vma.start && move.start + move.old_len < vma.end;
        if (inside && source != copy && world.has_fault(faults::dontunmap_account_next))
            world.change(vma.next).flags |= vm::account;
    }
    // locked_vm stays: what the copy has gained, the source loses.
    if ((vma.flags & (vm::locked | vm::lockonfault)) != 0)
        world.change(source).flags &= ~(vm::locked | vm::lockonfault);
    // All its pages have left, so none has to be found through it.
    const bool whole = move.start == vma.start && move.start + move.old_len == vma.end;
    if (whole && source != copy && in_anon_vmas(vma) && world.profile().policy.dontunmap_unfaults) {
        unlink_anon_vmas(world, source);
        world.change(source).anon_vma = {};
    }
    const bool rebased = world.profile().policy.dontunmap_apart != DontunmapApart::no;
    if (rebased && whole && source != copy && vma_is_anonymous(vma) && !vma.file)
        world.change(source).pgoff = vma.start;
}

// Gives VM_ACCOUNT back to what is left of [start, end), from the VMA on.
template <class D>
void restore_account(World<D>& world, VmaId first, const Number<D>& end) {
    for (VmaId each = first; each && world[each].start < end; each = world[each].next)
        world.change(each).flags |= vm::account;
}

// Unmaps the range whose charge has passed to the other one: VM_ACCOUNT is hidden from the unmap and put back on the
// pieces that stay. An old range of no pages cannot be unmapped, which counts as a failure.
template <class D>
void unmap_old_range(World<D>& world, const Leaving<D>& leaving, VmFlags flags) {
    const MmId mm = world[leaving.vma].mm;
    const Number<D> start = world[leaving.vma].start;
    const Number<D> end = world[leaving.vma].end;
    const bool accounted = (flags & vm::account) != 0;
    if (accounted) world.change(leaving.vma).flags &= ~vm::account;
    const bool gone = leaving.len > 0 && do_munmap(world, mm, leaving.start, leaving.len) == Errno::ok;
    if (!accounted) return;
    const Number<D> excess = end - start - leaving.len;
    if (gone) {
        if (excess == 0) return;  // nor is there a VMA any more
        world.change(leaving.vma).flags |= vm::account;
        const bool cut_in_two = leaving.start > start && leaving.start + leaving.len < end;
        if (cut_in_two) world.change(world[leaving.vma].next).flags |= vm::account;
    } else if (world.has_fault(faults::movevma_munmap_fail_acct)) {
        if (excess > 0) uncharge_commit(world, excess);
    } else {
        const bool by_other = world.has_fault(faults::movevma_munmap_fail_growth);
        if (leaving.len > 0) charge_commit_unchecked(world, by_other ? leaving.charged : leaving.len);
        restore_account(world, leaving.vma, end);
    }
}

// Makes the old range of a locked VMA a separate VMA, so that unlocking it unlocks nothing else.
template <class D>
Errno isolate(World<D>& world, const Move<D>& move) {
    const Vma<D>& vma = world[move.vma];
    const Number<D> end = move.start + move.old_len;
    if (move.start > vma.start && split_vma(world, move.vma, move.start, NewPart::below) != Errno::ok)
        return Errno::enomem;
    if (end < vma.end && split_vma(world, move.vma, end, NewPart::above) != Errno::ok) return Errno::enomem;
    return Errno::ok;
}

// Whether the old range could be cut out of its VMA, checked before anything is moved; v5.10 as shipped
// does not check.
template <class D>
Errno may_cut_out(const World<D>& world, const Move<D>& move) {
    if (world.has_fault(faults::mremap_split_unchecked)) return Errno::ok;
    const Vma<D>& vma = world[move.vma];
    const Number<D> end = move.start + move.old_len;
    if (move.start != vma.start)
        if (const Errno error = may_split(world, vma, move.start); error != Errno::ok) return error;
    return end != vma.end ? may_split(world, vma, end) : Errno::ok;
}

}  // namespace

template <class D>
Errno begin_move(World<D>& world, const Move<D>& move) {
    const MmId mm = world[move.vma].mm;
    // The unmap may cut the source in three, and the copy is one more.
    const std::uint64_t count = world[mm].map_count;
    const std::uint64_t limit = world.parameters().max_map_count;
    const bool by_two = world.profile().policy.mremap_counts_first;
    if (by_two ? count + 2 > limit : count + 3 >= limit) return map_count_refuses(world, mm, by_two ? 2 : 3);
    if (const Errno error = may_cut_out(world, move); error != Errno::ok) return error;
    const bool keeps_locked = move.dontunmap && (world[move.vma].flags & vm::locked) != 0;
    return keeps_locked && !world.has_fault(faults::dontunmap_locked_partial) ? isolate(world, move) : Errno::ok;
}

template <class D>
Errno move_vma(World<D>& world, const Move<D>& move, bool* locked) {
    const FunctionScope scope(world, "move_vma");
    const MmId mm = world[move.vma].mm;
    const VmFlags flags = world[move.vma].flags;
    if (const Errno error = begin_move(world, move); error != Errno::ok) return error;
    const bool keeps_locked = move.dontunmap && (flags & vm::locked) != 0;
    const bool apart = keeps_locked && !world.has_fault(faults::dontunmap_locked_selfmerge);

    VmaId source = move.vma;
    const VmaId copy = copy_vma(world, &source, move, apart ? SelfMerge::refused : SelfMerge::allowed);
    if (!copy) return Errno::enomem;
    world.let_others_run(mm);
    Errno error = move_page_tables(world, mm, move.start, move.to, move.old_len);
    world.let_others_run(mm);
    if (error == Errno::ok) {
        error = may_move(world, world[copy]);
        // Back again; the page tables of the old range are still there.
        if (error != Errno::ok) move_page_tables_back(world, mm, move.to, move.start, move.old_len);
    }
    if (error == Errno::ok) drop_userfaultfd(world, copy);
    // The unmap below sees both ranges mapped; that is no peak to remember.
    const Number<D> hiwater_vm = world[mm].hiwater_vm;
    vm_stat_account(world, mm, flags, move.new_len, true);
    if (error == Errno::ok && move.dontunmap) {
        keep_old_range(world, move, source, copy, flags);
        if ((flags & vm::locked) != 0 && world.has_fault(faults::dontunmap_locked_double))
            world.change(mm).locked_vm += move.new_len;
    } else {
        Leaving<D> leaving{source, move.start, move.old_len, move.new_len};
        if (error != Errno::ok) leaving = {copy, move.to, move.new_len, move.new_len};  // the new range goes instead
        // Counted before the unmap takes as many away: the kernel adds them after it, through an unsigned wrap where
        // the new range is what goes.
        if ((flags & vm::locked) != 0) {
            world.change(mm).locked_vm += move.new_len;
            *locked = true;
        }
        unmap_old_range(world, leaving, flags);
    }
    world.change(mm).hiwater_vm = hiwater_vm;
    return error;
}

template Errno begin_move(World<Plain>&, const Move<Plain>&);
template Errno begin_move(World<Traced>&, const Move<Traced>&);
template Errno move_vma(World<Plain>&, const Move<Plain>&, bool*);
template Errno move_vma(World<Traced>&, const Move<Traced>&, bool*);

}  // namespace vmacheck
