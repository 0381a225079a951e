#include "checker/exhaustive/scope_file.hpp"

#include "checker/config/toml_input.hpp"
#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "model/op/op_table.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/did_you_mean.hpp"
#include "traces/format/names.hpp"
#include "traces/format/parameter_keys.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace vmacheck {
namespace {

constexpr std::uint64_t most_number = std::uint64_t{1} << 62;

// "A|B" as bits of a table; an empty text is no bit. Nothing: a part is not in the table.
std::optional<std::uint64_t> bits_of(std::span<const FlagName> table, const std::string& text) {
    std::uint64_t bits = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bar = std::min(text.find('|', at), text.size());
        const auto part = bits_named(table, std::string_view(text).substr(at, bar - at));
        if (!part) return std::nullopt;
        bits |= *part;
        at = bar + 1;
    }
    return bits;
}

std::vector<FlagName> map_names() {
    std::vector<FlagName> names(map_flag_names().begin(), map_flag_names().end());
    names.insert(names.end(), map_type_names().begin(), map_type_names().end());
    return names;
}

// A list of "A|B" under a key; what it is about is a table of names. Whether it was given.
template <class T>
bool bit_lists(TomlTable& table, std::string_view key, std::span<const FlagName> names, std::vector<T>& values) {
    std::vector<std::string> texts;
    const bool given = table.texts(key, texts, [&](const std::string& text) {
        return bits_of(names, text) ? std::string() : fmt::format("'{}' is none of {}", text, list_of(names));
    });
    if (!given || texts.empty()) return false;
    values.clear();
    for (const std::string& each : texts) values.push_back(static_cast<T>(*bits_of(names, each)));
    return true;
}

// A list of names, each turned into a value.
template <class T, class Named>
void name_lists(TomlTable& table, std::string_view key, Named&& named, std::vector<T>& values) {
    std::vector<std::string> texts;
    const bool given = table.texts(key, texts, [&](const std::string& text) {
        return named(text) ? std::string() : fmt::format("'{}' is not known here", text);
    });
    if (!given || texts.empty()) return;
    values.clear();
    for (const std::string& each : texts) values.push_back(*named(each));
}

// Reads the values of an argument, by the key that scope files have for it; the others vary by themselves.
void read_argument(TomlTable& table, const Argument& argument, std::size_t files, Calls& calls) {
    switch (argument.field) {
        case OpField::prot: bit_lists(table, "prot", argument.names, calls.prots); return;
        case OpField::flags:
            if (!bit_lists(table, "map", map_names(), calls.maps) && calls.kind == OpKind::mmap)
                throw TomlError{table.place(),
                                "[[calls]] of mmap without 'map'; give [\"PRIVATE|ANONYMOUS|FIXED\"], say"};
            return;
        case OpField::call_flags: bit_lists(table, "flags", argument.names, calls.call_flags); return;
        case OpField::advice:
            name_lists(
                table, "advice", [](const std::string& text) { return advice_named(text); }, calls.advices);
            return;
        case OpField::access:
            name_lists(
                table, "access", [](const std::string& text) { return access_named(text); }, calls.accesses);
            return;
        case OpField::file:
            if (files == 0 && table.has("file")) throw TomlError{table.place(), "'file' without a file; add [[file]]"};
            table.numbers("file", calls.files, 1, files);
            return;
        case OpField::offset: table.numbers("offset", calls.offsets, 0, most_pages); return;
        case OpField::policy:
        case OpField::uffd:
        case OpField::name: table.numbers("number", calls.numbers, 0, 100); return;
        case OpField::addr:
        case OpField::len:
        case OpField::new_len:
        case OpField::new_addr:
        case OpField::target:
        case OpField::count: return;
    }
}

Calls read_calls(TomlTable& table, std::size_t files) {
    Calls calls;
    std::string op;
    const bool given = table.text("op", op, [](const std::string& name) {
        return op_kind_named(name) ? std::string() : fmt::format("'{}' is none of {}", name, op_kind_list());
    });
    if (!given) throw TomlError{table.place(), "[[calls]] without 'op'; the operations are " + op_kind_list()};
    calls.kind = *op_kind_named(op);
    const Operation& row = operation(calls.kind);
    for (const Argument& each : row.arguments) read_argument(table, each, files, calls);
    const Argument* file = row.find(OpField::file);
    bool needs_file = file != nullptr && !file->optional();
    for (const MapFlags flags : calls.maps) needs_file |= calls.kind == OpKind::mmap && (flags & map::anonymous) == 0;
    if (needs_file && calls.files == std::vector<std::uint16_t>{0})
        throw TomlError{table.place(),
                        fmt::format("[[calls]] of {} without 'file'; give the numbers of [[file]]s", op)};
    return calls;
}

void read_parameters(TomlTable& table, Parameters& parameters) {
    for (const ParameterKey& key : parameter_keys())
        std::visit(
            [&](auto member) {
                if constexpr (std::is_same_v<decltype(member), bool Parameters::*>)
                    table.flag(key.key, parameters.*member);
                else
                    table.number(key.key, parameters.*member, key.smallest, std::min(key.largest, most_number));
            },
            key.member);
    if (const std::string wrong = contradiction(parameters); !wrong.empty()) throw TomlError{table.place(), wrong};
}

void read_file(TomlTable& table, Parameters& parameters) {
    FileSpec file;
    std::string kind = "regular";
    table.text("kind", kind, [](const std::string& name) {
        return file_kind_named(name) ? std::string() : fmt::format("'{}' is no kind of file", name);
    });
    file.kind = *file_kind_named(kind);
    file.inode = static_cast<std::uint32_t>(parameters.files.size() + 1);
    table.number("inode", file.inode, 1, 1000);
    table.number("pages", file.pages, 0, 1000);
    table.number("granule", file.granule, 1, most_pages);
    table.number("segment_pages", file.segment_pages, 1, 1000);
    table.flag("readable", file.readable);
    table.flag("writable", file.writable);
    for (const FileSwitch& each : file_switches()) table.flag(each.key, file.*each.member);
    parameters.files.push_back(file);
}

Scope read_keys(TomlTable& top, const std::string& path, unsigned pages) {
    Scope scope;
    scope.name = std::filesystem::path(path).stem().string();
    const auto name_check = [](const std::string& name) {
        const bool plain =
            !name.empty() && name.size() <= 64 &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ") ==
                std::string::npos;
        return plain ? std::string() : "'" + name + "' is no name; letters, digits, '-', '_', '.' and spaces are";
    };
    if (const std::string wrong = name_check(scope.name); !wrong.empty()) scope.name = "scope";
    top.text("name", scope.name, name_check);
    top.text("about", scope.about, {});
    top.number("pages", scope.pages, least_pages, most_pages);
    if (pages != 0) scope.pages = pages;
    top.number("processes", scope.processes, 1, max_processes);
    top.number("alloc_failures", scope.alloc_failures, 0, 100);
    top.number("other_steps", scope.other_steps, 0, 16);
    top.flag("failing_calls", scope.failing_calls);
    top.text("profile", scope.setup.profile, unknown_profile);
    top.texts("faults", scope.setup.faults, unknown_fault);
    top.flag("shipped", scope.setup.shipped);
    scope.setup.parameters = window_parameters(scope.pages);
    top.table("parameters", [&](TomlTable& table) { read_parameters(table, scope.setup.parameters); });
    top.tables("file", [&](TomlTable& table) { read_file(table, scope.setup.parameters); });
    for (const FileSpec& each : scope.setup.parameters.files)
        if (const std::string wrong = contradiction(each, scope.setup.parameters.files); !wrong.empty())
            throw TomlError{top.place(), "[[file]]: " + wrong};
    top.tables("calls", [&](TomlTable& table) {
        scope.calls.push_back(read_calls(table, scope.setup.parameters.files.size()));
    });
    top.finish();
    if (scope.calls.empty())
        throw TomlError{top.place(), "a scope needs [[calls]]; see 'vmacheck list scopes' for some"};
    if (scope.name == "peer") throw TomlError{top.place(), "'peer' is a built-in scope; choose another name"};
    return scope;
}

}  // namespace

std::variant<Scope, std::string> read_scope(std::string_view toml, const std::string& path, unsigned pages) {
    return read_toml_as<Scope>({path, std::string(toml)}, [&](TomlTable& top) { return read_keys(top, path, pages); });
}

std::variant<Scope, std::string> read_scope_file(const std::string& path, unsigned pages) {
    return read_toml_as<Scope>({path, {}}, [&](TomlTable& top) { return read_keys(top, path, pages); });
}

}  // namespace vmacheck
