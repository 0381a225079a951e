// The catalogue of properties. To add one: write its header in invariants/, contracts/ or refinement/, and name it in
// catalogue_list.hpp in one line. Every engine then checks it.
#pragma once

#include "properties/run/property_checker.hpp"

#include <memory>
#include <span>

namespace vmacheck {

// What there is, in catalogue order.
std::span<const PropertyInfo> all_properties();
const PropertyInfo* property_named(std::string_view name);  // nullptr if there is none

// Checks all of them.
template <class D>
std::unique_ptr<PropertyChecker<D>> make_property_checker();

template <>
std::unique_ptr<PropertyChecker<Plain>> make_property_checker();
template <>
std::unique_ptr<PropertyChecker<Traced>> make_property_checker();

}  // namespace vmacheck
