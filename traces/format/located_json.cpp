#include "traces/format/located_json.hpp"

#include <fmt/format.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include <algorithm>

namespace vmacheck {
namespace {

// More than any object of a trace has; keeps the search for repeated keys short.
constexpr std::size_t max_keys = 64;

// Walks over valid JSON in step with its parsed value.
class Locator {
public:
    explicit Locator(std::string_view text) : text_(text) {}

    // Follows the text alone. Below a key that stands twice `value` belongs to the other one, so it may be of another
    // kind or absent; the second key is an error as soon as it is met.
    Located locate(const boost::json::value* value) {
        skip_space();
        Located here{.value = value, .column = at_ + 1, .members = {}, .items = {}};
        if (text_[at_] == '{')
            locate_members(value != nullptr ? value->if_object() : nullptr, here);
        else if (text_[at_] == '[')
            locate_items(value != nullptr ? value->if_array() : nullptr, here);
        else if (text_[at_] == '"')
            skip_string();
        else
            skip_word();
        return here;
    }

private:
    void locate_members(const boost::json::object* object, Located& here) {
        ++at_;  // {
        for (skip_space(); text_[at_] != '}'; skip_space()) {
            if (text_[at_] == ',') {
                ++at_;
                skip_space();
            }
            const std::size_t column = at_ + 1;
            const std::string_view key = skip_string();
            if (key.find('\\') != std::string_view::npos)
                throw LineError{column, fmt::format("key \"{}\" is written with an escape; write keys plainly", key)};
            if (here.members.size() == max_keys)
                throw LineError{
                    column, fmt::format("more than {} keys in one object; no object of a trace has so many", max_keys)};
            for (const LocatedMember& earlier : here.members)
                if (earlier.key == key)
                    throw LineError{
                        column, fmt::format("key '{}' stands here a second time (first in column {}); remove one", key,
                                            earlier.column)};
            skip_space();
            ++at_;  // :
            here.members.push_back({key, column, locate(object != nullptr ? object->if_contains(key) : nullptr)});
        }
        ++at_;  // }
    }

    void locate_items(const boost::json::array* array, Located& here) {
        ++at_;  // [
        for (skip_space(); text_[at_] != ']'; skip_space()) {
            const std::size_t i = here.items.size();
            here.items.push_back(locate(array != nullptr && i < array->size() ? &(*array)[i] : nullptr));
            skip_space();
            if (text_[at_] == ',') ++at_;
        }
        ++at_;  // ]
    }

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
    }

    // Skips a string; returns what is between its quotes.
    std::string_view skip_string() {
        const std::size_t start = ++at_;
        while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        return text_.substr(start, at_++ - start);
    }

    void skip_word() {
        while (at_ < text_.size() && std::string_view(",]} \t\r").find(text_[at_]) == std::string_view::npos) ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// A sentence for what Boost.JSON calls the error.
std::string syntax_message(const boost::json::error_code& error) {
    if (error == boost::json::error::too_deep)
        return fmt::format("nested deeper than {} levels; a trace never is", max_json_depth);
    if (error == boost::json::error::incomplete)
        return "the line ends within its JSON; an operation is one line, closed by '}'";
    if (error == boost::json::error::extra_data)
        return "more text after the closing '}'; each operation has its own line";
    return fmt::format("not JSON: {}", error.message());
}

}  // namespace

void locate_json(std::string_view line, LocatedDocument& out) {
    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::parser parser({}, options);
    parser.reset(boost::json::make_shared_resource<boost::json::monotonic_resource>());
    boost::json::error_code error;
    const std::size_t consumed = parser.write_some(line, error);
    if (!error && consumed < line.size()) error = boost::json::error::extra_data;
    if (error) throw LineError{std::min(consumed, line.size()) + 1, syntax_message(error)};
    out.json = parser.release();
    out.root = Locator(line).locate(&out.json);
}

}  // namespace vmacheck
