#include "checker/coverage/merge_situation.hpp"

#include "model/state/world.hpp"

#include "model/gap_tree.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::uint32_t index_mask = (1u << id_index_bits) - 1;

template <class IdType>
IdType id_of(std::uint32_t raw) {
    return raw == 0 ? IdType() : IdType((raw & index_mask) - 1, raw >> id_index_bits);
}

// What is known of a VMA at one moment within the step.
struct Known {
    std::uint32_t vma = 0;  // raw names
    std::uint32_t anon_vma = 0;
    std::uint32_t file = 0;
};

// The anon_vmas of those that join.
class Joining {
public:
    void add(std::uint32_t anon_vma) {
        if (anon_vma == 0)
            lacking_ = true;
        else if (one_ == 0 || one_ == anon_vma)
            one_ = anon_vma;
        else
            different_ = true;
    }
    [[nodiscard]] Joined relation() const {
        if (different_) return Joined::different;
        if (one_ == 0) return Joined::none;
        return lacking_ ? Joined::some : Joined::same;
    }

private:
    std::uint32_t one_ = 0;
    bool lacking_ = false;
    bool different_ = false;
};

// Follows the events of a step.
class Follower {
public:
    Follower(const World<Plain>& world, const Op<Plain>& op) : world_(world), op_(op) {}

    void see(const EventRecord& event, MergeSituations& found) {
        switch (event.event) {
            case Event::split_low:
            case Event::split_high: {
                Known piece = known(event.a);
                piece.vma = event.b;
                changed_.push_back(piece);
                joining_.clear();
                return;
            }
            case Event::anon_vma_shared: {
                Known faulted = known(event.b);
                faulted.anon_vma = event.a;
                changed_.push_back(faulted);
                return;
            }
            case Event::chain_imported: {
                join(event.a);
                join(event.b);
                Known importer = known(event.a);
                importer.anon_vma = known(event.b).anon_vma;
                changed_.push_back(importer);
                return;
            }
            case Event::vma_removed:
            case Event::boundary_moved:
                join(event.a);
                join(event.b);
                return;
            case Event::merge_refused: joining_.clear(); return;
            default: break;
        }
        if (const int which = merge_case(event.event); which != 0) found.push_back(merged(which, event.a));
    }

private:
    // The last known state of a VMA, or what it was before the step.
    [[nodiscard]] Known known(std::uint32_t raw) const {
        const auto last =
            std::find_if(changed_.rbegin(), changed_.rend(), [&](const Known& k) { return k.vma == raw; });
        if (last != changed_.rend()) return *last;
        const auto id = id_of<VmaId>(raw);
        const Vma<Plain>* vma = world_.before(id);
        if (vma == nullptr) vma = world_.find(id);
        if (vma == nullptr) return {raw, 0, 0};
        return {raw, vma->anon_vma.raw(), vma->file.raw()};
    }

    // As it is now, before the merge changes it further.
    void join(std::uint32_t raw) {
        for (const Known& each : joining_)
            if (each.vma == raw) return;
        joining_.push_back(known(raw));
    }

    MergeSituation merged(int which, std::uint32_t survivor) {
        join(survivor);
        Joining anon_vmas;
        bool file = false;
        for (const Known& each : joining_) {
            anon_vmas.add(each.anon_vma);
            if (each.vma == survivor) file = each.file != 0;
        }
        if (op_.kind == OpKind::mremap)
            if (const Vma<Plain>* source = source_of_move()) anon_vmas.add(source->anon_vma.raw());
        joining_.clear();
        return {which, anon_vmas.relation(), file ? Backing::file : Backing::anon};
    }

    // The VMA around the range that moves, as it was before the step: touched, or still there. nullptr: there is none, or
    // the range is moved VMA by VMA, and it is not known which part merged.
    [[nodiscard]] const Vma<Plain>* source_of_move() const {
        const MmId mm = world_.process(op_.process);
        const PlainNumber page = op_.addr.page;
        const Vma<Plain>* source = nullptr;
        world_.each_touched<VmaId>([&](VmaId was, VmaId) {
            const Vma<Plain>* vma = world_.before(was);
            if (vma != nullptr && vma->mm == mm && vma->start <= page && page < vma->end) source = vma;
        });
        if (source == nullptr)
            if (const VmaId id = find_vma(world_, mm, page); id && world_[id].start <= page) source = &world_[id];
        const bool in_parts = world_.profile().policy.mremap_order == MremapOrder::checks_first;
        if (in_parts && source != nullptr && source->end < page + op_.len.round_up()) return nullptr;
        return source;
    }

    const World<Plain>& world_;
    const Op<Plain>& op_;
    boost::container::small_vector<Known, 8> changed_;  // what the step has changed so far; the last counts
    boost::container::small_vector<Known, 4> joining_;  // in the merge in progress
};

}  // namespace

std::string_view name(Joined joined) {
    switch (joined) {
        case Joined::none: return "none";
        case Joined::same: return "same";
        case Joined::some: return "some";
        case Joined::different: return "different";
        case Joined::count: break;
    }
    return "?";
}

std::string_view name(Backing backing) {
    return backing == Backing::anon ? "anon" : "file";
}

MergeSituations merge_situations(const World<Plain>& world, const Op<Plain>& op) {
    MergeSituations found;
    Follower follower(world, op);
    for (const EventRecord& each : world.outcome().events) {
        if (each.event == Event::anon_vma_created) break;
        follower.see(each, found);
    }
    return found;
}

}  // namespace vmacheck
