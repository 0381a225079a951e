// mmap(2): ksys_mmap_pgoff of v5.10 mm/mmap.c. What it calls is in model/do_mmap.cpp and model/mmap_region.cpp.
#include "model/do_mmap.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"

namespace vmacheck {

template <class D>
void op_mmap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    FileId file;
    if (!op.offset.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    if ((op.flags & (map::anonymous | map::hugetlb)) == (map::anonymous | map::hugetlb)) {
        outcome.error = Errno::enomem;  // hugetlb_file_setup: no huge page is configured
        return;
    }
    if ((op.flags & map::anonymous) == 0) {
        const auto& files = world.parameters().files;
        // A SysV segment has no descriptor.
        if (op.file == 0 || op.file > files.size() || files[op.file - 1u].kind == FileKind::sysv_shm) {
            outcome.error = Errno::ebadf;
            return;
        }
        file = FileId(op.file - 1u, 0);  // the files of the parameters are the first of the pool and never freed
        if ((op.flags & map::hugetlb) != 0) {
            outcome.error = Errno::einval;
            return;
        }
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    Mapped<D> mapped;
    outcome.error = do_mmap(world, MmapCall<D>{mm, file, op.addr, op.len, op.prot, op.flags, op.offset.page}, &mapped);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (!outcome.ok()) return;
    outcome.value = Bytes<D>::pages(mapped.start);
    if (mapped.populate) mm_populate(world, mm, mapped.start, op.len.round_up());
}

template void op_mmap(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mmap(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
