#include "properties/refinement/starting_maps.hpp"

namespace vmacheck {
namespace {

// More VMAs than this cost a step more to copy than to look for.
constexpr std::uint32_t few = 16;

std::uint16_t content_of(const MemPolicy* policy) {
    return policy != nullptr ? policy->content : std::uint16_t{0};
}

}  // namespace

template <class D>
void StartingMaps<D>::take(const World<D>& world) {
    maps_.clear();
    for (const MmId mm : world.globals().processes) {
        if (!mm || world[mm].map_count > few) continue;
        Map& taken = maps_.emplace_back(Map{mm, {}});
        world.each_vma(mm, [&](VmaId, const Vma<D>& vma) { taken.map.add(vma, content_of(world.find(vma.policy))); });
    }
}

template class StartingMaps<Plain>;
template class StartingMaps<Traced>;

}  // namespace vmacheck
