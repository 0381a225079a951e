#include "model/munmap.hpp"

#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/faults/accounting.hpp"
#include "model/faults/pages.hpp"
#include "model/faults/stack.hpp"
#include "model/faults/trees.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/mseal.hpp"
#include "model/page_table.hpp"
#include "model/refusal.hpp"
#include "model/split.hpp"
#include "model/state/function_scope.hpp"

#include <boost/container/small_vector.hpp>

namespace vmacheck {
namespace {

using Detached = boost::container::small_vector<VmaId, 8>;

// Cuts the VMAs that reach over the ends of the range. Sets the first VMA inside it.
template <class D>
Errno split_at_ends(World<D>& world, VmaId& first, const Number<D>& start, const Number<D>& end) {
    const Vma<D>& below = world[first];
    if (start > below.start) {
        // A hole in the middle makes one VMA more for good; other splits only for a moment, and are not limited.
        const bool hole = end < below.end;
        if (hole && world[below.mm].map_count >= world.parameters().max_map_count)
            return map_count_refuses(world, below.mm);
        if (vma_is_sealed(below)) return Errno::eperm;
        if (const Errno error = split_vma_unchecked(world, first, start, NewPart::above); error != Errno::ok)
            return error;
        first = below.next;
    }
    // The VMA that reaches over the end, if one does. The list leads there; the loops below walk it anyway.
    for (VmaId last = first; last;) {
        const Vma<D>& vma = world[last];
        if (vma.end > end && end <= vma.start) break;
        if (vma_is_sealed(vma) && vma.start < end) return Errno::eperm;
        if (vma.end <= end) {
            last = vma.next;
            continue;
        }
        if (const Errno error = split_vma_unchecked(world, last, end, NewPart::below); error != Errno::ok) return error;
        if (last == first) first = vma.prev;
        break;
    }
    return Errno::ok;
}

// detach_vmas_to_be_unmapped: out of list and tree.
template <class D>
Detached detach(World<D>& world, MmId mm, VmaId first, const Number<D>& end) {
    Detached detached;
    const VmaId prev = world[first].prev;
    // The first goes whatever its range, as in the kernel: with a fault in the list it may be the wrong one.
    VmaId after = first;
    const Vma<D>* vma = &world[first];
    do {
        detached.push_back(after);
        after = vma->next;
        vma = after ? &world[after] : nullptr;
    } while (vma != nullptr && vma->start < end);
    unlink_from_list(world, first, detached.back());
    Mm<D>& space = world.change(mm);
    if (after) {
        if (!world.has_fault(faults::munmap_gap_not_updated)) vma_gap_update(world, after);
    } else if (!world.has_fault(faults::munmap_highest_kept)) {
        space.highest_vm_end = prev ? vm_end_gap(world[prev], world.parameters().stack_guard_gap) : Number<D>(0);
    }
    for (VmaId each : detached) {
        erase_from_mm_rb(world, each);
        --space.map_count;
    }
    return detached;
}

// Whether page faults may happen before the pages are unmapped: not next to a stack that could grow into the range, and
// have its pages unmapped with the others.
template <class D>
bool may_downgrade(const World<D>& world, VmaId below, VmaId above) {
    if (world.has_fault(faults::munmap_downgrade_race)) return true;
    if (above && (world[above].flags & vm::growsdown) != 0) return false;
    return !below || (world[below].flags & vm::growsup) == 0;
}

}  // namespace

template <class D>
Errno cut_ends(World<D>& world, VmaId* first, const Number<D>& start, const Number<D>& end) {
    return split_at_ends(world, *first, start, end);
}

template <class D>
void remove_vma(World<D>& world, VmaId vma) {
    vma_close(world, vma);
    const Vma<D>& closed = world[vma];
    if (closed.file) fput(world, closed.file);
    if (closed.policy) mpol_put(world, closed.policy);
    world.emit(Event::vma_freed, vma.raw());
    world.free(vma);
}

template <class D>
Errno do_munmap(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len, Downgrade downgrade) {
    const VmaId first = find_vma(world, mm, start);
    const Number<D> end = start + len;
    if (!first || world[first].start >= end) return Errno::ok;
    return do_munmap_from(world, first, start, end, downgrade);
}

template <class D>
Errno do_munmap_from(World<D>& world, VmaId first, const Number<D>& start, const Number<D>& end, Downgrade downgrade) {
    const FunctionScope scope(world, "__do_munmap");
    const MmId mm = world[first].mm;
    const std::uint32_t whole_vmas = world[mm].map_count;
    if (const Errno error = split_at_ends(world, first, start, end); error != Errno::ok) return error;
    const bool cut = world[mm].map_count != whole_vmas;

    for (VmaId each = first; each;) {
        const Vma<D>& vma = world[each];
        if (vma.start >= end) break;
        if ((vma.flags & vm::locked) != 0) {
            count_locked<D>(world, mm, pages(vma), false);
            world.change(each).flags &= ~(vm::locked | vm::lockonfault);
        }
        each = vma.next;
    }
    const VmaId below = world[first].prev;
    const Detached detached = detach(world, mm, first, end);
    const VmaId above = below ? world[below].next : world[mm].mmap;
    if (downgrade == Downgrade::yes && may_downgrade(world, below, above))
        world.let_others_run();
    else
        world.let_others_run(mm);

    Number<D> zapped = end;
    if (world.has_fault(faults::munmap_page_above)) zapped += 1;
    if (world.has_fault(faults::munmap_keeps_last_page)) zapped -= 1;
    zap_range<D>(world, mm, start, zapped);
    for (VmaId each : detached) {
        const Vma<D>& vma = world[each];
        if (in_anon_vmas(vma)) unlink_anon_vmas(world, each);
        if (vma.file) unlink_file_vma_locked(world, each);
    }

    Number<D> accounted = 0;
    Mm<D>& space = world.change(mm);
    if (space.hiwater_vm < space.total_vm && !world.has_fault(faults::munmap_peak_lost))
        space.hiwater_vm = space.total_vm;
    for (VmaId each : detached) {
        const Vma<D>& vma = world[each];
        const Number<D> count = pages(vma);
        if ((vma.flags & vm::account) != 0) accounted += count;
        if (!cut || !world.has_fault(faults::munmap_partial_total_vm))
            vm_stat_account(world, mm, vma.flags, count, false);
        remove_vma(world, each);
    }
    if (accounted > 0) uncharge_commit(world, accounted);
    return Errno::ok;
}

template Errno cut_ends(World<Plain>&, VmaId*, const Number<Plain>&, const Number<Plain>&);
template Errno cut_ends(World<Traced>&, VmaId*, const Number<Traced>&, const Number<Traced>&);
template Errno do_munmap(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&, Downgrade);
template Errno do_munmap_from(World<Plain>&, VmaId, const Number<Plain>&, const Number<Plain>&, Downgrade);
template void remove_vma(World<Plain>&, VmaId);
template Errno do_munmap(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&, Downgrade);
template Errno do_munmap_from(World<Traced>&, VmaId, const Number<Traced>&, const Number<Traced>&, Downgrade);
template void remove_vma(World<Traced>&, VmaId);

}  // namespace vmacheck
