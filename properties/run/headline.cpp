#include "properties/run/headline.hpp"

#include "properties/run/catalogue.hpp"
#include "properties/run/full_catalogue.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// 0: of the model itself.
std::size_t place_of(std::string_view property) {
    const std::span<const PropertyInfo> all = all_properties();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const PropertyInfo& each) { return each.name == property; });
    if (at != all.end()) return 1 + static_cast<std::size_t>(at - all.begin());
    return whole_property_named(property) == nullptr ? 0 : 1 + all.size();
}

}  // namespace

void put_headline_first(std::vector<Violation>& violations) {
    if (violations.size() < 2) return;
    std::stable_sort(violations.begin(), violations.end(), [](const Violation& a, const Violation& b) {
        return place_of(a.property) < place_of(b.property);
    });
}

}  // namespace vmacheck
