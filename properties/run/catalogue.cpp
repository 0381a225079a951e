#include "properties/run/catalogue.hpp"

#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

std::span<const PropertyInfo> all_properties() {
    return Catalogue<Plain>::properties;
}

const PropertyInfo* property_named(std::string_view name) {
    for (const PropertyInfo& each : all_properties())
        if (each.name == name) return &each;
    return nullptr;
}

template <>
std::unique_ptr<PropertyChecker<Plain>> make_property_checker() {
    return std::make_unique<Catalogue<Plain>>();
}

}  // namespace vmacheck
