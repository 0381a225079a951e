#include "properties/run/catalogue.hpp"

#include "properties/run/catalogue_list.hpp"
#include "properties/run/group_checker.hpp"

namespace vmacheck {
namespace {

template <class D>
typename GroupChecker<D>::Groups make_groups() {
    using Catalogue = GroupsOfCatalogue<D>;
    typename GroupChecker<D>::Groups groups;
    for (const auto make : {Catalogue::vma_properties, Catalogue::reverse_mapping_properties,
                            Catalogue::page_properties, Catalogue::file_properties, Catalogue::contract_properties,
                            Catalogue::accounting_properties, Catalogue::effect_properties})
        groups.push_back(make());
    return groups;
}

}  // namespace

std::span<const PropertyInfo> all_properties() {
    static const std::vector<PropertyInfo> all = [] {
        std::vector<PropertyInfo> infos;
        for (const auto& group : make_groups<Plain>())
            infos.insert(infos.end(), group->properties().begin(), group->properties().end());
        return infos;
    }();
    return all;
}

const PropertyInfo* property_named(std::string_view name) {
    for (const PropertyInfo& each : all_properties())
        if (each.name == name) return &each;
    return nullptr;
}

template <>
std::unique_ptr<PropertyChecker<Plain>> make_property_checker() {
    return std::make_unique<GroupChecker<Plain>>(make_groups<Plain>());
}
template <>
std::unique_ptr<PropertyChecker<Traced>> make_property_checker() {
    return std::make_unique<GroupChecker<Traced>>(make_groups<Traced>());
}

}  // namespace vmacheck
