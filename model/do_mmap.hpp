// do_mmap (v5.10 mm/mmap.c): what mmap(2), shmat(2) and remap_file_pages(2) have in common, under the write lock.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
struct MmapCall {
    MmId mm;
    FileId file;  // none: anonymous
    Bytes<D> addr;
    Bytes<D> len;
    Prot prot = 0;
    MapFlags flags = 0;
    Number<D> pgoff;  // pages
};

// Where a mapping came to be, and whether its pages are to be faulted in once the lock is dropped.
template <class D>
struct Mapped {
    Number<D> start;  // page number
    bool populate = false;
};

// Every errno of mmap(2) that does not come from looking up a descriptor; *mapped is set on ok.
template <class D>
Errno do_mmap(World<D>& world, const MmapCall<D>& call, Mapped<D>* mapped);

}  // namespace vmacheck
