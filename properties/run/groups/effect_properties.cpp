#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

template <class D>
std::unique_ptr<PropertyGroup<D>> GroupsOfCatalogue<D>::effect_properties() {
    return std::make_unique<EffectProperties<D>>();
}

template std::unique_ptr<PropertyGroup<Plain>> GroupsOfCatalogue<Plain>::effect_properties();
template std::unique_ptr<PropertyGroup<Traced>> GroupsOfCatalogue<Traced>::effect_properties();

}  // namespace vmacheck
