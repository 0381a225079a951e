#include "model/advise_pages.hpp"

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
    if (drops_huge_pages(world, vma, advice))
        return remainder(start, world.parameters().huge_page_pages) == 0 ? Errno::ok : Errno::einval;
    if (!can_madv_lru_vma(vma, advice)) return Errno::einval;
    switch (advice) {
        case Advice::dontneed:
        case Advice::dontneed_locked: zap_range(world, vma.mm, start, end); return Errno::ok;
        case Advice::free: return madvise_free(world, vma, start, end);
        case Advice::pageout: madvise_pageout(world, vma, start, end); return Errno::ok;
        default: return Errno::ok;  // cold
    }
}

template Errno madvise_pages(World<Plain>&, VmaId, VmaId*, const Number<Plain>&, const Number<Plain>&, Advice);
template Errno madvise_pages(World<Traced>&, VmaId, VmaId*, const Number<Traced>&, const Number<Traced>&, Advice);

}  // namespace vmacheck
