#include "model/populate.hpp"

#include "model/anon_vma.hpp"
#include "model/gap_tree.hpp"
#include "model/page_fault.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// A failure behind the first page is no error of populate_vma_page_range: it has done some of its work. __mm_populate
// calls it again for the rest, where a second failure of that page counts.
enum class AfterFailure : std::uint8_t { call_again, leave_the_rest };

// The pages of [start, end) one by one. *budget: the number of entries that may still be made. efault or enomem.
template <class D>
Errno fault_pages(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, Access access,
                  AfterFailure rule, unsigned* budget) {
    bool retried = false;
    for (Number<D> page = start; *budget > 0 && world.parameters().page_layer && page < end;) {
        const Errno error = handle_mm_fault(world, id, page, access);
        if (error != Errno::ok) {
            if (retried || page == start) return error == Errno::enomem ? Errno::enomem : Errno::efault;
            if (rule == AfterFailure::leave_the_rest) return Errno::ok;
            retried = true;
            continue;
        }
        retried = false;
        --*budget;
        page += 1;
    }
    return Errno::ok;
}

// populate_vma_page_range with the number of entries it may still make.
template <class D>
Errno populate(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, AfterFailure rule,
               unsigned* budget) {
    const FunctionScope scope(world, "populate_vma_page_range");
    const Vma<D>& vma = world[id];
    world.bug_on(start.value() < vma.start.value() || end.value() > vma.end.value(),
                 "a range to populate passes the ends of its VMA");
    const bool on_fault = (vma.flags & vm::lockonfault) != 0;
    if (on_fault && world.profile().policy.lock_on_fault_unchecked) return Errno::ok;
    if (!vma_is_accessible(vma)) return Errno::efault;
    if (on_fault) return Errno::ok;
    const bool write = (vma.flags & (vm::write | vm::shared)) == vm::write;
    const Access access = write ? Access::write : Access::read;
    if (const Errno error = fault_pages(world, id, start, end, access, rule, budget); error != Errno::ok) return error;
    // Whether or not pages are kept, or the bound was reached: a private writable VMA has been written to.
    return write && !faulted(vma) ? anon_vma_prepare(world, id) : Errno::ok;
}

template <class D>
Errno populate_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, bool ignore_errors) {
    unsigned budget = populate_page_limit;
    for (VmaId each = find_vma(world, mm, start); each && world[each].start < end; each = world[each].next) {
        const Vma<D>& vma = world[each];
        if ((vma.flags & (vm::io | vm::pfnmap)) != 0) continue;
        const Number<D> from = vma.start < start ? start : vma.start;
        const Number<D> to = end < vma.end ? end : vma.end;
        const Errno error = populate(world, each, from, to, AfterFailure::call_again, &budget);
        if (error != Errno::ok && !ignore_errors) return error;
    }
    return Errno::ok;
}

template <class D>
Errno locked_populate_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len,
                            bool ignore_errors) {
    const FunctionScope scope(world, "__mm_populate");
    if (len == 0) return Errno::ok;
    world.let_others_run();
    world.emit(Event::mmap_lock_read, mm.raw());
    const Errno error = populate_range(world, mm, start, start + len, ignore_errors);
    world.emit(Event::mmap_unlock_read, mm.raw());
    return error;
}

}  // namespace

template <class D>
Errno populate_vma_page_range(World<D>& world, VmaId vma, const Number<D>& start, const Number<D>& end) {
    unsigned budget = populate_page_limit;
    return populate(world, vma, start, end, AfterFailure::leave_the_rest, &budget);
}

template <class D>
Errno faultin_page_range(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, Access access) {
    const FunctionScope scope(world, "faultin_page_range");
    const Vma<D>& vma = world[id];
    const bool write = access == Access::write;
    if ((vma.flags & (vm::io | vm::pfnmap)) != 0) return Errno::einval;
    if ((vma.flags & (write ? vm::write : vm::read)) == 0) return Errno::einval;
    unsigned budget = populate_page_limit;
    const Errno error = fault_pages(world, id, start, end, access, AfterFailure::call_again, &budget);
    if (error != Errno::ok) return error;
    const bool made_private = write || (vma.flags & vm::hugetlb) != 0;
    return made_private && (vma.flags & vm::may_share) == 0 && !faulted(vma) ? anon_vma_prepare(world, id) : Errno::ok;
}

template <class D>
Errno mm_populate_strict(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len) {
    return locked_populate_range(world, mm, start, len, false);
}

template <class D>
void mm_populate(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len) {
    locked_populate_range(world, mm, start, len, true);
}

template Errno populate_vma_page_range(World<Plain>&, VmaId, const Number<Plain>&, const Number<Plain>&);
template Errno faultin_page_range(World<Plain>&, VmaId, const Number<Plain>&, const Number<Plain>&, Access);
template Errno mm_populate_strict(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&);
template void mm_populate(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&);
template Errno populate_vma_page_range(World<Traced>&, VmaId, const Number<Traced>&, const Number<Traced>&);
template Errno faultin_page_range(World<Traced>&, VmaId, const Number<Traced>&, const Number<Traced>&, Access);
template Errno mm_populate_strict(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&);
template void mm_populate(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&);

}  // namespace vmacheck
