// What a step could have affected: the objects in the journal, and those whose predicates read them.
#pragma once

#include "model/world.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace vmacheck::examine {

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
    IdSet<MmId> mms;
    IdSet<AvcId> avcs;
    IdSet<AnonVmaId> anon_vmas;
    IdSet<FileId> files;
    IdSet<AddressSpaceId> address_spaces;
    IdSet<PageId> pages;
    IdSet<PteId> ptes;
    IdSet<VmaId> changed_vmas; // touched themselves, and live

    template <class F>
    void each_set(F&& f) {
        f(vmas), f(mms), f(avcs), f(anon_vmas), f(files), f(address_spaces), f(pages), f(ptes), f(changed_vmas);
    }
    void collect(const World<D>& world);

private:
    void add_vma(const World<D>& world, VmaId id);
    void add_avc(const World<D>& world, AvcId id);
};

template <class D>
void Affected<D>::add_vma(const World<D>& world, VmaId id) {
    const Vma<D>* vma = world.find(id);
    if (vma == nullptr) return;
    changed_vmas.add(id);
    vmas.add(id);
    vmas.add(vma->prev);
    vmas.add(vma->next);
    vmas.add(vma->rb.parent);
    vmas.add(vma->shared_rb.parent);
    mms.add(vma->mm);
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
void Affected<D>::collect(const World<D>& world) {
    each_set([](auto& set) { set.clear(); });
    world.template each_touched<VmaId>([&](VmaId, VmaId after) { add_vma(world, after); });
    world.template each_touched<AvcId>([&](AvcId, AvcId after) { add_avc(world, after); });
    world.template each_touched<MmId>([&](MmId, MmId after) { mms.add(after); });
    world.template each_touched<AnonVmaId>([&](AnonVmaId, AnonVmaId after) { anon_vmas.add(after); });
    world.template each_touched<FileId>([&](FileId, FileId after) { files.add(after); });
    world.template each_touched<AddressSpaceId>(
        [&](AddressSpaceId, AddressSpaceId after) { address_spaces.add(after); });
    world.template each_touched<PageId>([&](PageId, PageId after) { pages.add(after); });
    world.template each_touched<PteId>([&](PteId, PteId after) { ptes.add(after); });
    each_set([](auto& set) { set.finish(); });
}

// Calls check(id, object) for each live object of a set.
template <class D, class IdType, class F>
void each_live(const World<D>& world, const IdSet<IdType>& ids, F&& check) {
    for (IdType id : ids)
        if (const auto* object = world.find(id)) check(id, *object);
}

} // namespace vmacheck::examine
