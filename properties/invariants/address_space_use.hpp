// An address_space knows how many files use it. The last fput frees it: too low is use after free. Broken by:
// fput-keeps-inode.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AddressSpaceUse {
    static constexpr PropertyInfo info{"address-space-use", PropertyKind::counter,
                                       "an address_space knows how many files use it", "fput, iput"};
    static constexpr std::string_view field = "number of files";
    using Owner = AddressSpaceId;
    using Member = FileId;
    static Owner owner(const StateView<D>&, const File<D>& file) { return file.mapping; }
    static Number<D> share(const StateView<D>&, const File<D>&) { return 1; }
    static Number<D> counted(Owner, const AddressSpace<D>& mapping) { return std::uint64_t{mapping.files}; }
};

}  // namespace vmacheck
