#include "properties/property.hpp"

#include <array>

namespace vmacheck {

std::string_view name(PropertyKind kind) {
    static constexpr std::array<std::string_view, 4> names{"invariant", "counter", "contract", "refinement"};
    return names.at(static_cast<std::size_t>(kind));
}

void Report::add(const PropertyInfo& property, std::string text) {
    violations_.push_back({std::string(property.name), std::move(text)});
}

void Report::add(Violation violation) {
    violations_.push_back(std::move(violation));
}

}  // namespace vmacheck
