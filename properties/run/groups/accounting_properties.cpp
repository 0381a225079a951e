#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

template <class D>
std::unique_ptr<PropertyGroup<D>> GroupsOfCatalogue<D>::accounting_properties() {
    return std::make_unique<AccountingProperties<D>>();
}

template std::unique_ptr<PropertyGroup<Plain>> GroupsOfCatalogue<Plain>::accounting_properties();
template std::unique_ptr<PropertyGroup<Traced>> GroupsOfCatalogue<Traced>::accounting_properties();

}  // namespace vmacheck
