// mmap and open hooks called less close hooks called is the number of VMAs with them. SysV attach counts and drivers
// count by these calls: a missing close keeps a segment for good. Broken by: mmap-hook-not-closed,
// mmap-remerge-not-closed, merge-case7-close.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct HooksBalanced {
    static constexpr PropertyInfo info{
        "hooks-balanced", PropertyKind::counter,
        "mmap and open hooks called less close hooks called is the number of VMAs with them",
        "SysV shm attach counts, drivers"};
    static constexpr Changes reads = changed::file;
    static constexpr std::string_view field = "number of open hooks less close hooks";
    using Owner = FileId;
    using Member = VmaId;
    // Of an attachment of a SysV segment, the segment: its count is shm_nattch.
    static Owner owner(const StateView<D>& then, const Vma<D>& vma) {
        if (vma.ops != VmOps::close) return {};
        const File<D>* file = then.find(vma.file);
        return file != nullptr && file->base ? file->base : vma.file;
    }
    static Number<D> share(const StateView<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const File<D>& file) {
        return std::uint64_t{file.opened > file.closed ? file.opened - file.closed : 0};
    }
    static void file(const World<D>&, FileId id, const File<D>& file, Report& report) {
        if (file.closed > file.opened) report.add(info, "{} was closed more often than opened", describe(id));
    }
};

}  // namespace vmacheck
