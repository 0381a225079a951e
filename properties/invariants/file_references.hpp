// f_count of a file is its open descriptors, the attachments cloned from it and the VMAs that map it. fput frees at 0:
// too low is use after free, too high a leak. Broken by: mmap-merge-double-fput.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct FileReferences {
    static constexpr PropertyInfo info{
        "file-references", PropertyKind::counter,
        "f_count is the open descriptors, the attachments cloned from it and the VMAs that map it", "fput"};
    static constexpr Changes reads = changed::file;
    static constexpr std::string_view field = "f_count";
    using Owner = FileId;
    using Member = VmaId;
    static Owner owner(const StateView<D>&, const Vma<D>& vma) { return vma.file; }
    static Number<D> share(const StateView<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const File<D>& file) {
        const std::uint64_t others = std::uint64_t{file.descriptors} + file.clones;
        return file.f_count > others ? file.f_count - others : 0;
    }
    static Number<D> held(const File<D>& file) { return std::uint64_t{file.f_count}; }
    static void file(const World<D>&, FileId id, const File<D>& file, Report& report) {
        if (file.f_count == 0 || file.f_count < file.descriptors + std::uint64_t{file.clones})
            report.add(info, "{} has {} references but {} descriptors and {} clones", describe(id), file.f_count,
                       file.descriptors, file.clones);
    }
};

}  // namespace vmacheck
