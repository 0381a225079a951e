#include "model/insert_vm_struct.hpp"

#include "model/accounting.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {

template <class D>
Errno insert_vm_struct(World<D>& world, VmaId id) {
    const FunctionScope scope(world, "insert_vm_struct");
    const Vma<D>& vma = world[id];
    const MmId mm = vma.mm;
    if (find_vma_intersection(world, mm, vma.start, vma.end)) return Errno::enomem;
    if ((vma.flags & vm::account) != 0 && charge_commit(world, mm, pages(vma)) != Errno::ok) return Errno::enomem;
    if (vma_is_anonymous(vma)) world.change(id).pgoff = vma.start;
    link_into_mm(world, id, prev_of(world, mm, find_vma(world, mm, vma.start)));
    ++world.change(mm).map_count;
    world.emit(Event::vma_created, id.raw());
    return Errno::ok;
}

template Errno insert_vm_struct(World<Plain>&, VmaId);
template Errno insert_vm_struct(World<Traced>&, VmaId);

}  // namespace vmacheck
