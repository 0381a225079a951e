#include "properties/run/affected.hpp"

#include "properties/step/tree_checks.hpp"

namespace vmacheck::check {
namespace {

// Of a VMA that came, or of which nothing is known but that it did.
constexpr Changes all_of_vma = changed::anything & ~(changed::neighbour | changed::freed);

// What puts a VMA among those looked at, and not only its place in trees.
constexpr Changes more_than_trees = changed::content | changed::list | changed::chain | changed::key;

template <class D>
bool guards_differ(const Vma<D>& a, const Vma<D>& b) {
    return ((a.flags ^ b.flags) & (vm::growsdown | vm::growsup)) != 0;
}

}  // namespace

// The nodes of trees that a touched VMA affects.
template <class D>
void Affected<D>::add_nodes(const World<D>& world, VmaId id, const Vma<D>* old, const Vma<D>& now, Changes changes) {
    const Changes in_mm_rb = (changes & changed::mm_rb) != 0 ? changed::mm_rb | changed::gap : changes & changed::gap;
    const Changes in_i_mmap = changes & changed::i_mmap;
    const bool gap_moved =
        (changes & (changed::range | changed::list)) != 0 || old == nullptr || guards_differ(*old, now);
    if (const Changes own = in_mm_rb | in_i_mmap | (gap_moved ? changed::gap : 0); own != 0) nodes.add(id, now, own);
    if (in_mm_rb != 0) nodes.add(world, now.rb.parent, in_mm_rb);
    if (in_i_mmap != 0) nodes.add(world, now.shared_rb.parent, in_i_mmap);
    if (old != nullptr && in_mm_rb != 0) nodes.add(world, old->rb.parent, in_mm_rb);
    if (old != nullptr && in_i_mmap != 0) nodes.add(world, old->shared_rb.parent, in_i_mmap);
    if (gap_moved) nodes.add(world, now.next, changed::gap);  // its gap begins at this one's end
}

template <class D>
void Affected<D>::add_i_mmap_of(const World<D>& world, FileId id) {
    if (const File<D>* file = world.find(id)) address_spaces.add(world, file->mapping, changed::i_mmap);
}

template <class D>
void Affected<D>::add_vma(const World<D>& world, VmaId id, const Vma<D>* old, const Vma<D>& now, Changes changes) {
    add_nodes(world, id, old, now, changes);
    if ((changes & (changed::list | changed::owner)) != 0) mms.add(world, now.mm, changed::list);
    if ((changes & changed::mm_rb) != 0) mms.add(world, now.mm, changed::mm_rb);
    // All of an i_mmap may be out of balance though its root, which is all that its address_space names, is the same.
    // A VMA's file is not changed for as long as it lives; an operation that does it changes two i_mmaps.
    if ((changes & changed::i_mmap) != 0) {
        if (old != nullptr && old->file != now.file) add_i_mmap_of(world, old->file);
        add_i_mmap_of(world, now.file);
    }
    // Most touched VMAs are nodes on the way to the root, with other links or another gap and nothing else.
    if ((changes & more_than_trees) == 0) return;
    vmas.add(id, now, changes);
    if ((changes & (changed::range | changed::list | changed::owner)) != 0) {
        vmas.add(world, now.prev, changed::neighbour);
        vmas.add(world, now.next, changed::neighbour);
    }
    if ((changes & (changed::anon_vma | changed::owner | changed::chain)) != 0)
        anon_vmas.add(world, now.anon_vma, changed::chain);
}

template <class D>
void Affected<D>::add_avc(const World<D>& world, AvcId id, const Avc<D>& now, Changes changes) {
    if (changes == 0) return;
    avcs.add(id, now, changes);
    if ((changes & changed::anon_vma_tree) != 0) avcs.add(world, now.rb.parent, changed::anon_vma_tree);
    anon_vmas.add(world, now.anon_vma, changes & (changed::anon_vma_tree | changed::chain));
    if ((changes & changed::chain) == 0) return;
    avcs.add(world, now.newer, changed::chain);
    avcs.add(world, now.older, changed::chain);
    if (const Vma<D>* vma = world.find(now.vma)) {
        vmas.add(now.vma, *vma, changed::chain);
        anon_vmas.add(world, vma->anon_vma, changed::chain);
    }
}

template <class D>
void Affected<D>::add_named_before(const World<D>& world, const Vma<D>& old) {
    for (VmaId each : {old.prev, old.next, old.rb.parent, old.rb.left, old.rb.right, old.shared_rb.parent,
                       old.shared_rb.left, old.shared_rb.right}) {
        const Vma<D>* vma = world.find(each);
        if (vma == nullptr) continue;
        vmas.add(each, *vma, changed::freed | changed::neighbour);
        nodes.add(each, *vma, changed::mm_rb | changed::gap | changed::i_mmap);
    }
    mms.add(world, old.mm, changed::list | changed::mm_rb | changed::freed);
    anon_vmas.add(world, old.anon_vma, changed::chain);
    avcs.add(world, old.chain_newest, changed::chain | changed::freed);
    avcs.add(world, old.chain_oldest, changed::chain | changed::freed);
}

template <class D>
void Affected<D>::add_named_before(const World<D>& world, const Avc<D>& old) {
    constexpr Changes was_linked = changed::chain | changed::anon_vma_tree | changed::freed;
    for (AvcId each : {old.newer, old.older, old.rb.parent, old.rb.left, old.rb.right})
        avcs.add(world, each, was_linked);
    anon_vmas.add(world, old.anon_vma, was_linked);
    vmas.add(world, old.vma, changed::chain | changed::freed);
}

// Of an anon_vma that is gone, or in another place of the family: what the chains through it promise has to be looked
// at again.
template <class D>
void Affected<D>::add_family_of(const World<D>& world, const AnonVma& old) {
    anon_vmas.add(world, old.root, changed::content | changed::freed);
    anon_vmas.add(world, old.parent, changed::content | changed::freed);
    avcs.add(world, old.rb_root, changed::chain | changed::anon_vma_tree | changed::freed);
    each_in_order<AvcId>(
        old.rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
        [&](AvcId at) {
            vmas.add(world, world.find(at)->vma, changed::chain | changed::freed);
            return true;
        });
}

template <class D>
void Affected<D>::collect_vmas(const World<D>& world) {
    world.template each_touched_object<VmaId>([&](VmaId was, const Vma<D>* old, VmaId is, const Vma<D>* now) {
        const bool stayed = was == is && old != nullptr;
        const Changes changes = stayed ? difference(*old, *now) : all_of_vma;
        if (now != nullptr) add_vma(world, is, stayed ? old : nullptr, *now, changes);
        if ((changes & more_than_trees) != 0) {
            vma_changes.push_back({old, is, now, changes});
            of_vmas |= changes;
        }
        if (old != nullptr && !stayed) add_named_before(world, *old);
    });
}

template <class D>
void Affected<D>::collect_avcs(const World<D>& world) {
    world.template each_touched_object<AvcId>([&](AvcId was, const Avc<D>* old, AvcId is, const Avc<D>* now) {
        const bool stayed = was == is && old != nullptr;
        if (now != nullptr)
            add_avc(world, is, *now, stayed ? difference(*old, *now) : changed::chain | changed::anon_vma_tree);
        if (old != nullptr && !(stayed && now->anon_vma == old->anon_vma && now->vma == old->vma))
            add_named_before(world, *old);
    });
}

template <class D>
void Affected<D>::collect_mms(const World<D>& world) {
    world.template each_touched_object<MmId>([&](MmId was, const Mm<D>* old, MmId is, const Mm<D>* now) {
        const bool stayed = was == is && old != nullptr;
        if (now != nullptr) {
            Changes changes = changed::content;
            if (!stayed || old->mmap != now->mmap) changes |= changed::list;
            if (!stayed || old->rb_root != now->rb_root) changes |= changed::mm_rb;
            mms.add(is, *now, changes);
        }
        if (old != nullptr && !stayed) vmas.add(world, old->mmap, changed::freed);
    });
}

template <class D>
void Affected<D>::collect_anon_vmas(const World<D>& world) {
    world.template each_touched_object<AnonVmaId>(
        [&](AnonVmaId was, const AnonVma* old, AnonVmaId is, const AnonVma* now) {
            const bool stayed = was == is && old != nullptr;
            if (now != nullptr) {
                const bool same_tree = stayed && old->rb_root == now->rb_root;
                anon_vmas.add(is, *now, changed::content | (same_tree ? 0 : changed::anon_vma_tree));
            }
            if (old == nullptr || (stayed && now->root == old->root && now->parent == old->parent)) return;
            // Pages in the swap cache that are mapped nowhere may still name it.
            if (!stayed && world.template pool<SwapId>().live() <= whole_limit)
                world.template pool<SwapId>().each(
                    [&](SwapId, const SwapSlot& slot) { pages.add(world, slot.page, changed::freed); });
            add_family_of(world, *old);
        });
}

template <class D>
void Affected<D>::collect_files(const World<D>& world) {
    world.template each_touched_object<FileId>([&](FileId, const File<D>*, FileId id, const File<D>* file) {
        if (file != nullptr) files.add(id, *file, changed::anything);
    });
    world.template each_touched_object<AddressSpaceId>(
        [&](AddressSpaceId was, const AddressSpace<D>* old, AddressSpaceId is, const AddressSpace<D>* now) {
            if (now == nullptr) return;
            const bool same_tree = was == is && old->i_mmap == now->i_mmap;
            address_spaces.add(is, *now, changed::content | (same_tree ? 0 : changed::i_mmap));
        });
}

template <class D>
void Affected<D>::collect_pages(const World<D>& world) {
    world.template each_touched_object<PageId>([&](PageId, const Page<D>*, PageId id, const Page<D>* page) {
        if (page == nullptr) return;
        pages.add(id, *page, changed::anything);
        swaps.add(world, page->swap, changed::anything);
    });
    world.template each_touched_object<SwapId>([&](SwapId, const SwapSlot* old, SwapId id, const SwapSlot* slot) {
        if (slot != nullptr) {
            swaps.add(id, *slot, changed::anything);
            pages.add(world, slot->page, changed::anything);
        }
        if (old != nullptr) pages.add(world, old->page, changed::anything);
    });
}

template <class D>
void Affected<D>::collect_ptes(const World<D>& world) {
    world.template each_touched_object<PteId>([&](PteId, const Pte<D>* old, PteId, const Pte<D>* now) {
        // Most touched entries are neighbours in the tree whose links alone changed.
        if (old != nullptr && now != nullptr && same_but_for_trees(*old, *now)) return;
        pte_changes.push_back({old, now});
        // Where a page is mapped is something to say about the page too.
        if (old != nullptr && now != nullptr && old->page == now->page && old->swap == now->swap) return;
        for (const Pte<D>* each : {old, now})
            if (each != nullptr) {
                pages.add(world, each->page, changed::anything);
                swaps.add(world, each->swap, changed::anything);
            }
    });
}

template <class D>
void Affected<D>::collect(const World<D>& world) {
    const auto clear = [&](auto&... set) { (set.clear(world), ...); };
    clear(vmas, nodes, mms, avcs, anon_vmas, files, address_spaces, pages, swaps);
    vma_changes.clear();
    pte_changes.clear();
    of_vmas = 0;
    collect_vmas(world);
    collect_avcs(world);
    collect_mms(world);
    collect_anon_vmas(world);
    collect_files(world);
    collect_pages(world);
    collect_ptes(world);
}

template class Affected<Plain>;
template class Affected<Traced>;

}  // namespace vmacheck::check
