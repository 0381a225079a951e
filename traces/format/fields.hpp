// Reading single values and objects of a trace line, for the reader's own files: each function throws LineError at the
// place of what it cannot take.
#pragma once

#include "traces/format/located_json.hpp"
#include "traces/format/names.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace vmacheck::fields {

[[noreturn]] void fail(const Located& at, std::string message);

// `what` names the value in messages: "'len' of mmap".
std::string text(const Located& at, std::string_view what);
bool boolean(const Located& at, std::string_view what);
// A JSON integer within [smallest, largest].
std::uint64_t integer(const Located& at, std::string_view what, std::uint64_t smallest, std::uint64_t largest);
// A hexadecimal string, "0x1f000".
std::uint64_t hexadecimal(const Located& at, std::string_view what);
// The same, and a multiple of the page size; the result is a page number.
std::uint64_t page_address(const Located& at, std::string_view what);
// An array of names from one of the tables, and of hexadecimal strings; none twice.
std::uint64_t flags(const Located& at, std::string_view what, std::span<const FlagName> table, std::uint64_t largest);
MapFlags map_flags(const Located& at, std::string_view what);
const std::vector<Located>& array(const Located& at, std::string_view what, std::size_t most);

// An object, read key by key. Unknown keys are reported by finish().
class Object {
public:
    // `what` names the object in messages: "mmap", "the header".
    Object(const Located& at, std::string what);

    // The value of a key, marked as known; nullptr if it is absent.
    const Located* find(std::string_view key);
    const Located& require(std::string_view key);
    [[nodiscard]] const std::string& what() const { return what_; }
    [[nodiscard]] std::string named(std::string_view key) const;  // "'len' of mmap"
    // Every key that was not read is an error, which lists those that were.
    void finish() const;

private:
    const Located& at_;
    std::string what_;
    std::vector<std::string_view> known_;
};

}  // namespace vmacheck::fields
