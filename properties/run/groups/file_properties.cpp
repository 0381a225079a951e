#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

template <class D>
std::unique_ptr<PropertyGroup<D>> GroupsOfCatalogue<D>::file_properties() {
    return std::make_unique<FileProperties<D>>();
}

template std::unique_ptr<PropertyGroup<Plain>> GroupsOfCatalogue<Plain>::file_properties();
template std::unique_ptr<PropertyGroup<Traced>> GroupsOfCatalogue<Traced>::file_properties();

}  // namespace vmacheck
