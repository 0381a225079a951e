// The space of `reach` in words.
#include "checker/smt/reach_space.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

namespace vmacheck::smt {

namespace {

// An argument that distinguishes forms; nothing for a page number, which the solver chooses, and for no flags.
std::string argument_text(const Op<Plain>& op, const Argument& argument) {
    const std::uint64_t value = value_of(op, argument.field);
    switch (argument.type) {
        case ArgumentType::flags: return fmt::format("{}", fmt::join(names_of(argument.names, value), "|"));
        case ArgumentType::map_flags: return fmt::format("{}", fmt::join(names_of_map_flags(op.flags), "|"));
        case ArgumentType::advice: return std::string(name(op.advice));
        case ArgumentType::access:
        case ArgumentType::data_access: return std::string(name(op.access));
        case ArgumentType::number:
        case ArgumentType::process:
            return argument.optional() && value == 0 ? "" : fmt::format("{} {}", argument.key, value);
        case ArgumentType::bytes:
        case ArgumentType::page_offset: break;
    }
    return {};
}

}  // namespace

std::string form_text(const Op<Plain>& op) {
    std::vector<std::string> words;
    for (const Argument& each : operation(op.kind).arguments)
        if (std::string text = argument_text(op, each); !text.empty()) words.push_back(std::move(text));
    if (op.addr.offset != 0) words.emplace_back("unaligned");
    if (op.process != 0) words.push_back(fmt::format("process {}", op.process));
    if (op.fail_alloc.nth != 0)
        words.push_back(fmt::format("{} allocation {} fails", name(op.fail_alloc.kind), op.fail_alloc.nth));
    return fmt::format("{}({})", name(op.kind), fmt::join(words, ", "));
}

std::string describe(const ReachSpace& space) {
    const auto list = [](const std::vector<Op<Plain>>& ops) {
        std::string text;
        for (const Op<Plain>& each : ops) text += (text.empty() ? "" : ", ") + form_text(each);
        return text;
    };
    std::string text = fmt::format("first {}; last {}", list(space.first), list(space.last));
    for (const auto& each : space.limits) text += fmt::format("; {}", each.name);
    return text;
}

}  // namespace vmacheck::smt
