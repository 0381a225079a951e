// What the file behind a mapping does and refuses: f_op->mmap, and vm_ops->split and ->mremap, as FileSpec describes
// them. Models, of v5.10: mm/shmem.c shmem_mmap with seal_check_future_write, mm/mmap.c special_mapping_mremap,
// drivers/char/mem.c mmap_zero, ipc/shm.c shm_mmap, arch/x86/entry/vdso/vma.c vdso_mremap, fs/hugetlbfs/inode.c
// hugetlbfs_file_mmap, mm/hugetlb.c hugetlb_vm_op_split, _open and _close, and drivers at large.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// The description of an open file; of one that mmap made, for shared anonymous memory or MAP_HUGETLB, that of its kind.
template <class D>
const FileSpec& spec_of(const World<D>& world, const File<D>& file);

// The hooks of a VMA, as its file describes them; nullptr: it has no hooks of a file.
template <class D>
const FileSpec* hooks_of(const World<D>& world, const Vma<D>& vma);

// call_mmap: the file's ->mmap. Gives the VMA, which has the file and a reference to it, its operations, perhaps other
// flags and another file. On an error it still has the file it had, and can only be freed.
template <class D>
Errno call_mmap(World<D>& world, FileId file, VmaId vma);

// Whether vm_ops has no ->fault, so that what is not mapped cannot be had. ->mmap of device memory has mapped it all.
template <class D>
bool has_no_fault(const World<D>& world, const Vma<D>& vma);

// What vm_ops->fault answers for a page of the VMA that is not mapped: ok, sigbus or enomem.
template <class D>
Errno fault_of_file(const World<D>& world, const Vma<D>& vma, const Number<D>& page);

// vm_ops->split: einval if the VMA may not be cut at this page.
template <class D>
Errno may_split(const World<D>& world, const Vma<D>& vma, const Number<D>& at);

// vm_ops->mremap, asked of the VMA at the new place: its errno undoes the move.
template <class D>
Errno may_move(const World<D>& world, const Vma<D>& moved);

}  // namespace vmacheck
