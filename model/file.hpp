// What VMAs do with files (v5.10 mm/mmap.c __vma_link_file, unlink_file_vma; fs/file_table.c fput; mm/shmem.c
// shmem_zero_setup), and the files that are open from the start.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Opens the files of the World's parameters in a fresh World, in their order: each has one descriptor, and those with
// the same inode share its address_space.
template <class D>
void open_files(World<D>& world);

// get_file / fput: one reference more or less; the last one releases the file and, for a shared anonymous object, its
// charge.
template <class D>
void get_file(World<D>& world, FileId file);
template <class D>
void fput(World<D>& world, FileId file);

// Whether a mapping with these flags counts in i_mmap_writable: shared, and since 6.7 only if it can become writable.
template <class D>
bool counts_as_writable(const World<D>& world, VmFlags flags) {
    const bool may_write =
        (flags & vm::may_write) != 0 || world.profile().policy.sealed_readonly == SealedReadonly::refused;
    return (flags & vm::shared) != 0 && may_write;
}

// __vma_link_file: into i_mmap, counting a shared mapping as writable. Nothing for a VMA without a file.
template <class D>
void link_file_vma(World<D>& world, VmaId vma);
// The same with the lock taken around it, as vma_link of the kernel does.
template <class D>
void link_file_vma_locked(World<D>& world, VmaId vma);
// __remove_shared_vm_struct.
template <class D>
void unlink_file_vma(World<D>& world, VmaId vma);
// The same with the lock taken around it, as unlink_file_vma of the kernel does.
template <class D>
void unlink_file_vma_locked(World<D>& world, VmaId vma);

// The file that counts the open and close hooks of a VMA: of an attachment, its segment. None: it has no such hooks.
template <class D>
FileId hooked_file(const World<D>& world, const Vma<D>& vma);

// vm_ops->open and ->close of a VMA, where it has them.
template <class D>
void vma_open(World<D>& world, VmaId vma);
template <class D>
void vma_close(World<D>& world, VmaId vma);

// shmem_kernel_file_setup for a shared anonymous mapping: a new object of this many pages, charged unless noreserve.
// On ok the file is in *file with one reference. ok; enomem; enospc: no inode; enfile: too many open files.
template <class D>
Errno shmem_file_setup(World<D>& world, MmId mm, const Number<D>& pages, bool noreserve, FileId* file);

// hugetlb_file_setup for MAP_HUGETLB without a file: a new file of hugetlbfs of this many pages. Nothing is reserved
// for it before it is mapped. On ok it is in *file with one reference. ok; enospc, enfile and enomem as above.
template <class D>
Errno hugetlb_file_setup(World<D>& world, const Number<D>& pages, FileId* file);

}  // namespace vmacheck
