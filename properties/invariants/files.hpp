// Files: references, writable mappings, and hooks called.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

// Of a counter that each of its members adds one to.
template <class D, class Id, class Object>
struct OneEach {
    using Member = Id;
    static Number<D> share(const StateView<D>&, const Object&) { return 1; }
};

template <class D>
struct FileReferences : OneEach<D, VmaId, Vma<D>> {
    static constexpr PropertyInfo info{
        "file-references", PropertyKind::counter,
        "f_count is the open descriptors, the attachments cloned from it and the VMAs that map it", "fput"};
    using Owner = FileId;
    static Owner owner(const StateView<D>&, const Vma<D>& vma) { return vma.file; }
    static Number<D> counted(Owner, const File<D>& file) {
        const std::uint64_t others = std::uint64_t{file.descriptors} + file.clones;
        return file.f_count > others ? file.f_count - others : 0;
    }
    static void file(const World<D>&, FileId id, const File<D>& file, Report& report) {
        if (file.f_count == 0 || file.f_count < file.descriptors + std::uint64_t{file.clones})
            report.add(info, "{} has {} references but {} descriptors and {} clones", describe(id), file.f_count,
                       file.descriptors, file.clones);
    }
};

template <class D>
struct WritableMappings {
    static constexpr PropertyInfo info{
        "writable-mappings", PropertyKind::counter,
        "i_mmap_writable is the number of VM_SHARED VMAs that map the file; -1, and none, where it is sealed",
        "mapping_map_writable, memfd seals"};
    using Owner = AddressSpaceId;
    using Member = VmaId;
    static Owner owner(const StateView<D>& then, const Vma<D>& vma) {
        const File<D>* file = then.find(vma.file);
        return file != nullptr ? file->mapping : AddressSpaceId();
    }
    static Number<D> share(const StateView<D>&, const Vma<D>& vma) {
        return std::uint64_t{(vma.flags & vm::shared) != 0};
    }
    static Number<D> counted(Owner, const AddressSpace<D>& mapping) {
        return static_cast<std::uint64_t>(mapping.i_mmap_writable < 0 ? 0 : mapping.i_mmap_writable);
    }
    static void address_space(const World<D>&, AddressSpaceId id, const AddressSpace<D>& mapping, Report& report) {
        if (mapping.sealed ? mapping.i_mmap_writable != -1 : mapping.i_mmap_writable < 0)
            report.add(info, "i_mmap_writable of {} is {}", describe(id), mapping.i_mmap_writable);
    }
};

template <class D>
struct HooksBalanced : OneEach<D, VmaId, Vma<D>> {
    static constexpr PropertyInfo info{
        "hooks-balanced", PropertyKind::counter,
        "mmap and open hooks called less close hooks called is the number of VMAs with them",
        "SysV shm attach counts, drivers"};
    using Owner = FileId;
    // Of an attachment of a SysV segment, the segment: its count is shm_nattch.
    static Owner owner(const StateView<D>& then, const Vma<D>& vma) {
        if (vma.ops != VmOps::close) return {};
        const File<D>* file = then.find(vma.file);
        return file != nullptr && file->base ? file->base : vma.file;
    }
    static Number<D> counted(Owner, const File<D>& file) {
        return std::uint64_t{file.opened > file.closed ? file.opened - file.closed : 0};
    }
    static void file(const World<D>&, FileId id, const File<D>& file, Report& report) {
        if (file.closed > file.opened) report.add(info, "{} was closed more often than opened", describe(id));
    }
};

template <class D>
struct SegmentClones : OneEach<D, FileId, File<D>> {
    static constexpr PropertyInfo info{"segment-clones", PropertyKind::counter,
                                       "a SysV segment knows how many attachments' files hold its own", "shm_release"};
    using Owner = FileId;
    static Owner owner(const StateView<D>&, const File<D>& file) { return file.base; }
    static Number<D> counted(Owner, const File<D>& file) { return std::uint64_t{file.clones}; }
    static void file(const World<D>& world, FileId id, const File<D>& file, Report& report) {
        const File<D>* base = world.find(file.base);
        const bool attachment = file.kind == FileKind::sysv_shm && file.descriptors == 0;
        if (attachment != static_cast<bool>(file.base))
            report.add(info, "{} is {} attachment, but has {} base", describe(id), attachment ? "an" : "no",
                       file.base ? "a" : "no");
        if (base != nullptr && (base->mapping != file.mapping || base->spec != file.spec))
            report.add(info, "{} is of another inode than the segment it is attached to", describe(id));
    }
};

template <class D>
struct AddressSpaceUse : OneEach<D, FileId, File<D>> {
    static constexpr PropertyInfo info{"address-space-use", PropertyKind::counter,
                                       "an address_space knows how many files use it", "fput, iput"};
    using Owner = AddressSpaceId;
    static Owner owner(const StateView<D>&, const File<D>& file) { return file.mapping; }
    static Number<D> counted(Owner, const AddressSpace<D>& mapping) { return std::uint64_t{mapping.files}; }
};

}  // namespace vmacheck
