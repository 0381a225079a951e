// A VMA has userfaultfd flags exactly if it has a context, and is memory that vma_can_userfault lets in.
// handle_userfault uses the context that a flag promises: without one it reads a null pointer. Broken by:
// fork-uffd-flags-kept.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct UffdContext {
    static constexpr PropertyInfo info{
        "uffd-context", PropertyKind::invariant,
        "a VMA has userfaultfd flags exactly if it has a context, and is memory that can be "
        "registered",
        "handle_userfault, userfaultfd_release"};
    static constexpr Changes reads = changed::content;
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        const bool flagged = (vma.flags & vm::uffd) != 0;
        if (flagged != (vma.uffd != 0))
            report.add(info, "{} has {} but {}", describe(vma), flagged ? "userfaultfd flags" : "a userfaultfd context",
                       flagged ? "no context" : "no flags");
        if (!flagged || vma.ops == VmOps::none) return;
        const File<D>* file = world.find(vma.file);
        const bool shmem = vma.ops == VmOps::plain && file != nullptr && file->kind == FileKind::shmem;
        if (!shmem && (vma.flags & vm::hugetlb) == 0)
            report.add(info, "{} is registered with userfaultfd and neither anonymous, nor shmem, nor hugetlb",
                       describe(vma));
        if ((vma.flags & vm::uffd_wp) != 0 && !world.profile().policy.uffd_wp_of_files)
            report.add(info, "{} is registered for write protection and not anonymous", describe(vma));
    }
};

}  // namespace vmacheck
