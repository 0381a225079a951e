// A step as contracts see it: the operation, its outcome, and the World before and after.
#pragma once

#include "model/state/world.hpp"

#include <boost/container/small_vector.hpp>

namespace vmacheck {

// The World before or after the last step.
template <class D>
class StateView {
public:
    StateView(const World<D>& world, bool before) : world_(world), before_(before) {}
    template <class IdType>
    [[nodiscard]] const auto* find(IdType id) const {
        return before_ ? world_.before(id) : world_.find(id);
    }
    [[nodiscard]] const World<D>& world() const { return world_; }

private:
    const World<D>& world_;
    bool before_;
};

// A VMA that a step touched, as it was and as it is. Freed and made anew in one place are two names, of which both may
// be there.
template <class D>
struct TouchedVma {
    VmaId was;
    const Vma<D>* before;  // nullptr: it was not there
    VmaId is;
    const Vma<D>* after;  // nullptr: there is none
    bool only_linked;     // nothing has changed but its links to neighbours, in trees and to its chain, and its gap
};

// The same of an mm.
template <class D>
struct TouchedMm {
    MmId was;
    const Mm<D>* before;
    MmId is;
    const Mm<D>* after;
};

// Whether comparing numbers leaves decisions in the path. Where it does not, a comparison whose answer is known is left
// out; where it does, the path has all of them, in their order.
template <class D>
inline constexpr bool records_decisions = std::is_same_v<D, Traced>;

template <class D>
class StartingMaps;

// What a contract looks at: the op, its outcome, and the World before (world.before, each_touched) and after.
template <class D>
struct Step {
    Step(const World<D>& world, const Op<D>& op, const Outcome<D>& outcome, const StartingMaps<D>* start = nullptr)
        : world(world), op(op), outcome(outcome), start(start), touched(records_decisions<D> || world.touched()) {
        world.template each_touched_object<VmaId>([&](VmaId was, const Vma<D>* before, VmaId is, const Vma<D>* after) {
            const bool linked = was == is && before != nullptr && after != nullptr && only_linked(*before, *after);
            vmas.push_back({was, before, is, after, linked});
        });
        world.template each_touched_object<MmId>([&](MmId was, const Mm<D>* before, MmId is, const Mm<D>* after) {
            mms.push_back({was, before, is, after});
        });
    }

    const World<D>& world;
    const Op<D>& op;
    const Outcome<D>& outcome;
    const StartingMaps<D>* start;  // the page maps before the step; nullptr: they were not taken
    bool touched;                  // whether it may have changed anything
    // Whether another task took a step within it: what has changed is then not the operation's alone.
    [[nodiscard]] bool interleaved() const { return outcome.meanwhile.done; }
    // What it touched of these kinds.
    boost::container::small_vector<TouchedVma<D>, 16> vmas;
    boost::container::small_vector<TouchedMm<D>, 4> mms;

private:
    static bool only_linked(const Vma<D>& a, const Vma<D>& b) {
        return same_content(a.content(), b.content()) && a.in_i_mmap == b.in_i_mmap && same_key(a.shared, b.shared);
    }
};

}  // namespace vmacheck
