// Strict reading of TOML: an unknown key, or a value of another kind or out of range, is an error with its place.
// toml++ is seen by toml_input.cpp alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vmacheck {

// Line and column of a file, from 1; the column in characters.
struct TomlPlace {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

// What is wrong, and where in the file.
struct TomlError {
    TomlPlace at;
    std::string message;
};

// A table whose keys are taken one by one; finish() refuses what is left. All throw TomlError.
class TomlTable {
public:
    // Says what is wrong with a value; empty: nothing.
    using Check = std::function<std::string(const std::string&)>;
    using Read = std::function<void(TomlTable&)>;
    struct Table;  // toml++'s
    struct Node;

    TomlTable(const Table& table, std::string name) : table_(table), name_(std::move(name)) {}

    // A missing key leaves the value as it is.
    template <class N>
    void number(std::string_view key, N& value, std::uint64_t least, std::uint64_t most) {
        if (const std::optional<std::uint64_t> found = find_number(key, least, most)) value = static_cast<N>(*found);
    }
    template <class N>
    void numbers(std::string_view key, std::vector<N>& values, std::uint64_t least, std::uint64_t most) {
        if (const std::optional<std::vector<std::uint64_t>> found = find_numbers(key, least, most))
            values.assign(found->begin(), found->end());
    }
    // Whether the key is there.
    bool flag(std::string_view key, bool& value);
    bool text(std::string_view key, std::string& value, const Check& check);
    bool texts(std::string_view key, std::vector<std::string>& values, const Check& check);
    void table(std::string_view key, const Read& read);   // [key]
    void tables(std::string_view key, const Read& read);  // each [[key]]
    void finish() const;

    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] TomlPlace place() const;

private:
    std::optional<std::uint64_t> find_number(std::string_view key, std::uint64_t least, std::uint64_t most);
    std::optional<std::vector<std::uint64_t>> find_numbers(std::string_view key, std::uint64_t least,
                                                           std::uint64_t most);
    const Node* take(std::string_view key);
    void read_below(const Node& node, std::string_view key, const Read& read) const;
    [[nodiscard]] std::uint64_t number_of(const Node& node, std::string_view key, std::uint64_t least,
                                          std::uint64_t most, std::string_view what) const;
    [[nodiscard]] std::string text_of(const Node& node, std::string_view key, const Check& check) const;
    [[noreturn]] void fail(const Node& node, std::string_view key, const std::string& what) const;

    const Table& table_;
    std::string name_;
    std::set<std::string> taken_;
};

// TOML as text, or the file that holds it; the path is for messages.
struct TomlSource {
    std::string path;
    std::optional<std::string> text;  // absent: the file's
};

// Reads all keys of the top table. What is wrong, as one line; empty: nothing.
std::string read_toml(const TomlSource& source, const TomlTable::Read& read);

// What `read` makes of the top table, or what is wrong with it as one line.
template <class T>
std::variant<T, std::string> read_toml_as(const TomlSource& source, const std::function<T(TomlTable&)>& read) {
    std::optional<T> made;
    std::string wrong = read_toml(source, [&](TomlTable& top) { made = read(top); });
    if (!wrong.empty()) return wrong;
    return *std::move(made);
}

}  // namespace vmacheck
