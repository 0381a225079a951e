// i_mmap_writable is the number of VM_SHARED VMAs that map the file; -1 where it is sealed. mapping_map_writable and
// memfd seals read it: too low, and a sealed file is written through a mapping. Broken by: fork-writable-not-counted.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct WritableMappings {
    static constexpr PropertyInfo info{
        "writable-mappings", PropertyKind::counter,
        "i_mmap_writable is the number of VM_SHARED VMAs that map the file; -1, and none, where it is sealed",
        "mapping_map_writable, memfd seals"};
    static constexpr Changes reads = changed::content;
    static constexpr std::string_view field = "i_mmap_writable";
    using Owner = AddressSpaceId;
    using Member = VmaId;
    static Owner owner(const StateView<D>& then, const Vma<D>& vma) {
        const File<D>* file = then.find(vma.file);
        return file != nullptr ? file->mapping : AddressSpaceId();
    }
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        // Since 6.7 a mapping that can never be written does not count.
        const bool may_write = (vma.flags & vm::may_write) != 0 ||
                               then.world().profile().policy.sealed_readonly == SealedReadonly::refused;
        return std::uint64_t{(vma.flags & vm::shared) != 0 && may_write};
    }
    static Number<D> counted(Owner, const AddressSpace<D>& mapping) {
        return static_cast<std::uint64_t>(mapping.i_mmap_writable < 0 ? 0 : mapping.i_mmap_writable);
    }
    static void address_space(const World<D>&, AddressSpaceId id, const AddressSpace<D>& mapping, Report& report) {
        if (mapping.sealed ? mapping.i_mmap_writable != -1 : mapping.i_mmap_writable < 0)
            report.add(info, "i_mmap_writable of {} is {}, expected {}", describe(id), mapping.i_mmap_writable,
                       mapping.sealed ? "-1 of a sealed file" : "0 or more");
    }
};

}  // namespace vmacheck
