// mmap(2): ksys_mmap_pgoff of v5.10 mm/mmap.c. What it calls is in model/do_mmap.cpp and model/mmap_region.cpp.
#include "model/do_mmap.hpp"
#include "model/file.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"

namespace vmacheck {
namespace {

// ALIGN to the size of a huge page, which wraps to 0 in the last huge page of 64 bits.
template <class D>
Bytes<D> huge_page_align(const Bytes<D>& len, std::uint64_t huge) {
    const Number<D> last = len.round_up() + (huge - 1);
    const Number<D> aligned = last - remainder(last, huge);
    return Bytes<D>::pages(aligned >= pages_in_64_bits ? Number<D>(0) : aligned);
}

// What is to be mapped: the caller's file, or one that MAP_HUGETLB makes, with a reference for the call. Rounds the length
// up where huge pages are mapped.
template <class D>
Errno find_file(World<D>& world, const Op<D>& op, FileId* file, Bytes<D>* len) {
    const Parameters& p = world.parameters();
    const bool huge = (op.flags & map::hugetlb) != 0;
    if ((op.flags & map::anonymous) != 0) {
        if (!huge) return Errno::ok;
        if (!knows_huge_size(p, op.flags)) return Errno::einval;
        *len = huge_page_align(op.len, p.huge_page_pages);
        return hugetlb_file_setup(world, len->round_up(), file);
    }
    // A SysV segment has no descriptor.
    if (op.file == 0 || op.file > p.files.size() || p.files[op.file - 1u].kind == FileKind::sysv_shm)
        return Errno::ebadf;
    const FileId named(op.file - 1u, 0);  // the files of the parameters are the first of the pool and never freed
    const bool of_hugetlbfs = world[named].kind == FileKind::hugetlb;
    if (huge && !of_hugetlbfs) return Errno::einval;
    if (of_hugetlbfs) *len = huge_page_align(op.len, p.huge_page_pages);
    *file = named;
    return Errno::ok;
}

}  // namespace

template <class D>
void op_mmap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    FileId file;
    Bytes<D> len = op.len;
    outcome.error = op.offset.aligned() ? find_file(world, op, &file, &len) : Errno::einval;
    if (!outcome.ok()) return;
    world.emit(Event::mmap_lock_write, mm.raw());
    Mapped<D> mapped;
    outcome.error = do_mmap(world, MmapCall<D>{mm, file, op.addr, len, op.prot, op.flags, op.offset.page}, &mapped);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (outcome.ok()) {
        outcome.value = Bytes<D>::pages(mapped.start);
        if (mapped.populate) mm_populate(world, mm, mapped.start, len.round_up());
    }
    const bool made = file && (op.flags & map::anonymous) != 0;
    if (made) fput(world, file);  // a VMA has its own reference
}

template void op_mmap(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mmap(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
