// __do_munmap (v5.10 mm/mmap.c), shared by munmap(2), mmap over existing mappings, and a shrinking brk.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Unmaps [start, start + len); len above 0, range below task_size. ok even if nothing is mapped there. On enomem,
// and on einval of a VMA that may not be cut there, nothing is unmapped, but VMAs may be left split at the ends.
//
// A caller that has nothing else to do under the mmap_lock lets it be downgraded once the VMAs are detached: page
// faults can happen while the pages are unmapped. Where a stack could grow into the range, it is held for writing.
enum class Downgrade : std::uint8_t { no, yes };
template <class D>
Errno do_munmap(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len,
                Downgrade downgrade = Downgrade::no);

// The same where the caller has already found the first VMA that ends above start; it must overlap the range.
template <class D>
Errno do_munmap_from(World<D>& world, VmaId first, const Number<D>& start, const Number<D>& end,
                     Downgrade downgrade = Downgrade::no);

// The first part of it alone: cuts the VMAs that reach over the ends of the range. *first is one that overlaps it, and
// becomes the first inside it. Errors as above.
template <class D>
Errno cut_ends(World<D>& world, VmaId* first, const Number<D>& start, const Number<D>& end);

// remove_vma: close hook, file reference, and the VMA itself.
template <class D>
void remove_vma(World<D>& world, VmaId vma);

}  // namespace vmacheck
