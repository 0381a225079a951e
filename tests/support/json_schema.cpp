#include "tests/support/json_schema.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <regex>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace json = boost::json;

bool is_of_type(const json::value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "number") return value.is_number();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    throw std::logic_error("unknown type " + std::string(type));
}

class Checker {
public:
    explicit Checker(const json::value& root) : root_(root) {}

    std::string check(const json::value& schema, const json::value& value, const std::string& place) const {
        if (schema.is_bool()) return schema.as_bool() ? "" : place + ": is not wanted";
        std::string wrong;
        for (const auto& [key, rule] : schema.as_object()) {
            wrong = keyword(schema.as_object(), key, rule, value, place);
            if (!wrong.empty()) return wrong;
        }
        return {};
    }

private:
    std::string keyword(const json::object& schema, std::string_view key, const json::value& rule,
                        const json::value& value, const std::string& place) const {
        const auto unless = [&](bool holds, const std::string& what) { return holds ? "" : place + ": " + what; };
        if (key == "$schema" || key == "$id" || key == "title" || key == "description" || key == "$defs") return {};
        if (key == "then") return {};  // goes with "if"
        if (key == "$ref") return check(root_.at_pointer(rule.as_string().subview(1)), value, place);
        if (key == "type") return unless(has_type(rule, value), "is no " + json::serialize(rule));
        if (key == "const") return unless(value == rule, "is not " + json::serialize(rule));
        if (key == "enum") {
            const auto& all = rule.as_array();
            return unless(std::find(all.begin(), all.end(), value) != all.end(), "is none of " + json::serialize(rule));
        }
        if (key == "oneOf" || key == "anyOf" || key == "allOf") return combined(key, rule.as_array(), value, place);
        if (key == "if") {
            const bool applies = check(rule, value, place).empty();
            return applies && schema.contains("then") ? check(schema.at("then"), value, place) : "";
        }
        if (value.is_object()) return of_object(schema, key, rule, value.as_object(), place);
        if (value.is_array()) return of_array(key, rule, value.as_array(), place);
        if (value.is_string()) return of_string(key, rule, value.as_string(), place);
        if (value.is_number()) return of_number(key, rule, value, place);
        known(key);
        return {};
    }

    static bool has_type(const json::value& rule, const json::value& value) {
        if (rule.is_string()) return is_of_type(value, rule.as_string());
        const auto& all = rule.as_array();
        return std::any_of(all.begin(), all.end(),
                           [&](const json::value& each) { return is_of_type(value, each.as_string()); });
    }

    std::string combined(std::string_view key, const json::array& all, const json::value& value,
                         const std::string& place) const {
        std::size_t good = 0;
        std::string last;
        for (const json::value& each : all) {
            const std::string wrong = check(each, value, place);
            good += wrong.empty() ? 1 : 0;
            if (!wrong.empty()) last = wrong;
        }
        const bool holds = key == "anyOf" ? good > 0 : key == "oneOf" ? good == 1 : good == all.size();
        if (holds) return {};
        return key == "allOf" ? last : place + ": is " + std::to_string(good) + " of the forms it may have; " + last;
    }

    std::string of_object(const json::object& schema, std::string_view key, const json::value& rule,
                          const json::object& object, const std::string& place) const {
        if (key == "required") {
            for (const json::value& each : rule.as_array())
                if (!object.contains(each.as_string())) return place + ": lacks " + json::serialize(each);
        } else if (key == "properties") {
            for (const auto& [name, inner] : rule.as_object())
                if (const json::value* member = object.if_contains(name)) {
                    const std::string wrong = check(inner, *member, place + "/" + std::string(name));
                    if (!wrong.empty()) return wrong;
                }
        } else if (key == "additionalProperties") {
            const json::value* properties = schema.if_contains("properties");
            for (const auto& [name, member] : object) {
                if (properties != nullptr && properties->as_object().contains(name)) continue;
                const std::string wrong = check(rule, member, place + "/" + std::string(name));
                if (!wrong.empty()) return wrong;
            }
        } else {
            known(key);
        }
        return {};
    }

    std::string of_array(std::string_view key, const json::value& rule, const json::array& array,
                         const std::string& place) const {
        if (key == "items") {
            for (std::size_t i = 0; i < array.size(); ++i) {
                const std::string wrong = check(rule, array[i], place + "/" + std::to_string(i));
                if (!wrong.empty()) return wrong;
            }
        } else if (key == "maxItems") {
            if (array.size() > static_cast<std::size_t>(rule.to_number<std::int64_t>())) return place + ": is too long";
        } else if (key == "uniqueItems") {
            for (std::size_t i = 0; i < array.size(); ++i)
                for (std::size_t j = 0; j < i; ++j)
                    if (array[i] == array[j]) return place + ": has something twice";
        } else {
            known(key);
        }
        return {};
    }

    static std::string of_string(std::string_view key, const json::value& rule, const json::string& text,
                                 const std::string& place) {
        if (key == "pattern") {
            const std::regex pattern(rule.as_string().c_str());
            if (!std::regex_search(text.c_str(), pattern))
                return place + ": does not match " + std::string(rule.as_string().c_str());
        } else if (key == "minLength") {
            if (text.size() < static_cast<std::size_t>(rule.to_number<std::int64_t>())) return place + ": is too short";
        } else {
            known(key);
        }
        return {};
    }

    static std::string of_number(std::string_view key, const json::value& rule, const json::value& value,
                                 const std::string& place) {
        const auto as_real = [](const json::value& number) { return number.to_number<double>(); };
        if (key == "minimum")
            return as_real(value) < as_real(rule) ? place + ": is below " + json::serialize(rule) : "";
        if (key == "maximum")
            return as_real(value) > as_real(rule) ? place + ": is above " + json::serialize(rule) : "";
        known(key);
        return {};
    }

    // Keywords about values of another type say nothing of this one.
    static void known(std::string_view key) {
        for (const std::string_view each : {"required", "properties", "additionalProperties", "items", "maxItems",
                                            "uniqueItems", "pattern", "minLength", "minimum", "maximum"})
            if (key == each) return;
        throw std::logic_error("the schema has a keyword that is not known: " + std::string(key));
    }

    const json::value& root_;
};

}  // namespace

std::string breach(const json::value& schema, const json::value& value) {
    return Checker(schema).check(schema, value, "");
}

}  // namespace vmacheck
