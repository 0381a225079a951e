#include "traces/format/fields.hpp"
#include "traces/format/did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace vmacheck::fields {
namespace {

// The kind of a value, for error messages.
std::string kind_of(const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::null: return "null";
        case boost::json::kind::bool_: return "true or false";
        case boost::json::kind::int64:
        case boost::json::kind::uint64: return "an integer";
        case boost::json::kind::double_: return "a number that is no 64-bit integer";
        case boost::json::kind::string: return "a string";
        case boost::json::kind::array: return "an array";
        case boost::json::kind::object: return "an object";
    }
    return "something else";
}

[[noreturn]] void wrong_kind(const Located& at, std::string_view what, std::string_view wanted) {
    fail(at, fmt::format("{} must be {}, but {} stands here", what, wanted, kind_of(*at.value)));
}

// A value from outside within a message: cut, without control characters.
std::string quoted(std::string_view value) {
    std::string shown = "'";
    for (const char c : value.substr(0, 40)) shown += c >= ' ' && c < 0x7f ? c : '?';
    return shown + (value.size() > 40 ? "...'" : "'");
}

std::optional<std::uint64_t> parse_hexadecimal(std::string_view digits) {
    if (!digits.starts_with("0x") || digits.size() == 2) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::string_view string_at(const Located& at, std::string_view what, std::string_view wanted) {
    const boost::json::string* string = at.value->if_string();
    if (string == nullptr) wrong_kind(at, what, wanted);
    return {string->data(), string->size()};
}

}  // namespace

void fail(const Located& at, std::string message) {
    throw LineError{at.column, std::move(message)};
}

std::string text(const Located& at, std::string_view what) {
    return std::string(string_at(at, what, "a string"));
}

bool boolean(const Located& at, std::string_view what) {
    if (!at.value->is_bool()) wrong_kind(at, what, "true or false");
    return at.value->get_bool();
}

std::uint64_t integer(const Located& at, std::string_view what, std::uint64_t smallest, std::uint64_t largest) {
    if (at.value->is_double() || !at.value->is_number()) wrong_kind(at, what, "an integer");
    const bool negative = at.value->is_int64() && at.value->get_int64() < 0;
    const std::uint64_t value =
        at.value->is_int64() ? static_cast<std::uint64_t>(at.value->get_int64()) : at.value->get_uint64();
    if (negative || value < smallest || value > largest)
        fail(at, fmt::format("{} is out of range; it may be {} to {}", what, smallest, largest));
    return value;
}

std::uint64_t hexadecimal(const Located& at, std::string_view what) {
    const std::string_view digits = string_at(at, what, "a hexadecimal string such as \"0x1000\"");
    const auto value = parse_hexadecimal(digits);
    if (!value)
        fail(at, fmt::format("{} is no 64-bit hexadecimal number: {}; write it as \"0x1000\"", what, quoted(digits)));
    return *value;
}

std::uint64_t page_address(const Located& at, std::string_view what) {
    const std::uint64_t bytes = hexadecimal(at, what);
    if (bytes % page_size != 0) fail(at, fmt::format("{} must be a multiple of the page size, 0x1000", what));
    return bytes / page_size;
}

const std::vector<Located>& array(const Located& at, std::string_view what, std::size_t most) {
    if (!at.value->is_array()) wrong_kind(at, what, "an array");
    if (at.items.size() > most)
        fail(at, fmt::format("{} has {} elements; at most {} are allowed", what, at.items.size(), most));
    return at.items;
}

std::uint64_t flags(const Located& at, std::string_view what, std::span<const FlagName> table, std::uint64_t largest) {
    std::uint64_t bits = 0;
    for (const Located& each : array(at, what, 70)) {
        const std::string_view name = string_at(each, what, "an array of names and hexadecimal strings");
        const auto number = parse_hexadecimal(name);
        const auto named = number ? number : bits_named(table, name);
        if (!named) fail(each, fmt::format("unknown flag {} in {}; known: {}", quoted(name), what, list_of(table)));
        if (*named > largest) fail(each, fmt::format("flag {} in {} is out of range", quoted(name), what));
        if ((bits & *named) != 0)
            fail(each, fmt::format("flag {} in {} is given twice; remove one", quoted(name), what));
        bits |= *named;
    }
    return bits;
}

MapFlags map_flags(const Located& at, std::string_view what) {
    // SHARED_VALIDATE is a number, not SHARED and PRIVATE: the type is taken out before the bits are looked at.
    std::vector<FlagName> all(map_type_names().begin(), map_type_names().end());
    all.insert(all.end(), map_flag_names().begin(), map_flag_names().end());
    const auto value = static_cast<MapFlags>(flags(at, what, all, ~MapFlags{0}));
    int types = 0;
    for (const Located& each : at.items) types += bits_named(map_type_names(), each.value->get_string()) ? 1 : 0;
    if (types > 1) fail(at, fmt::format("{} has more than one of {}; keep one", what, list_of(map_type_names())));
    return value;
}

Object::Object(const Located& at, std::string what) : at_(at), what_(std::move(what)) {
    if (!at.value->is_object()) wrong_kind(at, what_, "an object");
}

const Located* Object::find(std::string_view key) {
    known_.push_back(key);
    for (const LocatedMember& each : at_.members)
        if (each.key == key) return &each.located;
    return nullptr;
}

const Located& Object::require(std::string_view key) {
    const Located* found = find(key);
    if (found != nullptr) return *found;
    // A key that is not one of those it may have was perhaps meant.
    for (const LocatedMember& each : at_.members)
        if (!did_you_mean(each.key, {key}).empty() && std::find(known_.begin(), known_.end(), each.key) == known_.end())
            throw LineError{each.column, fmt::format("{} lacks the key '{}'; is it {} that should be '{}'?", what_, key,
                                                     quoted(each.key), key)};
    fail(at_, fmt::format("{} lacks the key '{}'; add it", what_, key));
}

std::string Object::named(std::string_view key) const {
    return fmt::format("'{}' of {}", key, what_);
}

void Object::finish() const {
    for (const LocatedMember& each : at_.members)
        if (std::find(known_.begin(), known_.end(), each.key) == known_.end())
            throw LineError{each.column, fmt::format("unknown key {} in {}{}; known: {}", quoted(each.key), what_,
                                                     did_you_mean(each.key, {known_.begin(), known_.end()}),
                                                     fmt::join(known_, ", "))};
}

}  // namespace vmacheck::fields
