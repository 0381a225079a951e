#include "properties/step/report.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {

std::string_view name(PropertyKind kind) {
    static constexpr std::array<std::string_view, 5> names{"invariant", "counter", "contract", "refinement",
                                                           "observed"};
    return names.at(static_cast<std::size_t>(kind));
}

void Report::add(const PropertyInfo& property, std::string text) {
    add({std::string(property.name), std::move(text)});
}

void Report::add(Violation violation) {
    if (std::find(violations_.begin(), violations_.end(), violation) != violations_.end()) return;
    violations_.push_back(std::move(violation));
}

}  // namespace vmacheck
