// Faulting pages in ahead of their use (v5.10 mm/gup.c __mm_populate, populate_vma_page_range): for locked memory and
// MAP_POPULATE.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Pages of a VMA that one call faults in at most. The kernel has no such bound; here it keeps a call on a huge range as
// cheap as others. Pages beyond it are faulted in on use, which only the page tables show: the VMA still gets the anon_vma
// that populating it would have given it, and a page that cannot be had, whatever memory there is, is an error.
inline constexpr unsigned populate_page_limit = 64;

// populate_vma_page_range over [start, end), a part of the VMA: writes to private writable memory, reads elsewhere.
// VM_LOCKONFAULT: nothing. ok; efault: the VMA allows no access; enomem: the first page could not be faulted in.
template <class D>
Errno populate_vma_page_range(World<D>& world, VmaId vma, const Number<D>& start, const Number<D>& end);

// faultin_page_range (v5.14: faultin_vma_page_range) for MADV_POPULATE_READ and _WRITE over [start, end), a part of the
// VMA. ok; einval: device memory, or the VMA does not allow the access; efault: a page beyond the end of its file, or one
// that userfaultfd watches; enomem.
template <class D>
Errno faultin_page_range(World<D>& world, VmaId vma, const Number<D>& start, const Number<D>& end, Access access);

// __mm_populate without ignore_errors, as mlock calls it: each VMA of [start, start + len), page numbers, holes and
// device memory skipped, up to the first error. Takes and drops the mmap lock for reading. ok, efault or enomem.
template <class D>
Errno mm_populate_strict(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len);

// mm_populate, for all other callers: errors are ignored.
template <class D>
void mm_populate(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len);

}  // namespace vmacheck
