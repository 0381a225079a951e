// Names of flags, files and other arguments as they stand in traces, and back. Names of operations, errors and
// allocation kinds are the model's; here is only the way back from a name.
#pragma once

#include "model/op/flag_names.hpp"
#include "model/op/op.hpp"
#include "model/op/parameters.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

std::span<const FlagName> prot_names();
std::span<const FlagName> vm_flag_names();
// Without the mapping type, which is a number and not a set of bits.
std::span<const FlagName> map_flag_names();
// SHARED, PRIVATE, SHARED_VALIDATE: values of map::type_mask.
std::span<const FlagName> map_type_names();
// Op::call_flags of the operation; empty for one without.
std::span<const FlagName> call_flag_names(OpKind kind);

// Names of all bits set, lowest table entry first; bits without a name become one last hexadecimal number.
std::vector<std::string> names_of(std::span<const FlagName> table, std::uint64_t bits);
std::vector<std::string> names_of_map_flags(MapFlags flags);

std::optional<std::uint64_t> bits_named(std::span<const FlagName> table, std::string_view name);

// "READ, WRITE, EXEC": the names of a table, for messages.
std::string list_of(std::span<const FlagName> table);

std::string_view name(FileKind kind);
std::string_view name(MapSync sync);

// Switches of a file, apart from how it was opened; false unless stated.
struct FileSwitch {
    std::string_view key;
    bool FileSpec::*member;
};
std::span<const FileSwitch> file_switches();

// Whether an operation that succeeds returns a value (an address, the break or a slot) and not just 0.
bool returns_value(OpKind kind);

std::optional<OpKind> op_kind_named(std::string_view name);
std::optional<Access> access_named(std::string_view name);
std::optional<Advice> advice_named(std::string_view name);
std::optional<Errno> errno_named(std::string_view name);  // never Errno::ok
std::optional<AllocKind> alloc_kind_named(std::string_view name);
std::optional<FileKind> file_kind_named(std::string_view name);
std::optional<MapSync> map_sync_named(std::string_view name);  // never MapSync::by_kind

// All names of a kind, "read, write, exec", for messages.
std::string op_kind_list();
std::string access_list();
std::string advice_list();
std::string alloc_kind_list();
std::string file_kind_list();

std::string hex(std::uint64_t value);  // "0x1f000"

}  // namespace vmacheck
