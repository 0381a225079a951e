#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

template <class D>
std::unique_ptr<PropertyGroup<D>> GroupsOfCatalogue<D>::page_properties() {
    return std::make_unique<PageProperties<D>>();
}

template std::unique_ptr<PropertyGroup<Plain>> GroupsOfCatalogue<Plain>::page_properties();
template std::unique_ptr<PropertyGroup<Traced>> GroupsOfCatalogue<Traced>::page_properties();

}  // namespace vmacheck
