// Why a page cannot be had, though its rights allow the access: the end of a file or of a special mapping's image, and what
// ->fault and ->page_mkwrite of a file say (v5.10 mm/memory.c do_fault, do_shared_fault, wp_page_shared; mm/hugetlb.c
// hugetlb_no_page; mm/gup.c __mm_populate).
#include "properties/refinement/access_specification.hpp"

namespace vmacheck::specification {
namespace {

// The hooks of a file that the VMA has; nullptr: it has none.
template <class D>
const FileSpec* hooks_before(const SpecContext<D>& ctx, const Vma<D>& vma) {
    if (vma.ops != VmOps::plain && vma.ops != VmOps::close) return nullptr;
    return spec_behind(ctx, vma.file);
}

// Beyond the end of what is mapped.
template <class D>
bool beyond_what_is_mapped(const SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page) {
    if (vma.ops == VmOps::none || page < vma.start || page >= vma.end) return false;
    const Number<D> offset = vma.pgoff + (page - vma.start);
    if (vma.ops == VmOps::vdso) return offset >= ctx.parameters().vdso_pages;
    if (vma.ops != VmOps::special) return beyond_end<D>(ctx, vma.file, offset);
    return ctx.parameters().special_pages != unlimited && offset >= ctx.parameters().special_pages;
}

template <class D>
Errno error_of_absent_page(const SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page) {
    const Parameters& p = ctx.parameters();
    if ((vma.flags & vm::shared) != 0 && vma.ops == VmOps::none) return Errno::sigbus;
    const FileSpec* hooks = (vma.flags & (vm::io | vm::pfnmap)) == 0 ? hooks_before(ctx, vma) : nullptr;
    if (hooks != nullptr && hooks->no_fault) return Errno::sigbus;
    if (hooks != nullptr && hooks->fault_error != Errno::ok) return hooks->fault_error;
    if (beyond_what_is_mapped<D>(ctx, vma, page)) return Errno::sigbus;
    const bool unreserved = (vma.flags & vm::hugetlb) != 0 && (vma.flags & vm::noreserve) != 0;
    return unreserved && p.huge_pool_empty ? Errno::sigbus : Errno::ok;
}

// Whether there was a guard page in [at, to).
template <class D>
bool guard_before(const SpecContext<D>& ctx, const Number<D>& at, const Number<D>& to) {
    if (ctx.step.world.profile().policy.guard_regions == GuardRegions::none) return false;
    const StateView<D> before(ctx.step.world, true);
    for (const Pte<D>* each = first_pte_at_or_above(before, ctx.mm, at); each != nullptr && each->address < to;
         each = first_pte_at_or_above<D>(before, ctx.mm, each->address + 1))
        if (each->guard) return true;
    return false;
}

}  // namespace

template <class D>
Errno error_of_page(const SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page, bool write) {
    const Pte<D>* mapped = pte_at(StateView<D>(ctx.step.world, true), ctx.mm, page);
    if (mapped != nullptr && mapped->guard) return Errno::sigsegv;
    if (mapped == nullptr)
        if (const Errno error = error_of_absent_page<D>(ctx, vma, page); error != Errno::ok) return error;
    const bool shared = (vma.flags & (vm::shared | vm::io | vm::pfnmap)) == vm::shared;
    const FileSpec* hooks = hooks_before(ctx, vma);
    if (!write || !shared || hooks == nullptr || (mapped != nullptr && mapped->writable)) return Errno::ok;
    return hooks->mkwrite_error;
}

template <class D>
Errno error_of_faulting(const SpecContext<D>& ctx, const Number<D>& at, const Number<D>& to, bool write) {
    if (!ctx.parameters().page_layer) return Errno::ok;
    Errno error = Errno::ok;
    each_vma_before(ctx.step.world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.end <= at) return true;
        if (vma.start >= to || error != Errno::ok) return false;
        const Number<D> end = vma.end < to ? vma.end : to;
        // What the first page that is not mapped is refused, all are; the last one lies beyond the end if any does.
        Number<D> page = vma.start < at ? at : vma.start;
        for (; page < end && error == Errno::ok; page += 1) {
            error = error_of_page<D>(ctx, vma, page, write);
            if (!present_before<D>(ctx.step.world, ctx.mm, page)) break;
        }
        if (error == Errno::ok) error = error_of_page<D>(ctx, vma, end - 1, write);
        if (error == Errno::ok && guard_before<D>(ctx, page, end)) error = Errno::sigsegv;
        return error == Errno::ok;
    });
    return error;
}

template Errno error_of_page(const SpecContext<Plain>&, const Vma<Plain>&, const Number<Plain>&, bool);
template Errno error_of_page(const SpecContext<Traced>&, const Vma<Traced>&, const Number<Traced>&, bool);
template Errno error_of_faulting(const SpecContext<Plain>&, const Number<Plain>&, const Number<Plain>&, bool);
template Errno error_of_faulting(const SpecContext<Traced>&, const Number<Traced>&, const Number<Traced>&, bool);

}  // namespace vmacheck::specification
