// prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME): madvise_set_anon_name and madvise_vma_anon_name of v5.17 mm/madvise.c. Gives
// the private anonymous memory of a range a name; name 0 takes it away.
//
// The walk is that of madvise. EINVAL: the kernel has no names and does not know the option; or the range. EBADF: a VMA
// with a file ends the walk. ENOMEM: holes, reported at the end. EAGAIN: no memory for a cut, or the map_count limit.
// That the name itself finds no memory is not modelled.
#include "model/faults/merge.hpp"
#include "model/madvise_walk.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

template <class D>
Errno madvise_vma_anon_name(World<D>& world, VmaId id, VmaId* prev, const Number<D>& start, const Number<D>& end,
                            std::uint16_t name) {
    const FunctionScope scope(world, "madvise_vma_anon_name");
    const Vma<D>& vma = world[id];
    if (vma.file && !world.has_fault(faults::name_of_file)) return Errno::ebadf;
    if (vma.anon_name == name) {
        *prev = id;
        return Errno::ok;
    }
    VmaId changed;
    VmaChange<D> change{id, *prev, start, end, vma.flags};
    change.anon_name = name;
    const Errno error = vma_modify(world, change, &changed);
    *prev = changed;
    if (error != Errno::ok) return error == Errno::enomem ? Errno::eagain : error;
    if (world.has_fault(faults::name_drops_sticky)) world.change(changed).flags = change.flags;
    if (world[changed].anon_name != name) world.change(changed).anon_name = name;
    return Errno::ok;
}

}  // namespace

template <class D>
void op_anon_name(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (world.profile().policy.anon_names == AnonNames::none) {
        outcome.error = Errno::einval;
        return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    const AdvisedRange<D> range = advised_range(op.addr, op.len);
    outcome.error = range.error;
    if (range.error == Errno::ok && !range.empty)
        outcome.error = madvise_walk_vmas(world, mm, op.addr.page, range.end,
                                          [&](VmaId id, VmaId* prev, const Number<D>& from, const Number<D>& to) {
                                              return madvise_vma_anon_name(world, id, prev, from, to, op.name);
                                          });
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_anon_name(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_anon_name(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
