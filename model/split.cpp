#include "model/split.hpp"

#include "model/adjust.hpp"
#include "model/anon_vma.hpp"
#include "model/faults/merge.hpp"
#include "model/file.hpp"
#include "model/file_hooks.hpp"
#include "model/mempolicy.hpp"
#include "model/refusal.hpp"
#include "model/state/function_scope.hpp"
#include "model/vm_area_dup.hpp"

namespace vmacheck {

template <class D>
Errno split_vma_unchecked(World<D>& world, VmaId id, const Number<D>& at, NewPart part) {
    const FunctionScope scope(world, "__split_vma");
    const Vma<D>& vma = world[id];
    if (const Errno error = may_split(world, vma, at); error != Errno::ok) return error;
    // The copy has the anon_vma before its chain is cloned, which then becomes an exact copy.
    const VmaId piece = vm_area_dup(world, id, AllocSite::split_vma_vma);
    if (!piece) return Errno::enomem;
    Vma<D>& copy = world.change(piece);
    if (part == NewPart::below) {
        copy.end = at;
    } else {
        copy.start = at;
        if (!world.has_fault(faults::split_pgoff)) copy.pgoff = linear_page_index(vma, at);
    }
    if (vma.policy && vma_dup_policy(world, id, piece, AllocSite::split_vma_policy) != Errno::ok) {
        world.free(piece);
        return Errno::enomem;
    }
    if (in_anon_vmas(vma) && anon_vma_clone(world, piece, id) != Errno::ok) {
        mpol_put(world, copy.policy);
        world.free(piece);
        return Errno::enomem;
    }
    if (copy.file) get_file(world, copy.file);
    vma_open(world, piece);

    Adjustment<D> change{
        .vma = id, .start = vma.start, .end = vma.end, .pgoff = vma.pgoff, .insert = piece, .expand = {}};
    if (part == NewPart::below) {
        change.start = at;
        change.pgoff = linear_page_index(vma, at);
    } else {
        change.end = at;
    }
    if (vma_adjust(world, change) != Errno::ok)
        internal_assertion_failed("a split's __vma_adjust has nothing to allocate");
    world.emit(part == NewPart::below ? Event::split_low : Event::split_high, id.raw(), piece.raw());
    return Errno::ok;
}

template <class D>
Errno split_vma(World<D>& world, VmaId vma, const Number<D>& at, NewPart part) {
    const std::uint64_t limit = world.parameters().max_map_count + (world.has_fault(faults::split_limit) ? 1 : 0);
    if (world[world[vma].mm].map_count >= limit) return map_count_refuses(world, world[vma].mm);
    return split_vma_unchecked(world, vma, at, part);
}

template Errno split_vma_unchecked(World<Plain>&, VmaId, const Number<Plain>&, NewPart);
template Errno split_vma(World<Plain>&, VmaId, const Number<Plain>&, NewPart);
template Errno split_vma_unchecked(World<Traced>&, VmaId, const Number<Traced>&, NewPart);
template Errno split_vma(World<Traced>&, VmaId, const Number<Traced>&, NewPart);

}  // namespace vmacheck
