#include "tests/reference/difference.hpp"

#include <fmt/format.h>

namespace vmacheck::reference {
namespace json = boost::json;
namespace {

std::optional<Difference> differ(const std::string& field, const json::value& expected, const json::value& got) {
    return Difference{field, json::serialize(expected), json::serialize(got)};
}

std::optional<Difference> compare_objects(const json::object& expected, const json::object& got,
                                          const std::string& field) {
    const std::string dot = field.empty() ? "" : ".";
    for (const auto& member : expected) {
        const std::string name = field + dot + std::string(member.key());
        const json::value* other = got.if_contains(member.key());
        if (other == nullptr) return Difference{name, json::serialize(member.value()), "nothing"};
        if (auto found = first_difference(member.value(), *other, name)) return found;
    }
    for (const auto& member : got)
        if (!expected.contains(member.key()))
            return Difference{field + dot + std::string(member.key()), "nothing", json::serialize(member.value())};
    return std::nullopt;
}

std::optional<Difference> compare_arrays(const json::array& expected, const json::array& got,
                                         const std::string& field) {
    const std::size_t common = std::min(expected.size(), got.size());
    for (std::size_t i = 0; i < common; ++i)
        if (auto found = first_difference(expected[i], got[i], fmt::format("{}[{}]", field, i))) return found;
    if (expected.size() == got.size()) return std::nullopt;
    return differ(field + " (length)", expected, got);
}

}  // namespace

std::optional<Difference> first_difference(const json::value& expected, const json::value& got,
                                           const std::string& field) {
    if (expected.is_object() && got.is_object()) return compare_objects(expected.get_object(), got.get_object(), field);
    if (expected.is_array() && got.is_array()) return compare_arrays(expected.get_array(), got.get_array(), field);
    if (expected == got) return std::nullopt;  // Boost.JSON compares signed and unsigned numbers by value
    return differ(field, expected, got);
}

}  // namespace vmacheck::reference
