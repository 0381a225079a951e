// ftruncate(2): do_sys_ftruncate of v5.10 fs/open.c. The file's size counts in whole pages, rounded up, since only
// whole pages matter to mappings.
//
// EINVAL: a negative length, a file that is not regular (a device, by what its mappings are), one not opened for
// writing, or one of hugetlbfs and a length that is not of whole huge pages. EBADF: no such file; a SysV segment, which
// has no descriptor. EPERM: an append-only file. ETXTBSY: a swap file that would not grow (inode_newsize_ok; here it
// grows by whole pages only). A mandatory lock, for which the call would wait, does not stop it.
#include "model/file_size.hpp"
#include "model/ops/ops.hpp"

namespace vmacheck {
namespace {

template <class D>
Errno do_sys_ftruncate(World<D>& world, const Op<D>& op) {
    if (op.len.page >= pages_in_64_bits / 2) return Errno::einval;
    if (op.file == 0 || op.file > world.parameters().files.size()) return Errno::ebadf;
    const File<D>& file = world[FileId(op.file - 1u, 0)];  // the files of the parameters are the first of the pool
    if (file.kind == FileKind::sysv_shm) return Errno::ebadf;
    const FileSpec& spec = world.parameters().files[op.file - 1u];
    const bool regular = file.kind != FileKind::dev_zero && file.kind != FileKind::special && !is_device(spec);
    if (!regular || !file.writable) return Errno::einval;
    if (spec.append_only) return Errno::eperm;
    const AddressSpace<D>& mapping = world[file.mapping];
    if (spec.swap_file && (mapping.endless || op.len.round_up() <= mapping.size)) return Errno::etxtbsy;
    // hugetlbfs_setattr: whole huge pages only.
    const bool huge = file.kind == FileKind::hugetlb;
    if (huge && (!op.len.aligned() || remainder(op.len.page, world.parameters().huge_page_pages) != 0))
        return Errno::einval;
    truncate_mapping(world, file.mapping, op.len.round_up());
    return Errno::ok;
}

}  // namespace

template <class D>
void op_truncate(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    (void)mm;  // descriptors are common to all processes
    outcome.error = do_sys_ftruncate(world, op);
}

template void op_truncate(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_truncate(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
