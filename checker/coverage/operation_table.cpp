#include "checker/coverage/operation_table.hpp"

#include "model/op/op_table.hpp"
#include "properties/contracts/residue_table.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <span>

namespace vmacheck {
namespace {

void add_names(std::vector<std::string>& out, std::span<const FlagName> table) {
    for (const FlagName& each : table) out.emplace_back(each.name);
}

// The values of an argument, by the names of the trace format, which refuses all others; empty if it is a number.
std::vector<std::string> names_of_values(const Argument& argument) {
    std::vector<std::string> names;
    if (argument.type == ArgumentType::advice) return {advice_list()};
    if (argument.type == ArgumentType::access) return {access_list()};
    if (argument.type == ArgumentType::data_access) return {"read, write"};
    if (argument.type == ArgumentType::map_flags) add_names(names, map_type_names());
    add_names(names, argument.names);
    return names;
}

// Of the last argument whose values have names: its flags, where a call has rights too.
std::vector<std::string> flags_of(const Operation& operation) {
    std::vector<std::string> flags;
    for (const Argument& each : operation.arguments)
        if (std::vector<std::string> names = names_of_values(each); !names.empty()) flags = std::move(names);
    return flags;
}

std::string joined(const std::vector<std::string>& names) {
    return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<OperationRow> operation_table() {
    std::vector<OperationRow> rows;
    for (const Operation& each : op_table()) {
        OperationRow row{
            each.kind, each.stands_for, flags_of(each), {}, {each.allocations.begin(), each.allocations.end()}};
        for (const Residue& residue : residue_table)
            if (residue.op == row.op && residue.error != Errno::ok) row.errors.push_back(residue.error);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string operation_table_markdown() {
    std::string text = "| operation | stands for | flags | errors | allocations that may fail |\n";
    text += "| --- | --- | --- | --- | --- |\n";
    for (const OperationRow& row : operation_table()) {
        std::vector<std::string> errors;
        for (const Errno each : row.errors) errors.emplace_back(name(each));
        std::vector<std::string> sites;
        for (const AllocSite each : row.allocations) sites.emplace_back(name(each));
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", name(row.op), row.stands_for, joined(row.flags),
                            joined(errors), joined(sites));
    }
    return text;
}

}  // namespace vmacheck
