// The catalogue together with the properties from outside the tree (extra_properties.hpp): what every engine checks, and
// how a shared object adds to it. Needs no World, so that reports and verbs can name properties.
#pragma once

#include "properties/run/property_checker.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

std::unique_ptr<PropertyChecker<Plain>> make_full_checker();
std::vector<PropertyInfo> whole_catalogue();
// nullptr if there is none of this name.
const PropertyInfo* whole_property_named(std::string_view name);
// Of the properties from outside alone.
const std::vector<PropertyInfo>& extra_property_infos();

// Adds the properties of a shared object, which stays loaded. Returns what is wrong with it, or nothing.
std::string load_extra_properties(const std::string& path);
// The paths that were loaded, in their order.
const std::vector<std::string>& loaded_extra_properties();

}  // namespace vmacheck
