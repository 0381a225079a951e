// mmap_region (v5.10.198 mm/mmap.c): gives a range of an address space its new mapping.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
struct RegionRequest {
    MmId mm;
    Number<D> start;  // page number
    Number<D> len;    // pages, above 0
    VmFlags flags = 0;
    FileId file;      // none: anonymous
    Number<D> pgoff;  // pages
    [[nodiscard]] Number<D> end() const { return start + len; }
};

// Unmaps what is there, charges, merges or builds. Sets *start to the address that the call returns, page number. On an
// error the range is as it was, or unmapped: enomem; eperm, where the file is sealed; etxtbsy, enospc, enfile, einval
// and others of the file's ->mmap.
template <class D>
Errno mmap_region(World<D>& world, RegionRequest<D> request, Number<D>* start);

}  // namespace vmacheck
