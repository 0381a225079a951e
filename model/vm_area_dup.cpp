#include "model/vm_area_dup.hpp"

namespace vmacheck {

template <class D>
VmaId vm_area_dup(World<D>& world, VmaId original, AllocSite site) {
    if (!world.may_allocate(site)) return {};
    const VmaId id = world.template allocate<VmaId>();
    Vma<D>& copy = world.change(id);
    copy.content() = world[original].content();
    copy.policy = {};  // a counted reference: vma_dup_policy makes the copy one
    return id;
}

template VmaId vm_area_dup(World<Plain>&, VmaId, AllocSite);
template VmaId vm_area_dup(World<Traced>&, VmaId, AllocSite);

}  // namespace vmacheck
