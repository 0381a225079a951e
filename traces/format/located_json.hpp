// One line of JSON with the place of every key and value, so that an error about its meaning can point at it.
//
// Boost.JSON checks the text and converts the values; the places come from a second pass over text known to be valid.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// What is wrong with a line. Column: from 1, in bytes.
struct LineError {
    std::size_t column = 1;
    std::string message;
};

struct LocatedMember;

// A value and where it starts. `value` points into the document it was located in.
struct Located {
    const boost::json::value* value = nullptr;
    std::size_t column = 1;
    std::vector<LocatedMember> members;  // of an object, in the order of the text
    std::vector<Located> items;          // of an array
};

struct LocatedMember {
    std::string_view key;  // into the line
    std::size_t column = 1;
    Located located;
};

// Owns the values that `root` points to.
struct LocatedDocument {
    boost::json::value json;
    Located root;
};

// A header nests deepest (layout, process, vmas, vma, chain), and it may stand in an answer of a subject.
inline constexpr std::size_t max_json_depth = 7;

// Parses a line into *out, whose address must stay the same while it is used. The line must outlive it. Throws
// LineError for text that is no JSON, nests too deep, repeats a key, or writes a key with escapes.
void locate_json(std::string_view line, LocatedDocument& out);

}  // namespace vmacheck
