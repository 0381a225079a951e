// remap_file_pages(2): the emulation of v5.10 mm/mmap.c, which maps the range anew at another offset of its file.
//
// The file is that of the first VMA; its rights and VM_LOCKED are taken over, its other flags are not.
#include "model/do_mmap.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// Whether [start, end) is mapped without a hole by VMAs that are like the one it begins in.
template <class D>
bool all_alike(const World<D>& world, VmaId first, const Number<D>& end) {
    VmaId each = first;
    while (world[each].end < end) {
        const VmaId next = world[each].next;
        if (!next || world[next].start != world[each].end) return false;
        if (world[next].file != world[first].file || world[next].flags != world[first].flags) return false;
        each = next;
    }
    return true;
}

template <class D>
Errno remap(World<D>& world, MmId mm, const Op<D>& op, Mapped<D>* mapped) {
    const Number<D>& start = op.addr.page;  // rounded down, as the length is
    const VmaId id = find_vma(world, mm, start);
    if (!id || (world[id].flags & vm::shared) == 0 || start < world[id].start) return Errno::einval;
    if (!all_alike(world, id, start + op.len.page)) return Errno::einval;
    const Vma<D>& vma = world[id];
    MapFlags flags = (op.flags & map::nonblock) | map::shared | map::fixed | map::populate;
    if ((vma.flags & vm::locked) != 0) flags |= map::locked;
    const FileId file = vma.file;
    get_file(world, file);  // the unmap may put the last reference of a VMA
    const Prot access = static_cast<Prot>(vma.flags & vm::access);
    const Errno error = do_mmap(
        world,
        MmapCall<D>{mm, file, Bytes<D>::pages(start), Bytes<D>::pages(op.len.page), access, flags, op.offset.page},
        mapped);
    fput(world, file);
    return error;
}

}  // namespace

template <class D>
void op_remap_file_pages(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const FunctionScope scope(world, "remap_file_pages");
    // A sum of 2^64 bytes is 0, which no start is below, and a sum of page offsets that is 0 is below every other.
    const bool wraps = sum_wraps_64_bit_bytes<D>(op.addr.page, op.len.page) ||
                       op.offset.page + op.len.page >= std::uint64_t{1} << world.parameters().pgoff_bits;
    if (op.prot != 0 || op.len.page == 0 || wraps) {
        outcome.error = Errno::einval;
        return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    Mapped<D> mapped;
    outcome.error = remap(world, mm, op, &mapped);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (outcome.ok() && mapped.populate) mm_populate(world, mm, mapped.start, op.len.page);
}

template void op_remap_file_pages(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_remap_file_pages(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
