// What a step could have affected: the objects in the journal, and those whose predicates read them, each with what of
// it changed. An object that was freed, or names others than before, also affects those it named: they may still name
// it.
#pragma once

#include "properties/step/changes.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <vector>

namespace vmacheck {

inline constexpr std::uint32_t whole_limit = 32;  // nodes of a structure that is looked at as a whole after a step

}  // namespace vmacheck

namespace vmacheck::check {

// Live objects of one kind, in the order in which they were added, each once and with all that was said to have changed.
template <class D, class IdType>
class ObjectSet {
public:
    using Object = typename ObjectOf<D, IdType>::type;
    struct Entry {
        IdType id;
        Changes changes;
        const Object* object;
    };

    // Begins anew, for the last step of this World.
    void clear(const World<D>& world) {
        entries_.clear();
        ++epoch_;
        const std::size_t slots = world.template pool<IdType>().slots();
        if (marks_.size() < slots) marks_.resize(2 * slots);
    }
    // Adds the object, unless the id names none.
    void add(const World<D>& world, IdType id, Changes changes) {
        if (id.index() < marks_.size() && !known(id, changes)) add_if_live(world, id, changes);
    }
    void add(IdType id, const Object& object, Changes changes) {
        if (!known(id, changes)) append(id, object, changes);
    }
    // What changed of the object, which was added.
    [[nodiscard]] Changes changes(IdType id) const { return entries_[marks_[id.index()].at].changes; }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }

private:
    // Which slots have been added is a number in each, so that beginning anew costs nothing.
    struct Mark {
        std::uint64_t epoch = 0;
        std::uint32_t at = 0;  // of the entry
    };

    // Of two ids of one slot at most one is live, and what is live is what was added.
    bool known(IdType id, Changes changes) {
        const Mark& mark = marks_[id.index()];
        if (mark.epoch != epoch_) return false;
        Entry& entry = entries_[mark.at];
        if (entry.id == id) entry.changes |= changes;
        return true;
    }
    [[gnu::noinline]] void add_if_live(const World<D>& world, IdType id, Changes changes) {
        if (const Object* object = world.find(id)) append(id, *object, changes);
    }
    void append(IdType id, const Object& object, Changes changes) {
        marks_[id.index()] = {epoch_, static_cast<std::uint32_t>(entries_.size())};
        entries_.push_back({id, changes, &object});
    }

    boost::container::small_vector<Entry, 16> entries_;
    std::vector<Mark> marks_;  // by slot; those beyond are of no object
    std::uint64_t epoch_ = 0;
};

template <class D>
class Affected {
public:
    ObjectSet<D, VmaId> vmas;
    ObjectSet<D, VmaId> nodes;  // whose place or value in mm_rb or i_mmap could differ
    ObjectSet<D, MmId> mms;
    ObjectSet<D, AvcId> avcs;
    ObjectSet<D, AnonVmaId> anon_vmas;
    ObjectSet<D, FileId> files;
    ObjectSet<D, AddressSpaceId> address_spaces;
    ObjectSet<D, PageId> pages;
    ObjectSet<D, SwapId> swaps;

    // What came, went, or changed in more than tree links and gaps, as it was and as it is; nullptr: not there.
    struct VmaChange {
        const Vma<D>* old;
        VmaId id;
        const Vma<D>* now;
        Changes changes;
    };
    struct PteChange {
        const Pte<D>* old;
        const Pte<D>* now;
    };
    boost::container::small_vector<VmaChange, 16> vma_changes;
    boost::container::small_vector<PteChange, 16> pte_changes;
    Changes of_vmas = 0;  // of all that is in vma_changes

    // What the last step of the World affected.
    void collect(const World<D>& world);

private:
    void collect_vmas(const World<D>& world);
    void collect_avcs(const World<D>& world);
    void collect_mms(const World<D>& world);
    void collect_anon_vmas(const World<D>& world);
    void collect_files(const World<D>& world);
    void collect_pages(const World<D>& world);
    void collect_ptes(const World<D>& world);
    // `old` is nullptr if the object is new.
    void add_vma(const World<D>& world, VmaId id, const Vma<D>* old, const Vma<D>& now, Changes changes);
    void add_nodes(const World<D>& world, VmaId id, const Vma<D>* old, const Vma<D>& now, Changes changes);
    void add_i_mmap_of(const World<D>& world, FileId file);
    void add_avc(const World<D>& world, AvcId id, const Avc<D>& now, Changes changes);
    void add_named_before(const World<D>& world, const Vma<D>& old);
    void add_named_before(const World<D>& world, const Avc<D>& old);
    void add_family_of(const World<D>& world, const AnonVma& old);
};

extern template class Affected<Plain>;
extern template class Affected<Traced>;

}  // namespace vmacheck::check
