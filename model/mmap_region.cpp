#include "model/mmap_region.hpp"

#include "model/accounting.hpp"
#include "model/faults/files.hpp"
#include "model/faults/merge.hpp"
#include "model/file.hpp"
#include "model/file_hooks.hpp"
#include "model/gap_tree.hpp"
#include "model/merge.hpp"
#include "model/munmap.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// Pages of existing VMAs that the range would replace (count_vma_pages_range).
template <class D>
Number<D> pages_replaced(const World<D>& world, const RegionRequest<D>& request) {
    Number<D> count = 0;
    const Number<D> end = request.end();
    for (VmaId id = find_vma_intersection(world, request.mm, request.start, end); id; id = world[id].next) {
        const Vma<D>& vma = world[id];
        if (vma.start >= end) break;
        const Number<D> from = vma.start < request.start ? request.start : vma.start;
        count += (end < vma.end ? end : vma.end) - from;
    }
    return count;
}

// munmap_vma_range: makes room. Sets the VMA below the range.
template <class D>
Errno unmap_range(World<D>& world, const RegionRequest<D>& request, VmaId* prev) {
    const VmaId first = find_vma(world, request.mm, request.start);
    *prev = prev_of(world, request.mm, first);
    if (!first || world[first].start >= request.end()) return Errno::ok;
    const bool cut = world[first].start < request.start;
    const Errno error = do_munmap_from(world, first, request.start, request.end());
    if (error != Errno::ok) return error == Errno::eperm ? error : Errno::enomem;  // a seal
    if (cut) *prev = first;                                                        // its lower part stayed
    return Errno::ok;
}

// Makes room and charges for the mapping, as mmap_region of v5.10 does: what is in the way is gone when a limit or the
// charge refuses. Sets the VMA below the range, the pages charged, and VM_ACCOUNT.
template <class D>
Errno unmap_and_charge(World<D>& world, RegionRequest<D>& request, VmaId* prev, Number<D>* charged) {
    if (!may_expand_vm(world, request.mm, request.flags, request.len)) {
        const Number<D> replaced = pages_replaced(world, request);
        if (!may_expand_vm(world, request.mm, request.flags, request.len - replaced)) return Errno::enomem;
    }
    if (const Errno error = unmap_range(world, request, prev); error != Errno::ok) return error;
    if (!accountable_mapping<D>(request.file ? &world[request.file] : nullptr, request.flags)) return Errno::ok;
    if (charge_commit(world, request.mm, request.len) != Errno::ok) return Errno::enomem;
    *charged = request.len;
    request.flags |= vm::account;
    return Errno::ok;
}

// Pages with VM_ACCOUNT from the VMA on up to the end of the range, which cuts none of them.
template <class D>
Number<D> pages_accounted(const World<D>& world, VmaId first, const Number<D>& end) {
    Number<D> count = 0;
    for (VmaId id = first; id && world[id].start < end; id = world[id].next)
        if ((world[id].flags & vm::account) != 0) count += pages(world[id]);
    return count;
}

// The same as mmap_region, __mmap_setup and vms_gather_munmap_vmas of 6.12 do it: what is in the way is cut out, the
// limits are checked for what is mapped in addition, and only then is the old mapping zapped. A refusal leaves it mapped,
// in the pieces that it was cut in. *held: what was charged for it, if that does not pass on, is charged until the new
// mapping is there. Not modelled: in the kernel a mapping that fails after the zap leaves the old one's share of the charge
// behind.
template <class D>
Errno gather_and_clean_up(World<D>& world, RegionRequest<D>& request, VmaId* prev, Number<D>* charged,
                          Number<D>* held) {
    const Number<D> end = request.end();
    if (request.file && !world.has_fault(faults::mmap_region_error_tangle)) {
        if (spec_of(world, world[request.file]).arch_refuses) return Errno::einval;
        if (counts_as_writable(world, request.flags) && world[world[request.file].mapping].i_mmap_writable < 0)
            return Errno::eperm;
    }
    VmaId first = find_vma_intersection(world, request.mm, request.start, end);
    if (first)
        if (const Errno error = cut_ends(world, &first, request.start, end); error != Errno::ok) return error;
    const Number<D> replaced = first ? pages_replaced(world, request) : Number<D>(0);
    if (!may_expand_vm(world, request.mm, request.flags, request.len - replaced)) return Errno::enomem;
    const Number<D> passed_on = pages_accounted(world, first, end);
    if (!accountable_mapping<D>(request.file ? &world[request.file] : nullptr, request.flags)) {
        *held = passed_on;
        if (passed_on > 0) charge_commit_unchecked(world, passed_on);
    } else {
        if (request.len > passed_on && charge_commit<D>(world, request.mm, request.len - passed_on) != Errno::ok)
            return Errno::enomem;
        if (passed_on > 0) charge_commit_unchecked(world, passed_on);  // the unmap gives as much back
        *charged = request.len;
        request.flags |= vm::account;
    }
    if (first && do_munmap_from(world, first, request.start, end) != Errno::ok)
        internal_assertion_failed("what has been cut out cannot be unmapped");
    *prev = prev_of(world, request.mm, find_vma(world, request.mm, request.start));
    return Errno::ok;
}

// What the mapping's VMA is, or what it has become part of.
template <class D>
struct Region {
    VmaId vma;
    VmFlags flags = 0;  // what is counted
    Number<D> start;    // what mmap returns
};

// From deny_write_access to the end of call_mmap and arch_validate_flags. On an error file and counts are as before.
template <class D>
Errno attach_file(World<D>& world, const RegionRequest<D>& request, VmaId id) {
    // mapping_map_writable keeps the mapping writable until the VMA itself does.
    const AddressSpaceId mapping = world[request.file].mapping;
    const bool shared = counts_as_writable(world, request.flags);
    if (shared) {
        if (world[mapping].i_mmap_writable < 0) return Errno::eperm;
        ++world.change(mapping).i_mmap_writable;
    }
    const bool refused = spec_of(world, world[request.file]).arch_refuses;
    get_file(world, request.file);
    Vma<D>& vma = world.change(id);
    vma.file = request.file;
    Errno error = call_mmap(world, request.file, id);
    if (error == Errno::ok && refused) {
        // close_and_free_vma: ->mmap has succeeded, so ->close must follow.
        error = Errno::einval;
        if (!world.has_fault(faults::mmap_hook_not_closed)) vma_close(world, id);
    }
    if (error == Errno::ok) return Errno::ok;
    const FileId file = vma.file;
    vma.file = {};
    vma.ops = VmOps::none;
    fput(world, file);
    if (shared) --world.change(mapping).i_mmap_writable;
    return error;
}

// The second attempt to merge, where ->mmap has changed the flags. None: there was no VMA below, or none fits.
template <class D>
VmaId merge_after_hook(World<D>& world, const RegionRequest<D>& request, VmaId id, VmaId prev) {
    const Vma<D>& vma = world[id];
    if (vma.flags == request.flags || !prev) return {};
    // It would be removed, and its ->mmap has been called.
    const bool removable = vma.ops != VmOps::close || world.has_fault(faults::mmap_remerge_not_closed);
    if (world.profile().policy.close_merges && !removable) return {};
    const VmaId merged =
        vma_merge(world, MergeRequest<D>{request.mm, prev, vma.start, vma.end, vma.flags, {}, vma.file, vma.pgoff});
    if (!merged) return {};
    // ->mmap may have put the caller's file and taken another.
    fput(world, world.has_fault(faults::mmap_merge_double_fput) ? request.file : vma.file);
    world.free(id);
    return merged;
}

template <class D>
Errno map_file(World<D>& world, const RegionRequest<D>& request, VmaId id, VmaId prev, Region<D>& region) {
    if (const Errno error = attach_file(world, request, id); error != Errno::ok) return error;
    const AddressSpaceId mapping = request.file ? world[request.file].mapping : AddressSpaceId();
    if (const VmaId merged = merge_after_hook(world, request, id, prev)) {
        region = {merged, world[merged].flags, request.start};
        if (world.has_fault(faults::mmap_merge_return_addr)) region.start = world[merged].start;
        if (world.has_fault(faults::mmap_merge_uaf_old)) region.vma = id;
    } else {
        region = {id, world[id].flags, request.start};
        link_into_mm(world, id, prev);
        link_file_vma_locked(world, id);
        ++world.change(request.mm).map_count;
        world.emit(Event::vma_created, id.raw());
    }
    if (counts_as_writable(world, request.flags)) --world.change(mapping).i_mmap_writable;
    return Errno::ok;
}

template <class D>
Errno map_anonymous(World<D>& world, const RegionRequest<D>& request, VmaId id, VmaId prev, Region<D>& region) {
    Vma<D>& vma = world.change(id);
    if ((request.flags & vm::shared) != 0) {
        const bool noreserve = (request.flags & vm::noreserve) != 0;
        const Errno error = shmem_file_setup(world, request.mm, request.len, noreserve, &vma.file);
        if (error != Errno::ok) return error;
        vma.ops = VmOps::plain;
    }
    region = {id, vma.flags, request.start};
    link_into_mm(world, id, prev);
    if (vma.file) link_file_vma_locked(world, id);
    ++world.change(request.mm).map_count;
    world.emit(Event::vma_created, id.raw());
    return Errno::ok;
}

// A new VMA for the range, or none if it merges after ->mmap. On failure the charge is returned.
template <class D>
Errno new_vma(World<D>& world, const RegionRequest<D>& request, VmaId prev, const Number<D>& charged,
              Region<D>& region) {
    Errno error = Errno::enomem;
    bool hook_failed = false;
    if (world.may_allocate(AllocSite::mmap_region_vma)) {
        const VmaId id = world.template allocate<VmaId>();
        Vma<D>& vma = world.change(id);
        vma.mm = request.mm;
        vma.start = request.start;
        vma.end = request.end();
        vma.flags = request.flags;
        vma.pgoff = request.pgoff;
        error =
            request.file ? map_file(world, request, id, prev, region) : map_anonymous(world, request, id, prev, region);
        hook_failed = error != Errno::ok && request.file;
        if (error != Errno::ok) world.free(id);
    }
    const bool kept = hook_failed && world.has_fault(faults::mmap_hook_error_charge);
    if (error != Errno::ok && charged > 0 && !kept) uncharge_commit(world, charged);
    return error;
}

}  // namespace

template <class D>
Errno mmap_region(World<D>& world, RegionRequest<D> request, Number<D>* start) {
    const FunctionScope scope(world, "mmap_region");
    const MmId mm = request.mm;
    VmaId prev;
    Number<D> charged = 0, held = 0;
    const Errno refused = world.profile().policy.mmap_gathers_first
                              ? gather_and_clean_up(world, request, &prev, &charged, &held)
                              : unmap_and_charge(world, request, &prev, &charged);
    if (refused != Errno::ok) return refused;
    Region<D> region{.vma = {}, .flags = request.flags, .start = request.start};
    MergeRequest<D> merge{mm, prev, request.start, request.end(), request.flags, {}, request.file, request.pgoff};
    if (world.profile().policy.mmap_merge == MmapMerge::next_first) merge.rule = MergeRule::next_first;
    region.vma = vma_merge(world, merge);
    Errno error = Errno::ok;
    if (!region.vma) error = new_vma(world, request, prev, charged, region);
    if (held > 0) uncharge_commit(world, held);
    if (error != Errno::ok) return error;
    vm_stat_account(world, mm, region.flags, request.len, true);
    if ((region.flags & vm::locked) != 0) {
        const VmFlags mapped = world[region.vma].flags;
        const bool never_locked =
            (mapped & vm::droppable) != 0 && world.profile().policy.map_droppable == MapDroppable::never_locked;
        if ((mapped & vm::special) != 0 || never_locked)
            world.change(region.vma).flags &= ~(vm::locked | vm::lockonfault);
        else
            world.change(mm).locked_vm += request.len;
    }
    if (world.parameters().soft_dirty && !world.has_fault(faults::soft_dirty_never_set))
        world.change(region.vma).flags |= vm::softdirty;
    *start = region.start;
    return Errno::ok;
}

template Errno mmap_region(World<Plain>&, RegionRequest<Plain>, Number<Plain>*);
template Errno mmap_region(World<Traced>&, RegionRequest<Traced>, Number<Traced>*);

}  // namespace vmacheck
