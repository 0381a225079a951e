// The space of `reach` in words.
#include "checker/smt/reach_space.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

namespace vmacheck::smt {

std::string form_text(const Op<Plain>& op) {
    std::vector<std::string> words;
    if (op.prot != 0) words.push_back(fmt::format("{}", fmt::join(names_of(prot_names(), op.prot), "|")));
    if (op.kind == OpKind::mmap) words.push_back(fmt::format("{}", fmt::join(names_of_map_flags(op.flags), "|")));
    if (op.file != 0) words.push_back(fmt::format("file {}", op.file));
    if (op.call_flags != 0) {
        const auto names = call_flag_names(op.kind);
        words.push_back(names.empty() ? fmt::format("{:#x}", op.call_flags)
                                      : fmt::format("{}", fmt::join(names_of(names, op.call_flags), "|")));
    }
    if (op.kind == OpKind::madvise) words.emplace_back(name(op.advice));
    if (op.kind == OpKind::fault || op.kind == OpKind::remote_access) words.emplace_back(name(op.access));
    if (op.kind == OpKind::mbind) words.push_back(fmt::format("policy {}", op.policy));
    if (op.kind == OpKind::uffd_register || op.kind == OpKind::uffd_unregister || op.kind == OpKind::uffd_close)
        words.push_back(fmt::format("context {}", op.uffd));
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
