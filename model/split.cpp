#include "model/split.hpp"

#include "model/adjust.hpp"
#include "model/anon_vma.hpp"
#include "model/file.hpp"
#include "model/file_hooks.hpp"
#include "model/mempolicy.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {

template <class D>
Errno split_vma_unchecked(World<D>& world, VmaId id, const Number<D>& at, NewPart part) {
    const FunctionScope scope(world, "__split_vma");
    const Vma<D>& vma = world[id];
    if (const Errno error = may_split(world, vma, at); error != Errno::ok) return error;
    if (!world.may_allocate(AllocSite::split_vma_vma)) return Errno::enomem;
    const VmaId piece = world.template allocate<VmaId>();
    Vma<D>& copy = world.change(piece);
    copy.start = part == NewPart::below ? vma.start : at;
    copy.end = part == NewPart::below ? at : vma.end;
    const bool same_pgoff = part == NewPart::below || world.has_fault(Fault::split_pgoff);
    copy.pgoff = same_pgoff ? vma.pgoff : linear_page_index(vma, at);
    copy.flags = vma.flags;
    copy.mm = vma.mm;
    copy.file = vma.file;
    copy.ops = vma.ops;
    copy.uffd = vma.uffd;
    copy.anon_name = vma.anon_name;
    copy.anon_vma = vma.anon_vma;  // set before the clone, which then makes an exact copy of the chain

    if (vma_dup_policy(world, id, piece, AllocSite::split_vma_policy) != Errno::ok) {
        world.free(piece);
        return Errno::enomem;
    }
    if (anon_vma_clone(world, piece, id) != Errno::ok) {
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
    const std::uint64_t limit = world.parameters().max_map_count + (world.has_fault(Fault::split_limit) ? 1 : 0);
    if (world[world[vma].mm].map_count >= limit) return Errno::enomem;
    return split_vma_unchecked(world, vma, at, part);
}

template Errno split_vma_unchecked(World<Plain>&, VmaId, const Number<Plain>&, NewPart);
template Errno split_vma(World<Plain>&, VmaId, const Number<Plain>&, NewPart);
template Errno split_vma_unchecked(World<Traced>&, VmaId, const Number<Traced>&, NewPart);
template Errno split_vma(World<Traced>&, VmaId, const Number<Traced>&, NewPart);

}  // namespace vmacheck
