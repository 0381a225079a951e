// A SysV segment knows how many attachments' files hold its own. shm_release drops one each: too low is use after free.
// Broken by: shm-release-forgotten.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct SegmentClones {
    static constexpr PropertyInfo info{"segment-clones", PropertyKind::counter,
                                       "a SysV segment knows how many attachments' files hold its own", "shm_release"};
    static constexpr std::string_view field = "number of clones";
    using Owner = FileId;
    using Member = FileId;
    static Owner owner(const StateView<D>&, const File<D>& file) { return file.base; }
    static Number<D> share(const StateView<D>&, const File<D>&) { return 1; }
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

}  // namespace vmacheck
