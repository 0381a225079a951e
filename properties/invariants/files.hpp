// Files: references, writable mappings, and hooks called.
#pragma once

#include "properties/property.hpp"

namespace vmacheck {

template <class D>
struct FileReferences {
    static constexpr PropertyInfo info{"file-references", PropertyKind::counter,
                                       "f_count is the open descriptors plus the VMAs that map the file", "fput"};
    using Owner = FileId;
    using Member = VmaId;
    static Owner owner(const Then<D>&, const Vma<D>& vma) { return vma.file; }
    static Number<D> share(const Then<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const File<D>& file) {
        return std::uint64_t{file.f_count > file.descriptors ? file.f_count - file.descriptors : 0};
    }
    static void file(const World<D>&, FileId id, const File<D>& file, Report& report) {
        if (file.f_count == 0 || file.f_count < file.descriptors)
            report.add(info, "{} has {} references but {} descriptors", describe(id), file.f_count, file.descriptors);
    }
};

template <class D>
struct WritableMappings {
    static constexpr PropertyInfo info{"writable-mappings", PropertyKind::counter,
                                       "i_mmap_writable is the number of VM_SHARED VMAs that map the file",
                                       "mapping_map_writable, memfd seals"};
    using Owner = AddressSpaceId;
    using Member = VmaId;
    static Owner owner(const Then<D>& then, const Vma<D>& vma) {
        const File<D>* file = then.find(vma.file);
        return file != nullptr ? file->mapping : AddressSpaceId();
    }
    static Number<D> share(const Then<D>&, const Vma<D>& vma) { return std::uint64_t{(vma.flags & vm::shared) != 0}; }
    static Number<D> counted(Owner, const AddressSpace<D>& mapping) {
        return static_cast<std::uint64_t>(mapping.i_mmap_writable < 0 ? 0 : mapping.i_mmap_writable);
    }
    static void address_space(const World<D>&, AddressSpaceId id, const AddressSpace<D>& mapping, Report& report) {
        if (mapping.i_mmap_writable < 0) report.add(info, "i_mmap_writable of {} is negative", describe(id));
    }
};

template <class D>
struct HooksBalanced {
    static constexpr PropertyInfo info{
        "hooks-balanced", PropertyKind::counter,
        "mmap and open hooks called less close hooks called is the number of VMAs with them",
        "SysV shm attach counts, drivers"};
    using Owner = FileId;
    using Member = VmaId;
    static Owner owner(const Then<D>&, const Vma<D>& vma) { return vma.ops == VmOps::close ? vma.file : FileId(); }
    static Number<D> share(const Then<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const File<D>& file) {
        return std::uint64_t{file.opened > file.closed ? file.opened - file.closed : 0};
    }
    static void file(const World<D>&, FileId id, const File<D>& file, Report& report) {
        if (file.closed > file.opened) report.add(info, "{} was closed more often than opened", describe(id));
    }
};

template <class D>
struct AddressSpaceUse {
    static constexpr PropertyInfo info{"address-space-use", PropertyKind::counter,
                                       "an address_space knows how many files use it", "fput, iput"};
    using Owner = AddressSpaceId;
    using Member = FileId;
    static Owner owner(const Then<D>&, const File<D>& file) { return file.mapping; }
    static Number<D> share(const Then<D>&, const File<D>&) { return 1; }
    static Number<D> counted(Owner, const AddressSpace<D>& mapping) { return std::uint64_t{mapping.files}; }
};

}  // namespace vmacheck
