// What a step could have affected: the objects in the journal, and those whose predicates read them. An object that was
// freed, or names others than before, also affects those it named: they may still name it.
#pragma once

#include "properties/step/tree_checks.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace vmacheck {

inline constexpr std::uint32_t whole_limit = 32;  // nodes of a structure that is looked at as a whole after a step

}  // namespace vmacheck

namespace vmacheck::check {

// A set of ids. Duplicates are refused one by one while it is small, and dropped by finish() when it is not.
template <class IdType>
class IdSet {
public:
    void add(IdType id) {
        if (!id) return;
        if (ids_.size() < small && std::find(ids_.begin(), ids_.end(), id) != ids_.end()) return;
        ids_.push_back(id);
    }
    void finish() {
        if (ids_.size() <= small) return;
        std::sort(ids_.begin(), ids_.end());
        ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    }
    void clear() { ids_.clear(); }
    auto begin() const { return ids_.begin(); }
    auto end() const { return ids_.end(); }

private:
    static constexpr std::size_t small = 24;
    boost::container::small_vector<IdType, small> ids_;
};

// What a step could have affected.
template <class D>
struct Affected {
    IdSet<VmaId> vmas;
    IdSet<VmaId> nodes;  // whose place or value in mm_rb or i_mmap could differ
    IdSet<MmId> mms;
    IdSet<AvcId> avcs;
    IdSet<AnonVmaId> anon_vmas;
    IdSet<FileId> files;
    IdSet<AddressSpaceId> address_spaces;
    IdSet<PageId> pages;
    IdSet<SwapId> swaps;
    IdSet<VmaId> changed_vmas;  // live, and changed in more than tree links and gaps

    // What came, went, or changed in more than tree links and gaps, as it was and as it is; nullptr: not there.
    template <class T>
    struct Change {
        const T* old;
        const T* now;
    };
    boost::container::small_vector<Change<Vma<D>>, 16> vma_changes;
    boost::container::small_vector<Change<Pte<D>>, 16> pte_changes;

    template <class F>
    void each_set(F&& f) {
        f(vmas), f(nodes), f(mms), f(avcs), f(anon_vmas), f(files), f(address_spaces), f(pages), f(swaps),
            f(changed_vmas);
    }
    void collect(const World<D>& world);

private:
    void add_vma(const World<D>& world, VmaId id);
    void add_avc(const World<D>& world, AvcId id);
    void add_named_before(const Vma<D>& old);
    void add_named_before(const Avc<D>& old);
    void add_anon_vma(const World<D>& world, AnonVmaId before, AnonVmaId after);
};

// Whether nothing has changed but links in trees and cached gaps.
template <class D>
bool same_but_for_trees(const Vma<D>* old, const Vma<D>& vma) {
    return old != nullptr && same_content(old->content(), vma.content()) && old->prev == vma.prev &&
           old->next == vma.next && old->chain_newest == vma.chain_newest && old->chain_oldest == vma.chain_oldest &&
           old->in_i_mmap == vma.in_i_mmap && same_key(old->shared, vma.shared);
}

template <class D>
bool same_but_for_trees(const Pte<D>* old, const Pte<D>& pte) {
    return old != nullptr && same_content(old->content(), pte.content());
}

template <class IdType>
bool same_links(const TreeLinks<IdType>& a, const TreeLinks<IdType>& b) {
    return a.parent == b.parent && a.left == b.left && a.right == b.right && a.red == b.red;
}

template <class D>
void Affected<D>::add_vma(const World<D>& world, VmaId id) {
    const Vma<D>* vma = world.find(id);
    if (vma == nullptr) return;
    nodes.add(id);
    nodes.add(vma->rb.parent);
    nodes.add(vma->shared_rb.parent);
    if (const Vma<D>* old = world.before(id)) {
        nodes.add(old->rb.parent);
        nodes.add(old->shared_rb.parent);
        // All of an i_mmap may be out of balance though its root, which is all that its address_space names, is the
        // same.
        if (!same_links(old->shared_rb, vma->shared_rb))
            if (const File<D>* file = world.find(vma->file)) address_spaces.add(file->mapping);
    }
    mms.add(vma->mm);
    // Most touched VMAs are nodes on the way to the root, with other links or another gap and nothing else.
    if (same_but_for_trees(world.before(id), *vma)) return;
    changed_vmas.add(id);
    vmas.add(id);
    nodes.add(vma->next);  // its gap begins at this one's end
    vmas.add(vma->prev);
    vmas.add(vma->next);
    files.add(vma->file);
    anon_vmas.add(vma->anon_vma);
}

template <class D>
void Affected<D>::add_avc(const World<D>& world, AvcId id) {
    const Avc<D>* avc = world.find(id);
    if (avc == nullptr) return;
    avcs.add(id);
    avcs.add(avc->rb.parent);
    avcs.add(avc->newer);
    avcs.add(avc->older);
    anon_vmas.add(avc->anon_vma);
    vmas.add(avc->vma);
}

template <class D>
void Affected<D>::add_named_before(const Vma<D>& old) {
    for (VmaId each : {old.prev, old.next, old.rb.parent, old.rb.left, old.rb.right, old.shared_rb.parent,
                       old.shared_rb.left, old.shared_rb.right}) {
        vmas.add(each);
        nodes.add(each);
    }
    mms.add(old.mm);
    files.add(old.file);
    anon_vmas.add(old.anon_vma);
    avcs.add(old.chain_newest);
    avcs.add(old.chain_oldest);
}

template <class D>
void Affected<D>::add_named_before(const Avc<D>& old) {
    for (AvcId each : {old.newer, old.older, old.rb.parent, old.rb.left, old.rb.right}) avcs.add(each);
    anon_vmas.add(old.anon_vma);
    vmas.add(old.vma);
}

template <class D>
void Affected<D>::add_anon_vma(const World<D>& world, AnonVmaId before, AnonVmaId after) {
    anon_vmas.add(after);
    const AnonVma* old = world.before(before);
    if (old == nullptr) return;
    const AnonVma* now = before == after ? world.find(after) : nullptr;
    if (now != nullptr && now->root == old->root && now->parent == old->parent) return;
    // Pages in the swap cache that are mapped nowhere may still name it.
    if (now == nullptr && world.template pool<SwapId>().live() <= whole_limit)
        world.template pool<SwapId>().each([&](SwapId, const SwapSlot& slot) { pages.add(slot.page); });
    // Gone, or in another place of the family: what the chains through it promise has to be looked at again.
    anon_vmas.add(old->root);
    anon_vmas.add(old->parent);
    avcs.add(old->rb_root);
    each_in_order<AvcId>(
        old->rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
        [&](AvcId at) {
            vmas.add(world.find(at)->vma);
            return true;
        });
}

template <class D>
void Affected<D>::collect(const World<D>& world) {
    each_set([](auto& set) { set.clear(); });
    vma_changes.clear();
    pte_changes.clear();
    world.template each_touched<VmaId>([&](VmaId before, VmaId after) {
        add_vma(world, after);
        const Vma<D>* was = world.before(before);
        const Vma<D>* is = world.find(after);
        if (is == nullptr || !same_but_for_trees(was, *is)) vma_changes.push_back({was, is});
        const Vma<D>* old = before == after ? nullptr : was;
        if (old != nullptr) add_named_before(*old);
        // Its file is not changed for as long as it lives; an operation that does it changes two i_mmaps.
        const Vma<D>* now = old == nullptr ? world.find(after) : nullptr;
        const Vma<D>* same = now != nullptr ? world.before(before) : nullptr;
        if (same == nullptr || same->file == now->file) return;
        for (FileId each : {same->file, now->file})
            if (const File<D>* file = world.find(each)) address_spaces.add(file->mapping);
    });
    world.template each_touched<AvcId>([&](AvcId before, AvcId after) {
        add_avc(world, after);
        const Avc<D>* old = world.before(before);
        const Avc<D>* now = before == after ? world.find(after) : nullptr;
        if (old != nullptr && (now == nullptr || now->anon_vma != old->anon_vma || now->vma != old->vma))
            add_named_before(*old);
    });
    world.template each_touched<MmId>([&](MmId before, MmId after) {
        mms.add(after);
        const Mm<D>* old = before == after ? nullptr : world.before(before);
        if (old != nullptr) vmas.add(old->mmap);
    });
    world.template each_touched<AnonVmaId>(
        [&](AnonVmaId before, AnonVmaId after) { add_anon_vma(world, before, after); });
    world.template each_touched<FileId>([&](FileId, FileId after) { files.add(after); });
    world.template each_touched<AddressSpaceId>(
        [&](AddressSpaceId, AddressSpaceId after) { address_spaces.add(after); });
    world.template each_touched<PageId>([&](PageId, PageId after) {
        pages.add(after);
        if (const Page<D>* page = world.find(after)) swaps.add(page->swap);
    });
    world.template each_touched<SwapId>([&](SwapId before, SwapId after) {
        swaps.add(after);
        if (const SwapSlot* slot = world.find(after)) pages.add(slot->page);
        if (const SwapSlot* old = world.before(before)) pages.add(old->page);
    });
    // Where a page is mapped is something to say about the page too.
    world.template each_touched<PteId>([&](PteId before, PteId after) {
        const Pte<D>* old = world.before(before);
        const Pte<D>* pte = world.find(after);
        if (pte == nullptr || !same_but_for_trees(old, *pte)) pte_changes.push_back({old, pte});
        if (old != nullptr && pte != nullptr && old->page == pte->page && old->swap == pte->swap) return;
        for (const Pte<D>* each : {old, pte})
            if (each != nullptr) pages.add(each->page), swaps.add(each->swap);
    });
    each_set([](auto& set) { set.finish(); });
}

// Calls check(id, object) for each live object of a set.
template <class D, class IdType, class F>
void each_live(const World<D>& world, const IdSet<IdType>& ids, F&& check) {
    for (IdType id : ids)
        if (const auto* object = world.find(id)) check(id, *object);
}

}  // namespace vmacheck::check
