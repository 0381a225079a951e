// The page maps of the processes of a World, for steps that all start from it: taken once, and not once a step.
#pragma once

#include "properties/refinement/segments.hpp"

namespace vmacheck {

template <class D>
class StartingMaps {
public:
    // Of each process with few VMAs, as the World is. The list of VMAs must be in order.
    void take(const World<D>& world);
    // One segment a VMA; nullptr: it was not taken.
    [[nodiscard]] const PageMap<D>* of(MmId mm) const {
        for (const Map& each : maps_)
            if (each.mm == mm) return &each.map;
        return nullptr;
    }

private:
    struct Map {
        MmId mm;
        PageMap<D> map;
    };
    boost::container::small_vector<Map, 2> maps_;
};

extern template class StartingMaps<Plain>;
extern template class StartingMaps<Traced>;

}  // namespace vmacheck
