#include "traces/format/names.hpp"

#include "model/op/op_table.hpp"

#include <fmt/format.h>

#include <array>

namespace vmacheck {
namespace {

constexpr std::array<FlagName, 35> vm_flags{{
    {vm::read, "READ"},
    {vm::write, "WRITE"},
    {vm::exec, "EXEC"},
    {vm::shared, "SHARED"},
    {vm::may_access, "MAYRWX"},  // what nearly every VMA has
    {vm::may_read, "MAYREAD"},
    {vm::may_write, "MAYWRITE"},
    {vm::may_exec, "MAYEXEC"},
    {vm::may_share, "MAYSHARE"},
    {vm::growsdown, "GROWSDOWN"},
    {vm::uffd_missing, "UFFD_MISSING"},
    {vm::pfnmap, "PFNMAP"},
    {vm::uffd_wp, "UFFD_WP"},
    {vm::locked, "LOCKED"},
    {vm::io, "IO"},
    {vm::seq_read, "SEQ_READ"},
    {vm::rand_read, "RAND_READ"},
    {vm::dontcopy, "DONTCOPY"},
    {vm::dontexpand, "DONTEXPAND"},
    {vm::lockonfault, "LOCKONFAULT"},
    {vm::account, "ACCOUNT"},
    {vm::noreserve, "NORESERVE"},
    {vm::hugetlb, "HUGETLB"},
    {vm::sync, "SYNC"},
    {vm::growsup, "GROWSUP"},
    {vm::wipeonfork, "WIPEONFORK"},
    {vm::dontdump, "DONTDUMP"},
    {vm::softdirty, "SOFTDIRTY"},
    {vm::mixedmap, "MIXEDMAP"},
    {vm::hugepage, "HUGEPAGE"},
    {vm::nohugepage, "NOHUGEPAGE"},
    {vm::mergeable, "MERGEABLE"},
    {vm::droppable, "DROPPABLE"},
    {vm::sealed, "SEALED"},
    {vm::maybe_guard, "MAYBE_GUARD"},
}};

constexpr std::array<FileSwitch, 12> switches{{
    {"sealed", &FileSpec::sealed},
    {"sealed_future", &FileSpec::sealed_future},
    {"append_only", &FileSpec::append_only},
    {"noexec", &FileSpec::noexec},
    {"swap_file", &FileSpec::swap_file},
    {"mandatory_lock", &FileSpec::mandatory_lock},
    {"no_mmap", &FileSpec::no_mmap},
    {"char_device", &FileSpec::char_device},
    {"huge_aligned", &FileSpec::huge_aligned},
    {"no_fallocate", &FileSpec::no_fallocate},
    {"no_fault", &FileSpec::no_fault},
    {"huge_segment", &FileSpec::huge_segment},
}};

constexpr std::array<std::string_view, 7> file_kinds{"regular", "shmem",    "dev_zero", "with_close",
                                                     "special", "sysv_shm", "hugetlb"};

constexpr std::array<std::string_view, 4> map_syncs{"by_kind", "unknown", "refused", "supported"};

// The enumerator, from 0 to last, whose name it is.
template <class E>
std::optional<E> enumerator_named(std::string_view wanted, E first, E last) {
    for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i)
        if (name(static_cast<E>(i)) == wanted) return static_cast<E>(i);
    return std::nullopt;
}

template <class E>
std::string enumerator_list(E last) {
    std::string list;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        if (i > 0) list += ", ";
        list += name(static_cast<E>(i));
    }
    return list;
}

constexpr OpKind last_op_kind = static_cast<OpKind>(static_cast<int>(OpKind::count) - 1);

}  // namespace

std::span<const FlagName> prot_names() {
    return flag_names::prot;
}
std::span<const FlagName> vm_flag_names() {
    return vm_flags;
}
std::span<const FlagName> map_flag_names() {
    return flag_names::map;
}
std::span<const FlagName> map_type_names() {
    return flag_names::map_type;
}
std::span<const FlagName> call_flag_names(OpKind kind) {
    const Argument* flags = operation(kind).find(OpField::call_flags);
    return flags != nullptr ? flags->names : std::span<const FlagName>();
}

std::vector<std::string> names_of(std::span<const FlagName> table, std::uint64_t bits) {
    std::vector<std::string> names;
    for (const FlagName& each : table) {
        if ((bits & each.bits) != each.bits) continue;
        names.emplace_back(each.name);
        bits &= ~each.bits;
    }
    if (bits != 0) names.push_back(hex(bits));
    return names;
}

std::vector<std::string> names_of_map_flags(MapFlags flags) {
    const MapFlags type = flags & map::type_mask;
    for (const FlagName& each : flag_names::map_type) {
        if (each.bits != type) continue;
        std::vector<std::string> names{std::string(each.name)};
        for (std::string& other : names_of(flag_names::map, flags & ~map::type_mask)) names.push_back(std::move(other));
        return names;
    }
    return names_of(flag_names::map, flags);  // a type without a name is part of the last number
}

std::optional<std::uint64_t> bits_named(std::span<const FlagName> table, std::string_view wanted) {
    for (const FlagName& each : table)
        if (each.name == wanted) return each.bits;
    return std::nullopt;
}

std::string list_of(std::span<const FlagName> table) {
    std::string list;
    for (const FlagName& each : table) {
        if (!list.empty()) list += ", ";
        list += each.name;
    }
    return list;
}

bool returns_value(OpKind kind) {
    return operation(kind).returns_value;
}

std::span<const FileSwitch> file_switches() {
    return switches;
}

std::string_view name(FileKind kind) {
    return file_kinds.at(static_cast<std::size_t>(kind));
}

std::string_view name(MapSync sync) {
    return map_syncs.at(static_cast<std::size_t>(sync));
}

std::optional<OpKind> op_kind_named(std::string_view wanted) {
    return enumerator_named(wanted, OpKind{}, last_op_kind);
}
std::optional<Access> access_named(std::string_view wanted) {
    return enumerator_named(wanted, Access{}, Access::exec);
}
std::optional<Advice> advice_named(std::string_view wanted) {
    return enumerator_named(wanted, Advice{}, last_advice);
}
std::optional<Errno> errno_named(std::string_view wanted) {
    return enumerator_named(wanted, Errno::eperm, Errno::sigbus);
}
std::optional<AllocKind> alloc_kind_named(std::string_view wanted) {
    return enumerator_named(wanted, AllocKind{}, AllocKind::mm_slot);
}
std::optional<MapSync> map_sync_named(std::string_view wanted) {
    return enumerator_named(wanted, MapSync::unknown, MapSync::supported);
}
std::optional<FileKind> file_kind_named(std::string_view wanted) {
    return enumerator_named(wanted, FileKind{}, FileKind::hugetlb);
}

std::string op_kind_list() {
    return enumerator_list(last_op_kind);
}
std::string access_list() {
    return enumerator_list(Access::exec);
}
std::string advice_list() {
    return enumerator_list(last_advice);
}
std::string alloc_kind_list() {
    return enumerator_list(AllocKind::mm_slot);
}
std::string file_kind_list() {
    return enumerator_list(FileKind::hugetlb);
}

std::string hex(std::uint64_t value) {
    return fmt::format("{:#x}", value);
}

}  // namespace vmacheck
