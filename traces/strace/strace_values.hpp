// The values of arguments as strace prints them: numbers and products, flags, descriptors, strings, structs.
//
// Each function throws InputError at the argument's place if the argument has another form.
#pragma once

#include "traces/strace/strace.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// 8192, 0x1000, 0666, -1 (as 2^64 - 1), NULL, 8192*1024, 1<<20, and sums of such.
std::uint64_t number_of(const StraceArgument& argument);

// "PROT_READ|PROT_WRITE|0x8": names with this prefix, numbers, and the name with prefix "NONE" or "0" for nothing.
// `lookup` gives the bits of a name without its prefix.
using FlagLookup = std::optional<std::uint64_t> (*)(std::string_view name);
std::uint64_t flags_of(const StraceArgument& argument, std::string_view prefix, FlagLookup lookup);

// Names joined by '|', as they stand.
std::vector<std::string> names_of(const StraceArgument& argument);

struct Descriptor {
    std::int64_t number = -1;
    std::string path;  // from -y; empty without
};
Descriptor descriptor_of(const StraceArgument& argument);

// "\"/etc/passwd\"" as /etc/passwd. An abbreviated string ("..."...) gives its beginning.
std::string string_of(const StraceArgument& argument);

// The value of a field of a printed struct, {flags=CLONE_VM|CLONE_FS, stack=0x1000}; nothing if it has none of that
// name.
std::optional<StraceArgument> field_of(const StraceArgument& argument, std::string_view name);

}  // namespace vmacheck
