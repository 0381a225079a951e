#include "checker/config/toml_input.hpp"
#include "traces/format/did_you_mean.hpp"

#include <toml++/toml.h>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace vmacheck {

// The header knows toml++'s types by these names only; a Node is a toml::node by another name.
struct TomlTable::Table {
    const toml::table& toml;
};

namespace {

const toml::node& toml_of(const TomlTable::Node& node) {
    return *reinterpret_cast<const toml::node*>(&node);
}
const TomlTable::Node* node_of(const toml::node* node) {
    return reinterpret_cast<const TomlTable::Node*>(node);
}

TomlPlace place_of(const toml::source_position& at) {
    return {at.line, at.column};
}

}  // namespace

const TomlTable::Node* TomlTable::take(std::string_view key) {
    taken_.emplace(key);
    return node_of(table_.toml.get(key));
}

void TomlTable::fail(const Node& node, std::string_view key, const std::string& what) const {
    throw TomlError{place_of(toml_of(node).source().begin), fmt::format("'{}{}' {}", name_, key, what)};
}

std::uint64_t TomlTable::number_of(const Node& node, std::string_view key, std::uint64_t least, std::uint64_t most,
                                   std::string_view what) const {
    const auto found = toml_of(node).value_exact<std::int64_t>();
    if (!found || *found < 0 || static_cast<std::uint64_t>(*found) < least || static_cast<std::uint64_t>(*found) > most)
        fail(node, key, fmt::format("{} from {} to {}", what, least, most));
    return static_cast<std::uint64_t>(*found);
}

std::string TomlTable::text_of(const Node& node, std::string_view key, const Check& check) const {
    const auto found = toml_of(node).value_exact<std::string>();
    if (!found) fail(node, key, "is a text, \"...\"");
    if (check)
        if (const std::string wrong = check(*found); !wrong.empty())
            throw TomlError{place_of(toml_of(node).source().begin), wrong};
    return *found;
}

std::optional<std::uint64_t> TomlTable::find_number(std::string_view key, std::uint64_t least, std::uint64_t most) {
    const Node* node = take(key);
    if (node == nullptr) return std::nullopt;
    return number_of(*node, key, least, most, "is a number");
}

std::optional<std::vector<std::uint64_t>> TomlTable::find_numbers(std::string_view key, std::uint64_t least,
                                                                  std::uint64_t most) {
    const Node* node = take(key);
    if (node == nullptr) return std::nullopt;
    const toml::array* array = toml_of(*node).as_array();
    if (array == nullptr) fail(*node, key, "is a list of numbers, [1, 2]");
    std::vector<std::uint64_t> values;
    for (const toml::node& each : *array)
        values.push_back(number_of(*node_of(&each), key, least, most, "holds numbers"));
    if (values.empty()) fail(*node, key, "is empty; leave it out or give a number");
    return values;
}

bool TomlTable::flag(std::string_view key, bool& value) {
    const Node* node = take(key);
    if (node == nullptr) return false;
    const auto found = toml_of(*node).value_exact<bool>();
    if (!found) fail(*node, key, "is true or false");
    value = *found;
    return true;
}

bool TomlTable::text(std::string_view key, std::string& value, const Check& check) {
    const Node* node = take(key);
    if (node == nullptr) return false;
    value = text_of(*node, key, check);
    return true;
}

bool TomlTable::texts(std::string_view key, std::vector<std::string>& values, const Check& check) {
    const Node* node = take(key);
    if (node == nullptr) return false;
    const toml::array* array = toml_of(*node).as_array();
    if (array == nullptr) fail(*node, key, "is a list of texts, [\"a\", \"b\"]");
    values.clear();
    for (const toml::node& each : *array) values.push_back(text_of(*node_of(&each), key, check));
    return true;
}

void TomlTable::read_below(const Node& node, std::string_view key, const Read& read) const {
    const Table table{*toml_of(node).as_table()};
    TomlTable below(table, name_ + std::string(key) + ".");
    read(below);
    below.finish();
}

void TomlTable::table(std::string_view key, const Read& read) {
    const Node* node = take(key);
    if (node == nullptr) return;
    if (!toml_of(*node).is_table()) fail(*node, key, "is a table, [" + std::string(key) + "]");
    read_below(*node, key, read);
}

void TomlTable::tables(std::string_view key, const Read& read) {
    const Node* node = take(key);
    if (node == nullptr) return;
    const std::string form = "is written [[" + std::string(key) + "]]";
    const toml::array* array = toml_of(*node).as_array();
    if (array == nullptr) fail(*node, key, form);
    for (const toml::node& each : *array) {
        if (!each.is_table()) fail(*node_of(&each), key, form);
        read_below(*node_of(&each), key, read);
    }
}

void TomlTable::finish() const {
    for (const auto& [key, node] : table_.toml) {
        if (taken_.count(std::string(key.str())) != 0) continue;
        throw TomlError{place_of(key.source().begin),
                        fmt::format("unknown key '{}{}'{}; known: {}", name_, key.str(),
                                    did_you_mean(key.str(), {taken_.begin(), taken_.end()}), fmt::join(taken_, ", "))};
    }
}

bool TomlTable::has(std::string_view key) const {
    return table_.toml.get(key) != nullptr;
}

TomlPlace TomlTable::place() const {
    return place_of(table_.toml.source().begin);
}

namespace {

std::string text_of_file(const std::string& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found)
        throw std::runtime_error(path + ": no such file; give the path of a TOML file");
    std::ifstream file(path, std::ios::binary);
    if (error || !file || std::filesystem::is_directory(status))
        throw std::runtime_error(path + ": cannot be read; give the path of a TOML file");
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string read_toml(const TomlSource& source, const TomlTable::Read& read) {
    const auto at = [&](const TomlPlace& place, std::string_view what) {
        return fmt::format("{}:{}:{}: {}", source.path, place.line, place.column, what);
    };
    try {
        const std::string text = source.text ? *source.text : text_of_file(source.path);
        const toml::table parsed = toml::parse(text, source.path);
        const TomlTable::Table table{parsed};
        TomlTable top(table, "");
        read(top);
        top.finish();
        return "";
    } catch (const TomlError& error) {
        return at(error.at, error.message);
    } catch (const toml::parse_error& error) {
        return at(place_of(error.source().begin), fmt::format("not TOML: {}", error.description()));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

}  // namespace vmacheck
