// brk(2): the system call and do_brk_flags of v5.10 mm/mmap.c. It returns the new break, or the old one on any failure.
#include "model/faults/brk.hpp"
#include "model/accounting.hpp"
#include "model/gap_tree.hpp"
#include "model/merge.hpp"
#include "model/munmap.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"
#include "model/refusal.hpp"
#include "model/state/function_scope.hpp"
#include "model/unmapped_area.hpp"

namespace vmacheck {
namespace {

template <class D>
bool below(const Bytes<D>& a, const Bytes<D>& b) {
    return a.page < b.page || (a.page == b.page && a.offset < b.offset);
}

// Bytes of [from, to), rounded up to pages only where the comparison with a byte limit needs it.
template <class D>
bool data_limit_reached(const World<D>& world, const Bytes<D>& brk) {
    const Parameters& p = world.parameters();
    if (p.rlimit_data == unlimited) return false;
    // (brk - start_brk) + (end_data - start_data) > limit, in bytes: whole pages first, then the rest.
    const auto start = Bytes<D>::from(p.start_brk_bytes);
    const auto data = Bytes<D>::from(p.data_bytes);
    const int rest = int{brk.offset} - int{start.offset} + int{data.offset};
    const Number<D> lhs = brk.page + data.page;
    const Number<D> rhs = start.page + p.rlimit_data;
    const int bytes = static_cast<int>(page_size);
    if (rest > bytes) return lhs + 1 >= rhs;
    if (rest > 0) return lhs >= rhs;
    if (rest > -bytes) return lhs > rhs;
    return lhs > rhs + 1;
}

// Joins the new heap with what is next to it. Since 6.1 with the heap alone: the VMA that ends there, if it reaches above
// start_brk.
template <class D>
VmaId merge_heap(World<D>& world, MergeRequest<D> request) {
    if (world.profile().policy.brk_joins_heap_only) {
        request.rule = MergeRule::prev_only;
        const Number<D> start_brk = Bytes<D>::from(world.parameters().start_brk_bytes).page;
        if (!request.prev || world[request.prev].end <= start_brk) return {};
    }
    return vma_merge(world, request);
}

// do_brk_flags: maps [start, start + len) as heap.
template <class D>
Errno do_brk_flags(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len) {
    const FunctionScope scope(world, "do_brk_flags");
    const VmFlags flags =
        vm::data_default | (world.parameters().read_implies_exec ? vm::exec : 0) | vm::account | world[mm].def_flags;
    const UnmappedArea<D> area = get_unmapped_area(world, mm, Bytes<D>::pages(start), len, map::fixed);
    if (area.error != Errno::ok) return area.error;
    if (!mlock_limit_allows(world, mm, world[mm].def_flags, len)) return Errno::eagain;
    const Number<D> end = start + len;
    const VmaId next = find_vma(world, mm, start);
    // The system call has made sure of it, by the page it keeps free; no other caller is modelled.
    world.bug_on(next && world[next].start < end, "heap grows over a mapping");
    if (!may_expand_vm(world, mm, flags, len)) return Errno::enomem;
    if (world[mm].map_count > world.parameters().max_map_count) return map_count_refuses(world, mm);
    if (charge_commit(world, mm, len) != Errno::ok) return Errno::enomem;

    const VmaId prev = prev_of(world, mm, next);
    VmaId vma = merge_heap(world, MergeRequest<D>{mm, prev, start, end, flags, {}, {}, start});
    if (!vma) {
        if (!world.may_allocate(AllocSite::do_brk_flags_vma)) {
            uncharge_commit(world, len);
            return Errno::enomem;
        }
        vma = world.template allocate<VmaId>();
        Vma<D>& heap = world.change(vma);
        heap.mm = mm;
        heap.start = start;
        heap.end = end;
        heap.pgoff = start;
        heap.flags = flags;
        link_into_mm(world, vma, prev);
        ++world.change(mm).map_count;
        world.emit(Event::vma_created, vma.raw());
    }
    Mm<D>& space = world.change(mm);
    space.total_vm += len;
    space.data_vm += len;
    if ((flags & vm::locked) != 0) space.locked_vm += len;
    if (world.parameters().soft_dirty) world.change(vma).flags |= vm::softdirty;
    return Errno::ok;
}

// Unmaps what lies above the wanted break. The kernel moves the break first, and back if that fails.
template <class D>
bool shrink(World<D>& world, MmId mm, const Bytes<D>& wanted, const Number<D>& len) {
    const Number<D> start = wanted.round_up();
    if (world.profile().policy.brk_needs_mapping && !find_vma_intersection<D>(world, mm, start, start + len))
        return false;
    if (do_munmap(world, mm, wanted.round_up(), len, Downgrade::yes) == Errno::ok) return true;
    if (world.has_fault(faults::brk_not_restored)) world.change(mm).brk = wanted;
    return world.has_fault(faults::brk_error_unsigned);
}

// Whether the break moved to `wanted`.
template <class D>
bool move_break(World<D>& world, MmId mm, const Bytes<D>& wanted) {
    const Bytes<D> old = world[mm].brk;
    if (below(wanted, Bytes<D>::from(world.parameters().start_brk_bytes))) return false;
    if (data_limit_reached(world, wanted)) return false;
    const Number<D> new_end = wanted.round_up();
    const Number<D> old_end = old.round_up();
    if (new_end != old_end) {
        if (!below(old, wanted)) {
            if (!shrink(world, mm, wanted, old_end - new_end)) return false;
        } else {
            const VmaId next = find_vma(world, mm, old_end);
            if (next && new_end + 1 > vm_start_gap(world[next], world.parameters().stack_guard_gap)) return false;
            if (do_brk_flags(world, mm, old_end, new_end - old_end) != Errno::ok) return false;
        }
    }
    world.change(mm).brk = wanted;
    return true;
}

}  // namespace

template <class D>
void op_brk(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    world.emit(Event::mmap_lock_write, mm.raw());
    const Bytes<D> old = world[mm].brk;
    const Number<D> old_end = old.round_up();
    const bool moved = move_break(world, mm, op.addr);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (moved && (world[mm].def_flags & vm::locked) != 0 && op.addr.round_up() > old_end)
        mm_populate(world, mm, old_end, op.addr.round_up() - old_end);
    outcome.value = moved ? op.addr : old;
}

template void op_brk(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_brk(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
