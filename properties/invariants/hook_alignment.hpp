// VMAs of a file whose driver maps in larger units, such as huge pages, begin and end at multiples of these. A huge
// mapping is entered in page tables as a whole: a VMA that ends inside one leaves half of it mapped. Broken by:
// split-alignment, mremap-split-unchecked.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct HookAlignment {
    static constexpr PropertyInfo info{
        "hook-alignment", PropertyKind::invariant,
        "VMAs of a file whose driver maps in larger units, such as huge pages, begin and end at multiples of these",
        "zap_huge_pmd, dev_dax_huge_fault"};
    static constexpr Changes reads = changed::content;

    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.ops != VmOps::plain && vma.ops != VmOps::close) return;
        const File<D>* file = world.find(vma.file);
        if (file == nullptr || file->spec > world.parameters().files.size()) return;
        if (file->spec == 0 && file->kind != FileKind::hugetlb) return;
        const FileSpec& spec = file->spec == 0 ? anonymous_huge_file() : world.parameters().files[file->spec - 1u];
        const bool huge = is_file_hugepages(spec);
        const std::uint64_t unit = unit_pages(world.parameters(), spec);
        if (unit <= 1) return;
        const bool aligned = remainder(vma.start, unit) == 0 && remainder(vma.end, unit) == 0;
        if (!aligned || (huge && remainder(vma.pgoff, unit) != 0))
            report.add(info, "{} does not keep to units of {} pages", describe(vma), unit);
        if (huge && ((vma.flags & vm::hugetlb) == 0 || (vma.flags & (vm::account | vm::locked)) != 0))
            report.add(info, "{} has huge pages, and flags of other memory", describe(vma));
    }
};

}  // namespace vmacheck
