#include "model/advise_pages.hpp"

#include "model/anon_vma.hpp"
#include "model/faults/pages.hpp"
#include "model/file_hooks.hpp"
#include "model/file_size.hpp"
#include "model/mseal.hpp"
#include "model/page_table.hpp"
#include "model/populate.hpp"
#include "model/reclaim.hpp"
#include "model/state/function_scope.hpp"
#include "model/swap.hpp"

#include <vector>

namespace vmacheck {
namespace {

// can_madv_lru_vma: its pages are on the lists of reclaim. DONTNEED_LOCKED drops locked pages too.
template <class D>
bool can_madv_lru_vma(const Vma<D>& vma, Advice advice) {
    const VmFlags locked = advice == Advice::dontneed_locked ? 0 : vm::locked;
    return (vma.flags & (locked | vm::hugetlb | vm::pfnmap)) == 0;
}

// madvise_dontneed_free_valid_vma for hugetlbfs: since 5.18 DONTNEED takes whole huge pages, locked or not, from a start
// at a multiple. They are in no page table here.
template <class D>
bool drops_huge_pages(const World<D>& world, const Vma<D>& vma, Advice advice) {
    const bool drops = advice == Advice::dontneed || advice == Advice::dontneed_locked;
    return drops && (vma.flags & vm::hugetlb) != 0 && world.profile().policy.hugetlb_dontneed;
}

// madvise_free_pte_range for one entry: a swap entry is freed, an exclusive page is marked. From now on its
// contents may be lost, until the page is written to.
template <class D>
void free_lazily(World<D>& world, PteId pte) {
    if (world[pte].swap) return zap_pte(world, pte);
    const PageId id = world[pte].page;
    if (!id) return;
    if (world[id].swap || world[id].dirty) {
        if (world[id].mapcount != 1 || !try_to_free_swap(world, id)) return;
        world.change(id).dirty = false;
    }
    if (world[pte].dirty) world.change(pte).dirty = false;
    if (!world[id].swap_backed) return;
    world.change(id).swap_backed = false;
    world.emit(Event::page_marked_free, id.raw());
}

template <class D, class F>
void each_pte_of_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, F&& f) {
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end;) {
        const PteId next = next_pte(world, each);
        f(each);
        each = next;
    }
}

template <class D>
Errno madvise_free(World<D>& world, const Vma<D>& vma, const Number<D>& start, const Number<D>& end) {
    const FunctionScope scope(world, "madvise_free_single_vma");
    if (!vma_is_anonymous(vma)) return Errno::einval;
    const Number<D> last = world.has_fault(faults::free_page_above) ? end + 1 : end;
    each_pte_of_range(world, vma.mm, start, last, [&](PteId pte) { free_lazily(world, pte); });
    return Errno::ok;
}

// madvise_pageout: isolates what only this process maps, then reclaims it. Pages that resist are left.
template <class D>
void madvise_pageout(World<D>& world, const Vma<D>& vma, const Number<D>& start, const Number<D>& end) {
    const FunctionScope scope(world, "madvise_pageout");
    if (!vma_is_anonymous(vma) && (!vma.file || !world[vma.file].writable)) return;  // can_do_pageout
    std::vector<PageId> isolated;
    each_pte_of_range(world, vma.mm, start, end, [&](PteId pte) {
        const PageId id = world[pte].page;
        if (id && world[id].mapcount == 1) isolated.push_back(id);
    });
    for (PageId each : isolated) reclaim_page(world, each);
}

// What vfs_fallocate says of a hole, and shmem_fallocate of one in a sealed file; its checks, in its order.
template <class D>
Errno vfs_fallocate(const World<D>& world, const File<D>& file) {
    const FileSpec& spec = spec_of(world, file);
    if (spec.append_only) return Errno::eperm;
    if (spec.swap_file) return Errno::etxtbsy;
    if (is_device(spec)) return Errno::enodev;
    if (spec.no_fallocate) return Errno::eopnotsupp;
    return spec.sealed || spec.sealed_future ? Errno::eperm : Errno::ok;
}

template <class D>
Errno madvise_remove(World<D>& world, VmaId id, VmaId* prev, const Number<D>& start, const Number<D>& end) {
    const FunctionScope scope(world, "madvise_remove");
    const Vma<D>& vma = world[id];
    *prev = {};
    if ((vma.flags & vm::locked) != 0 || !vma.file) return Errno::einval;
    const VmFlags needed = vm::shared | (world.profile().policy.remove_of_readonly ? vm::may_write : vm::write);
    if ((vma.flags & needed) != needed) return Errno::eacces;
    world.emit(Event::mmap_unlock_read, vma.mm.raw());
    world.let_others_run();
    const File<D>& file = world[vma.file];
    const Errno error = vfs_fallocate(world, file);
    if (error == Errno::ok) punch_hole(world, file.mapping, linear_page_index(vma, start), end - start);
    world.emit(Event::mmap_lock_read, vma.mm.raw());
    return error;
}

// shmem_mapping: also of a SysV segment, whose attachments' files share its address_space.
template <class D>
bool shmem_mapping(const World<D>& world, const File<D>& file) {
    if (file.kind == FileKind::shmem) return true;
    return file.kind == FileKind::sysv_shm && !is_file_hugepages(spec_of(world, file));
}

// madvise_willneed: reads ahead into the swap cache or the page cache, of a file other than shmem without the lock.
template <class D>
void madvise_willneed(World<D>& world, const Vma<D>& vma, VmaId* prev) {
    if (!vma.file || shmem_mapping(world, world[vma.file])) return;
    *prev = {};
    world.emit(Event::mmap_unlock_read, vma.mm.raw());
    world.let_others_run();
    world.emit(Event::mmap_lock_read, vma.mm.raw());
}

// is_valid_guard_vma: guard pages are taken away in locked memory too, but not made.
template <class D>
bool is_valid_guard_vma(const World<D>& world, const Vma<D>& vma, Advice advice) {
    const VmFlags locked = advice == Advice::guard_install ? vm::locked : 0;
    if ((vma.flags & (vm::special | vm::hugetlb | locked)) != 0) return false;
    return world.profile().policy.guard_regions != GuardRegions::anonymous || vma_is_anonymous(vma);
}

// Before 6.19 every VMA with guard pages has an anon_vma, shared ones too, so that fork copies its page tables; then it is
// the mark that says so. enomem: no memory for the anon_vma, or for a page table, with no page touched.
template <class D>
Errno madvise_guard_install(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end) {
    const FunctionScope scope(world, "madvise_guard_install");
    const bool marks = keeps_sticky_flags(world.profile().policy);
    if (marks && (world[id].flags & vm::maybe_guard) == 0) {
        world.change(id).flags |= vm::maybe_guard;
        world.emit(Event::flags_changed, id.raw());
    }
    if (!marks || vma_is_anonymous(world[id]))
        if (anon_vma_prepare(world, id) != Errno::ok) return Errno::enomem;
    if (!world.parameters().page_layer) return Errno::ok;
    if (!world.may_allocate(AllocSite::fault_page_table)) return Errno::enomem;
    const MmId mm = world[id].mm;
    if (!world.has_fault(faults::guard_keeps_page)) zap_range(world, mm, start, end, Markers::stay);
    const Number<D> bound = start + guard_page_limit;
    for (Number<D> page = start; page < end && page < bound; page += 1) {
        const PteId pte = find_pte(world, mm, page);
        if (!pte)
            set_pte(world, mm, page, PteValue{{}, {}, false, false, true});
        else if (!world[pte].guard)
            world.change(pte).guard = true;
    }
    return Errno::ok;
}

template <class D>
Errno madvise_guard(World<D>& world, VmaId id, const Number<D>& start, const Number<D>& end, Advice advice) {
    if (!is_valid_guard_vma(world, world[id], advice)) return Errno::einval;
    if (advice == Advice::guard_install) return madvise_guard_install(world, id, start, end);
    each_pte_of_range(world, world[id].mm, start, end, [&](PteId pte) {
        if (world[pte].guard) zap_pte(world, pte);
    });
    return Errno::ok;
}

}  // namespace

template <class D>
Errno madvise_pages(World<D>& world, VmaId id, VmaId* prev, const Number<D>& start, const Number<D>& end,
                    Advice advice) {
    *prev = id;
    const Vma<D>& vma = world[id];
    if (seal_refuses(world, vma, advice)) return Errno::eperm;
    if (populates(advice))
        return faultin_page_range(world, id, start, end,
                                  advice == Advice::populate_write ? Access::write : Access::read);
    if (advice == Advice::remove) return madvise_remove(world, id, prev, start, end);
    if (advice == Advice::willneed) {
        madvise_willneed(world, vma, prev);
        return Errno::ok;
    }
    if (about_guards(advice)) return madvise_guard(world, id, start, end, advice);
    if (drops_huge_pages(world, vma, advice))
        return remainder(start, world.parameters().huge_page_pages) == 0 ? Errno::ok : Errno::einval;
    if (!can_madv_lru_vma(vma, advice)) return Errno::einval;
    switch (advice) {
        case Advice::dontneed:
        case Advice::dontneed_locked:
            zap_range(world, vma.mm, start, end,
                      world.has_fault(faults::dontneed_drops_guards) ? Markers::go : Markers::stay);
            return Errno::ok;
        case Advice::free: return madvise_free(world, vma, start, end);
        case Advice::pageout: madvise_pageout(world, vma, start, end); return Errno::ok;
        default: return Errno::ok;  // cold
    }
}

template Errno madvise_pages(World<Plain>&, VmaId, VmaId*, const Number<Plain>&, const Number<Plain>&, Advice);
template Errno madvise_pages(World<Traced>&, VmaId, VmaId*, const Number<Traced>&, const Number<Traced>&, Advice);

}  // namespace vmacheck
