#include "model/populate.hpp"

#include "model/anon_vma.hpp"
#include "model/file_size.hpp"
#include "model/gap_tree.hpp"
#include "model/huge_memory.hpp"
#include "model/page_fault.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// A failure behind the first page is no error of populate_vma_page_range: it has done some of its work. __mm_populate
// calls it again for the rest, where a second failure of that page counts.
enum class AfterFailure : std::uint8_t { call_again, leave_the_rest };

// FOLL_TOUCH of follow_page_pte: where the kernel writes, the page is marked, unless it or its entry is so already.
template <class D>
void mark_written(World<D>& world, MmId mm, const Number<D>& address) {
    const PteId pte = find_pte(world, mm, address);
    const PageId page = pte ? world[pte].page : PageId();
    if (!page || !world[page].anon_vma || world[page].dirty || world[pte].dirty) return;
    world.change(page).dirty = true;
}

// Whether there is a guard page in [start, end).
template <class D>
bool any_guard(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    if (world.profile().policy.guard_regions == GuardRegions::none) return false;
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end; each = next_pte(world, each))
        if (world[each].guard) return true;
    return false;
}

// What faulting in [start, end) would end with, where each page that is to be had is had: of pages behind the bound. ok,
// efault or enomem. Each turn but the last passes over an entry or a page of the page cache.
template <class D>
Errno fault_in_rest(const World<D>& world, const Vma<D>& vma, const Number<D>& start, const Number<D>& end,
                    Access access) {
    if (start >= end) return Errno::ok;
    const bool written = access == Access::write && (vma.flags & vm::shared) != 0;
    for (Number<D> page = start; page < end; page += 1) {
        const PteId pte = find_pte(world, vma.mm, page);
        if (pte && !world[pte].guard && (world[pte].writable || !written)) continue;
        const Errno error = why_not_had(world, vma, page, access);
        if (error != Errno::ok) return error == Errno::enomem ? Errno::enomem : Errno::efault;
        if ((vma.flags & vm::uffd_missing) == 0) break;  // and so of all others but for the end of the file
    }
    if (any_guard(world, vma.mm, start, end)) return Errno::efault;
    return beyond_end_of_file<D>(world, vma, end - 1) ? Errno::efault : Errno::ok;
}

// The pages of [start, end) one by one, as far as the bound allows; efault or enomem.
template <class D>
Errno fault_pages(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, Access access,
                  AfterFailure rule) {
    if (!world.parameters().page_layer) return Errno::ok;
    const Number<D> bound = start + populate_page_limit;
    bool retried = false;
    Number<D> page = start;
    while (page < end && page < bound) {
        const Errno error = faultin_page(world, id, page, access);
        if (error != Errno::ok) {
            if (retried || page == start) return error == Errno::enomem ? Errno::enomem : Errno::efault;
            if (rule == AfterFailure::leave_the_rest) return Errno::ok;
            retried = true;
            continue;
        }
        if (access == Access::write) mark_written(world, world[id].mm, page);
        retried = false;
        page += 1;
    }
    return rule == AfterFailure::leave_the_rest ? Errno::ok : fault_in_rest(world, world[id], page, end, access);
}

// Whether or not pages are kept, or the bound was reached: populating [start, end) like this gives the VMA its anon_vma.
template <class D>
bool makes_anonymous_pages(const World<D>& world, const Vma<D>& vma, const Number<D>& start, const Number<D>& end,
                           Access access) {
    if ((vma.flags & vm::may_share) != 0 || faulted(vma)) return false;
    if (access == Access::write || (vma.flags & vm::hugetlb) != 0) return true;
    return any_suits_huge_page(world, vma, start, end);
}

// populate_vma_page_range.
template <class D>
Errno populate(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, AfterFailure rule) {
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
    if (const Errno error = fault_pages(world, id, start, end, access, rule); error != Errno::ok) return error;
    return makes_anonymous_pages(world, vma, start, end, access) ? anon_vma_prepare(world, id) : Errno::ok;
}

template <class D>
Errno populate_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, bool ignore_errors) {
    for (VmaId each = find_vma(world, mm, start); each && world[each].start < end; each = world[each].next) {
        const Vma<D>& vma = world[each];
        if ((vma.flags & (vm::io | vm::pfnmap)) != 0) continue;
        const Number<D> from = vma.start < start ? start : vma.start;
        const Number<D> to = end < vma.end ? end : vma.end;
        const Errno error = populate(world, each, from, to, AfterFailure::call_again);
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
    return populate(world, vma, start, end, AfterFailure::leave_the_rest);
}

template <class D>
Errno faultin_page_range(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, Access access) {
    const FunctionScope scope(world, "faultin_page_range");
    const Vma<D>& vma = world[id];
    const bool write = access == Access::write;
    if ((vma.flags & (vm::io | vm::pfnmap)) != 0) return Errno::einval;
    if ((vma.flags & (write ? vm::write : vm::read)) == 0) return Errno::einval;
    const Errno error = fault_pages(world, id, start, end, access, AfterFailure::call_again);
    if (error != Errno::ok) return error;
    return makes_anonymous_pages(world, vma, start, end, access) ? anon_vma_prepare(world, id) : Errno::ok;
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
