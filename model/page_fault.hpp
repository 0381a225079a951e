// What a fault does to one page of a VMA (v5.10 mm/memory.c handle_mm_fault and below it): for user accesses, and where
// the kernel faults pages in itself.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Makes a page inside the VMA present for the access, whose rights the caller has checked. A write to private memory
// gives the VMA its anon_vma; a read does where huge pages come into it. ok; sigbus: shared memory without an object, a page
// beyond the end of the file or that ->fault or ->page_mkwrite refuses, or a missing page of a range registered with
// userfaultfd; enomem: out of memory, or so says ->fault. An error may come after the anon_vma was prepared.
template <class D>
Errno handle_mm_fault(World<D>& world, VmaId vma, const Number<D>& page, Access access);

// The same for an access of the kernel (v5.10 mm/gup.c follow_page_mask, else faultin_page): an entry that allows it is
// left as it is, since no processor marks it as written.
template <class D>
Errno faultin_page(World<D>& world, VmaId vma, const Number<D>& page, Access access);

// Why a page of the VMA that is not mapped, or of a shared one not for writing, cannot be had by such an access, with all the
// memory there is: ok, sigbus, or enomem where ->fault or ->page_mkwrite says so.
template <class D>
Errno why_not_had(const World<D>& world, const Vma<D>& vma, const Number<D>& page, Access access);

}  // namespace vmacheck
