#include "traces/format/call_text.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/names.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace vmacheck {
namespace {

std::string names(const std::vector<std::string>& list) {
    return list.empty() ? "0" : fmt::format("{}", fmt::join(list, "|"));
}

std::string text_of(const Op<Plain>& op, const Argument& argument) {
    const std::uint64_t value = value_of(op, argument.field);
    switch (argument.type) {
        case ArgumentType::bytes: return hex(value);
        case ArgumentType::page_offset: return std::to_string(value / page_size);
        case ArgumentType::flags: return names(names_of(argument.names, value));
        case ArgumentType::map_flags: return names(names_of_map_flags(op.flags));
        case ArgumentType::advice: return std::string(name(op.advice));
        case ArgumentType::access:
        case ArgumentType::data_access: return std::string(name(op.access));
        case ArgumentType::number:
        case ArgumentType::process: return std::to_string(value);
    }
    internal_assertion_failed("argument of no type");
}

}  // namespace

std::string call_text(const Op<Plain>& op) {
    const Operation& row = operation(op.kind);
    const bool only_required = std::all_of(row.arguments.begin(), row.arguments.end(), [&](const Argument& each) {
        return !each.optional() || value_of(op, each.field) == 0;
    });
    fmt::dynamic_format_arg_store<fmt::format_context> texts;
    for (const Argument& each : row.arguments) texts.push_back(fmt::arg(each.key.data(), text_of(op, each)));
    std::string text = fmt::vformat(only_required && !row.short_call.empty() ? row.short_call : row.call, texts);
    if (op.fail_alloc.nth != 0)
        text += fmt::format(" with allocation {} of {} failing", op.fail_alloc.nth, name(op.fail_alloc.kind));
    if (op.meanwhile.nth != 0)
        text += fmt::format(", meanwhile at place {} process {}: {}", op.meanwhile.nth, op.meanwhile.process,
                            call_text(operation_of<Plain>(op.meanwhile)));
    return text;
}

}  // namespace vmacheck
