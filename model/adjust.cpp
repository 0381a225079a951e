#include "model/adjust.hpp"

#include "model/anon_vma.hpp"
#include "model/faults/chains.hpp"
#include "model/faults/merge.hpp"
#include "model/faults/trees.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// What becomes of the VMA that follows, decided before anything is changed.
//
//   remove 1   vma absorbs next               (merge cases 1 and 7)
//   remove 2   vma absorbs next and the one after it, in two passes (case 6)
//   remove 3   next absorbs vma: roles are swapped, the *right* one survives (case 8)
//   moved      the boundary between vma and next moves up or down (cases 5 and 4)
template <class D>
struct Plan {
    VmaId vma;   // survives with [start, end)
    VmaId next;  // absorbed if remove, moved at its start if moved_up or moved_down
    Number<D> end;
    int remove = 0;
    Number<D> moved_up;    // pages by which next.start rises
    Number<D> moved_down;  // pages by which next.start falls
    bool boundary_moves = false;
    VmaId exporter;  // whose pages pass to the importer
    VmaId importer;
};

// What __vma_adjust asserts of a request that moves into the VMA that follows or out of it: the VMA to keep is the one
// that grows. Decided by the concrete numbers: no path of the solver hangs on it.
template <class D>
void check_expand(const World<D>& world, const Adjustment<D>& a, VmaId grows) {
    world.bug_on(a.expand != grows, "the VMA that a merge keeps is not the one that grows");
}

// Cases 1 and 6 to 8: the range ends where a VMA does, and what case 8 joins is of one file.
template <class D>
void check_removal(const World<D>& world, const Adjustment<D>& a, const Vma<D>& next) {
    const std::uint64_t end = a.end.value();
    if (a.expand == world[a.vma].next) {
        world.bug_on(end != next.end.value(), "the VMA that case 8 keeps ends elsewhere than the range");
        world.bug_on(world[a.vma].file != next.file, "case 8 joins VMAs of two files");
        return;
    }
    check_expand(world, a, a.vma);
    world.bug_on(end > next.end.value() && (!next.next || end != world[next.next].end.value()),
                 "case 6 ends elsewhere than the second VMA that it removes");
}

template <class D>
Plan<D> classify(const World<D>& world, const Adjustment<D>& a) {
    const Vma<D>& vma = world[a.vma];
    Plan<D> plan{.vma = a.vma, .next = vma.next, .end = a.end};
    if (!plan.next || a.insert) return plan;  // a split never touches its neighbour
    const Vma<D>& next = world[plan.next];
    if (a.end >= next.end) {
        check_removal(world, a, next);
        if (plan.next == a.expand) {
            plan.remove = 3;
            std::swap(plan.vma, plan.next);
        } else {
            plan.remove = a.end > next.end ? 2 : 1;
            plan.end = next.end;
        }
        plan.exporter = plan.next;
        plan.importer = plan.vma;
        // In case 6 next may be unfaulted while the one after it brings the chain.
        if (plan.remove == 2 && !faulted(next)) plan.exporter = next.next;
    } else if (a.end > next.start) {
        plan.boundary_moves = true;
        plan.moved_up = a.end - next.start;
        plan.exporter = plan.next;
        plan.importer = plan.vma;
        check_expand(world, a, plan.importer);
    } else if (a.end < vma.end) {
        plan.boundary_moves = true;
        plan.moved_down = vma.end - a.end;
        plan.exporter = world.has_fault(faults::av_chain_wrong_exporter) ? plan.next : plan.vma;
        plan.importer = plan.next;
        check_expand(world, a, plan.importer);
    }
    return plan;
}

template <class D>
Errno import_chain(World<D>& world, const Plan<D>& plan) {
    if (!plan.exporter) return Errno::ok;
    const AnonVmaId anon_vma = world[plan.exporter].anon_vma;
    if (!anon_vma || faulted(world[plan.importer])) return Errno::ok;
    if (plan.remove == 2 && world.has_fault(faults::adjust_case6_no_import)) return Errno::ok;
    // Set first: anon_vma_clone takes a destination without anon_vma for a fork, and would not count it.
    const bool late = world.has_fault(faults::av_degree_import_order);
    if (!late) world.change(plan.importer).anon_vma = anon_vma;
    // Page faults that hold the VMA's own lock, which a later kernel takes too late here.
    if (world.has_fault(faults::av_dup_before_lock)) world.let_others_run();
    if (anon_vma_clone(world, plan.importer, plan.exporter) != Errno::ok) return Errno::enomem;
    if (late) world.change(plan.importer).anon_vma = anon_vma;
    world.emit(Event::chain_imported, plan.importer.raw(), plan.exporter.raw());
    return Errno::ok;
}

// __insert_vm_struct: the piece of a split fits between the VMA below and the one above.
template <class D>
void check_room(const World<D>& world, VmaId insert, VmaId prev) {
    const Vma<D>& piece = world[insert];
    const VmaId next = prev ? world[prev].next : world[piece.mm].mmap;
    world.bug_on((prev && world[prev].end.value() > piece.start.value()) ||
                     (next && world[next].start.value() < piece.end.value()),
                 "the piece of a split overlaps another VMA");
}

// Phases B to D of one pass: out of the interval trees, change the numbers, back in, and repair what depends on them.
template <class D>
void move_boundaries(World<D>& world, const Adjustment<D>& a, const Plan<D>& plan) {
    const Vma<D>& vma = world[plan.vma];
    const AddressSpaceId mapping = vma.file ? world[vma.file].mapping : AddressSpaceId();
    if (mapping) {
        world.emit(Event::i_mmap_lock, mapping.raw());
        if (a.insert) link_file_vma(world, a.insert);  // already has its final range
    }
    AnonVmaId anon_vma = vma.anon_vma;
    if (!anon_vma && plan.boundary_moves) anon_vma = world[plan.next].anon_vma;
    const bool next_avcs = plan.boundary_moves && !world.has_fault(faults::adjust_next_avc_key_stale);
    if (anon_vma) {
        world.bug_on(plan.boundary_moves && faulted(world[plan.next]) && world[plan.next].anon_vma != anon_vma,
                     "a boundary moves between VMAs of different anon_vmas");
        world.emit(Event::anon_vma_lock, world[anon_vma].root.raw());
        anon_vma_interval_tree_pre_update_vma(world, plan.vma);
        if (next_avcs) anon_vma_interval_tree_pre_update_vma(world, plan.next);
    }
    const bool own_key = mapping && !world.has_fault(faults::adjust_i_mmap_key_stale);
    if (mapping) {
        if (own_key) i_mmap_remove(world, plan.vma, mapping);
        if (plan.boundary_moves) i_mmap_remove(world, plan.next, mapping);
    }

    const bool start_changed = vma.start != a.start;
    const bool end_changed = vma.end != plan.end;
    Vma<D>& moved = world.change(plan.vma);
    moved.start = a.start;
    moved.end = plan.end;
    moved.pgoff = a.pgoff;
    if (plan.boundary_moves) {
        Vma<D>& next = world.change(plan.next);
        next.start = next.start + plan.moved_up - plan.moved_down;
        next.pgoff = next.pgoff + plan.moved_up - plan.moved_down;
        world.emit(Event::boundary_moved, plan.vma.raw(), plan.next.raw());
    }

    if (mapping) {
        if (plan.boundary_moves) i_mmap_insert(world, plan.next, mapping);
        if (own_key) i_mmap_insert(world, plan.vma, mapping);
    }
    if (plan.remove != 0) {
        unlink_from_mm(world, plan.next);
        if (mapping) unlink_file_vma(world, plan.next);
    } else if (a.insert) {
        const bool below = world[a.insert].end == vma.start;
        const VmaId prev = below ? vma.prev : plan.vma;
        check_room(world, a.insert, prev);
        link_into_mm(world, a.insert, prev);
        ++world.change(vma.mm).map_count;
    } else {
        if (start_changed) vma_gap_update(world, plan.vma);
        if (end_changed) {
            if (!vma.next) {
                if (!world.has_fault(faults::adjust_highest_not_raised))
                    world.change(vma.mm).highest_vm_end = vm_end_gap(vma, world.parameters().stack_guard_gap);
            } else if (!plan.boundary_moves && !world.has_fault(faults::adjust_gap_not_updated)) {
                vma_gap_update(world, vma.next);
            }
        }
    }
    if (anon_vma) {
        anon_vma_interval_tree_post_update_vma(world, plan.vma);
        if (next_avcs) anon_vma_interval_tree_post_update_vma(world, plan.next);
        world.emit(Event::anon_vma_unlock, world[anon_vma].root.raw());
    }
    if (mapping) world.emit(Event::i_mmap_unlock, mapping.raw());
    world.let_others_run(vma.mm);
}

// Phase E: the absorbed VMA goes. It is not closed: a VMA with ->close never gets here.
template <class D>
void free_absorbed(World<D>& world, const Plan<D>& plan) {
    const Vma<D>& victim = world[plan.next];
    world.emit(Event::vma_removed, plan.vma.raw(), plan.next.raw());
    if (victim.file) fput(world, victim.file);
    if (faulted(victim)) anon_vma_merge(world, plan.vma, plan.next);
    if (!world.has_fault(faults::merge_map_count_kept)) --world.change(victim.mm).map_count;
    if (victim.policy) mpol_put(world, victim.policy);
    world.free(plan.next);
}

}  // namespace

template <class D>
Errno vma_adjust(World<D>& world, const Adjustment<D>& adjustment) {
    const FunctionScope scope(world, "__vma_adjust");
    Plan<D> plan = classify(world, adjustment);
    if (import_chain(world, plan) != Errno::ok) return Errno::enomem;
    for (;;) {
        move_boundaries(world, adjustment, plan);
        if (plan.remove == 0) return Errno::ok;
        free_absorbed(world, plan);

        // The VMA that follows now has another predecessor, so its gap changes.
        const VmaId after = plan.remove == 3 ? plan.vma : world[plan.vma].next;
        if (plan.remove == 2) {
            // Case 6, second pass: the far neighbour has become next.
            plan = {.vma = plan.vma, .next = after, .end = world[after].end, .remove = 1};
            continue;
        }
        if (after)
            vma_gap_update(world, after);
        else
            world.bug_on(world[world[plan.vma].mm].highest_vm_end !=
                             vm_end_gap(world[plan.vma], world.parameters().stack_guard_gap),
                         "highest_vm_end is not the end of the last VMA");
        return Errno::ok;
    }
}

template Errno vma_adjust(World<Plain>&, const Adjustment<Plain>&);
template Errno vma_adjust(World<Traced>&, const Adjustment<Traced>&);

}  // namespace vmacheck
