// Strict reading of TOML: a key that is not known, or a value of another kind or out of range, is an error with its
// place.
#pragma once

#include <toml++/toml.h>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace vmacheck {

// What is wrong, and where in the file.
struct TomlError {
    toml::source_position at;
    std::string message;
};

// A table whose keys are taken one by one; finish() refuses what is left.
class TomlTable {
public:
    // Says what is wrong with a value; empty: nothing.
    using Check = std::function<std::string(const std::string&)>;

    TomlTable(toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

    template <class N>
    void number(std::string_view key, N& value, std::uint64_t least, std::uint64_t most) {
        const toml::node* node = take(key);
        if (node == nullptr) return;
        const auto found = node->value_exact<std::int64_t>();
        if (!found || *found < 0 || static_cast<std::uint64_t>(*found) < least ||
            static_cast<std::uint64_t>(*found) > most)
            fail(*node, key, fmt::format("is a number from {} to {}", least, most));
        value = static_cast<N>(*found);
    }

    void flag(std::string_view key, bool& value) {
        const toml::node* node = take(key);
        if (node == nullptr) return;
        const auto found = node->value_exact<bool>();
        if (!found) fail(*node, key, "is true or false");
        value = *found;
    }

    bool text(std::string_view key, std::string& value, const Check& check) {
        const toml::node* node = take(key);
        if (node == nullptr) return false;
        value = text_of(*node, key, check);
        return true;
    }

    template <class N>
    void numbers(std::string_view key, std::vector<N>& values, std::uint64_t least, std::uint64_t most) {
        toml::node* node = take(key);
        if (node == nullptr) return;
        if (!node->is_array()) fail(*node, key, "is a list of numbers, [1, 2]");
        values.clear();
        for (const toml::node& each : *node->as_array()) {
            const auto found = each.value_exact<std::int64_t>();
            if (!found || *found < 0 || static_cast<std::uint64_t>(*found) < least ||
                static_cast<std::uint64_t>(*found) > most)
                fail(each, key, fmt::format("holds numbers from {} to {}", least, most));
            values.push_back(static_cast<N>(*found));
        }
        if (values.empty()) fail(*node, key, "is empty; leave it out or give a number");
    }

    bool texts(std::string_view key, std::vector<std::string>& values, const Check& check) {
        const toml::node* node = take(key);
        if (node == nullptr) return false;
        if (!node->is_array()) fail(*node, key, "is a list of texts, [\"a\", \"b\"]");
        values.clear();
        for (const toml::node& each : *node->as_array()) values.push_back(text_of(each, key, check));
        return true;
    }

    template <class F>
    void table(std::string_view key, F&& read) {
        toml::node* node = take(key);
        if (node == nullptr) return;
        if (!node->is_table()) fail(*node, key, "is a table, [" + std::string(key) + "]");
        TomlTable below(*node->as_table(), name_ + std::string(key) + ".");
        read(below);
        below.finish();
    }

    // Tables written as [[key]].
    template <class F>
    void tables(std::string_view key, F&& read) {
        toml::node* node = take(key);
        if (node == nullptr) return;
        if (!node->is_array()) fail(*node, key, "is written [[" + std::string(key) + "]]");
        for (toml::node& each : *node->as_array()) {
            if (!each.is_table()) fail(each, key, "is written [[" + std::string(key) + "]]");
            TomlTable below(*each.as_table(), name_ + std::string(key) + ".");
            read(below);
            below.finish();
        }
    }

    void finish() const {
        for (const auto& [key, node] : table_) {
            if (taken_.count(std::string(key.str())) != 0) continue;
            std::string known;
            for (const std::string& each : taken_) known += (known.empty() ? "" : ", ") + each;
            throw TomlError{key.source().begin,
                            fmt::format("unknown key '{}{}'; there are {}", name_, key.str(), known)};
        }
    }

    [[nodiscard]] bool has(std::string_view key) const { return table_.get(key) != nullptr; }
    [[nodiscard]] toml::source_position place() const { return table_.source().begin; }

private:
    toml::node* take(std::string_view key) {
        taken_.emplace(key);
        return table_.get(key);
    }
    std::string text_of(const toml::node& node, std::string_view key, const Check& check) const {
        const auto found = node.value_exact<std::string>();
        if (!found) fail(node, key, "is a text, \"...\"");
        if (check)
            if (const std::string wrong = check(*found); !wrong.empty()) throw TomlError{node.source().begin, wrong};
        return *found;
    }
    [[noreturn]] void fail(const toml::node& node, std::string_view key, const std::string& what) const {
        throw TomlError{node.source().begin, fmt::format("'{}{}' {}", name_, key, what)};
    }

    toml::table& table_;
    std::string name_;
    std::set<std::string> taken_;
};

inline toml::table parse_toml(std::string_view text, const std::string& path) {
    return toml::parse(text, path);
}
inline toml::table parse_toml_file(const std::string& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found)
        throw std::runtime_error(path + ": no such file; give the path of a TOML file");
    std::ifstream file(path, std::ios::binary);
    if (error || !file || std::filesystem::is_directory(status))
        throw std::runtime_error(path + ": cannot be read; give the path of a TOML file");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return toml::parse(text, path);
}

// What `read` makes of a table, or what is wrong with it as one line.
template <class T, class Parse, class Read>
std::variant<T, std::string> with_toml(Parse&& parse, const std::string& path, Read&& read) {
    const auto at = [&](const toml::source_position& place, std::string_view what) {
        return fmt::format("{}:{}:{}: {}", path, place.line, place.column, what);
    };
    try {
        toml::table table = parse();
        return read(table);
    } catch (const TomlError& error) {
        return at(error.at, error.message);
    } catch (const toml::parse_error& error) {
        return at(error.source().begin, fmt::format("not TOML: {}", error.description()));
    } catch (const std::runtime_error& error) {
        return std::string(error.what());
    }
}

}  // namespace vmacheck
