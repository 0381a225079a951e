#include "checker/smt/goal.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::smt {
namespace {

std::vector<std::string> parts_of(const std::string& name) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t end = std::min(name.find('/', at), name.size());
        parts.push_back(name.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

template <class E>
std::optional<E> value_named(std::string_view wanted) {
    for (int i = 0; i < static_cast<int>(E::count); ++i)
        if (name(static_cast<E>(i)) == wanted) return static_cast<E>(i);
    return std::nullopt;
}

GoalCell described(const Cell& cell) {
    GoalCell goal;
    goal.name = cell.name;
    if (cell.state == CellState::unreachable) goal.reason = cell.reason;
    const std::vector<std::string> parts = parts_of(cell.name);
    if (parts[0] == "event") goal.event = event_named(parts[1]);
    if (parts[0] == "alloc") goal.site = value_named<AllocSite>(parts[1]);
    if (parts[0] == "errno") {
        goal.op = value_named<OpKind>(parts[1]);
        goal.error = parts[2] == "ok" ? Errno::ok : errno_named(parts[2]);
    }
    if (parts[0] == "merge") {
        goal.op = value_named<OpKind>(parts[4]);
        goal.merge =
            MergeSituation{std::stoi(parts[1]), *value_named<Joined>(parts[3]), *value_named<Backing>(parts[2])};
    }
    return goal;
}

// The name in the grid of what people write shorter.
std::string spelled_out(const std::string& text) {
    if (event_named(text)) return "event/" + text;
    const std::size_t colon = text.find(':');
    if (colon != std::string::npos) return fmt::format("errno/{}/{}", text.substr(0, colon), text.substr(colon + 1));
    return text;
}

}  // namespace

const GoalCell* Goal::reached(const Coverage& last_step) const {
    const CellCounts counts = cell_counts(last_step);
    for (const GoalCell& each : cells)
        if (counts.count(each.name) != 0) return &each;
    return nullptr;
}

std::variant<Goal, std::string> goal_named(const std::string& text) {
    const std::string wanted = spelled_out(text);
    Goal goal{text, {}};
    for (const Cell& each : fill_grid({}).cells)
        if (each.name == wanted || each.name.rfind(wanted + "/", 0) == 0) goal.cells.push_back(described(each));
    if (!goal.cells.empty()) return goal;
    return fmt::format(
        "unknown goal '{}'; give an event ('vmacheck list events' shows them), OPERATION:ERRNO "
        "('vmacheck list operations' shows them), or a cell such as merge/6/file/some/mprotect",
        text);
}

}  // namespace vmacheck::smt
