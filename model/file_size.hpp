// What changes of a file mean for those who map it: unmap_mapping_pages of v5.10 mm/memory.c, with truncate_pagecache
// and truncate_pagecache_range of mm/truncate.c around it, which shmem does in the same way (mm/shmem.c shmem_setattr,
// shmem_fallocate).
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Whether the page of a VMA lies beyond the end of the file it maps, or of the image of a special mapping. False for VMAs
// that map neither.
template <class D>
bool beyond_end_of_file(const World<D>& world, const Vma<D>& vma, const Number<D>& page);

// The file now has this many pages. What lies beyond leaves every mapping, private copies too.
template <class D>
void truncate_mapping(World<D>& world, AddressSpaceId mapping, const Number<D>& pages);

// FALLOC_FL_PUNCH_HOLE of `count` pages, above 0, from `first` on: the file's pages leave every mapping; private copies
// stay.
template <class D>
void punch_hole(World<D>& world, AddressSpaceId mapping, const Number<D>& first, const Number<D>& count);

}  // namespace vmacheck
