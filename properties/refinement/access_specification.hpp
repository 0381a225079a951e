// Why a page of a VMA cannot be had.
#pragma once

#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {

// What keeps an access from a page of the VMA, though its rights allow it and there is memory: ok; sigbus; sigsegv of a
// guard page; enomem where a hook says so. Userfaults are left out, since an object that holds the page already is no reason to ask for it.
template <class D>
Errno error_of_page(const SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page, bool write);
// The same of the first page in [at, to), which is mapped, that cannot be faulted in.
template <class D>
Errno error_of_faulting(const SpecContext<D>& ctx, const Number<D>& at, const Number<D>& to, bool write);

}  // namespace vmacheck::specification
