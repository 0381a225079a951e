#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

template <class D>
std::unique_ptr<PropertyGroup<D>> GroupsOfCatalogue<D>::counter_properties() {
    return std::make_unique<CounterProperties<D>>();
}

template std::unique_ptr<PropertyGroup<Plain>> GroupsOfCatalogue<Plain>::counter_properties();
template std::unique_ptr<PropertyGroup<Traced>> GroupsOfCatalogue<Traced>::counter_properties();

}  // namespace vmacheck
