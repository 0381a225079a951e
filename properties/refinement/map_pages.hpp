// What do_mmap makes of a request: of mmap, shmat and remap_file_pages.
#pragma once

#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {

// The request that mmap, shmat and remap_file_pages make of do_mmap.
template <class D>
struct MapRequest {
    Bytes<D> addr;
    Number<D> len;  // pages, above 0
    Prot prot = 0;
    MapFlags flags = 0;
    Number<D> offset;                // pages
    bool from_file = false;          // and of which:
    const FileSpec* spec = nullptr;  // nullptr: a shared anonymous object
    FileId file;                     // none: a new object for this mapping alone
    bool readable = true;
    bool writable = true;
    bool returns_address = true;
};

// What do_mmap must answer and do, from the check of the offset on.
template <class D>
void map_pages(SpecContext<D>& ctx, const MapRequest<D>& request);

}  // namespace vmacheck::specification
