#pragma once

#include "properties/property.hpp"

namespace vmacheck {

// A huge mapping is entered in page tables as a whole: a VMA that ends inside a huge page leaves half of it mapped.
template <class D>
struct HookAlignment {
    static constexpr PropertyInfo info{
        "hook-alignment", PropertyKind::invariant,
        "VMAs of a file whose driver maps in larger units begin and end at multiples of these",
        "zap_huge_pmd, dev_dax_huge_fault"};

    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.ops != VmOps::plain && vma.ops != VmOps::close) return;
        const File<D>* file = world.find(vma.file);
        if (file == nullptr || file->spec == 0 || file->spec > world.parameters().files.size()) return;
        const std::uint64_t granule = world.parameters().files[file->spec - 1u].granule;
        if (granule <= 1) return;
        if (remainder(vma.start, granule) != 0 || remainder(vma.end, granule) != 0)
            report.add(info, "{} does not keep to units of {} pages", describe(vma), granule);
    }
};

}  // namespace vmacheck
