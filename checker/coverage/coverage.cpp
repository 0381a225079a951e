#include "checker/coverage/coverage.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

namespace json = boost::json;

template <class Cells>
std::size_t reached(const Cells& cells) {
    return static_cast<std::size_t>(
        std::count_if(cells.begin(), cells.end(), [](std::uint64_t count) { return count != 0; }));
}

template <class Cells>
void sum(Cells& cells, const Cells& others) {
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] += others[i];
}

}  // namespace

std::size_t Coverage::merge_cell(const MergeSituation& situation, OpKind caller) {
    std::size_t cell = static_cast<std::size_t>(situation.which - 1);
    cell = cell * static_cast<std::size_t>(Joined::count) + static_cast<std::size_t>(situation.joined);
    cell = cell * static_cast<std::size_t>(Backing::count) + static_cast<std::size_t>(situation.backing);
    return cell * static_cast<std::size_t>(OpKind::count) + static_cast<std::size_t>(caller);
}

void Coverage::add(const World<Plain>& world, const Op<Plain>& op) {
    const Outcome<Plain>& outcome = world.outcome();
    const OpKind kind = op.kind;
    bool merged = false;
    // An abandoned step has no result.
    if (outcome.violations.empty())
        ++outcomes.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(outcome.error));
    for (const EventRecord& each : outcome.events) {
        ++events[static_cast<std::size_t>(each.event)];
        if (each.event == Event::alloc_failed) ++failed_allocations.at(each.a);
        merged |= merge_case(each.event) != 0;
    }
    // The World of an abandoned step is the one before it, and does not show VMAs made during it.
    if (!merged || !outcome.violations.empty()) return;
    for (const MergeSituation& each : merge_situations(world, op)) ++merges.at(merge_cell(each, kind));
}

void Coverage::add(const Coverage& other) {
    sum(events, other.events);
    for (std::size_t kind = 0; kind < outcomes.size(); ++kind) sum(outcomes[kind], other.outcomes[kind]);
    sum(failed_allocations, other.failed_allocations);
    sum(merges, other.merges);
}

std::size_t Coverage::events_reached() const {
    return reached(events);
}

std::size_t Coverage::outcomes_reached() const {
    std::size_t cells = 0;
    for (const auto& each : outcomes) cells += reached(each);
    return cells;
}

std::size_t Coverage::failed_allocations_reached() const {
    return reached(failed_allocations);
}

std::size_t Coverage::merges_reached() const {
    return reached(merges);
}

json::object to_json(const Coverage& coverage) {
    json::object events;
    for (std::size_t i = 0; i < coverage.events.size(); ++i) events[name(static_cast<Event>(i))] = coverage.events[i];
    json::object outcomes;
    for (std::size_t kind = 0; kind < coverage.outcomes.size(); ++kind) {
        json::object of_kind;
        for (std::size_t error = 0; error < Coverage::errors; ++error)
            if (const std::uint64_t count = coverage.outcomes[kind][error]; count != 0)
                of_kind[error == 0 ? "0" : name(static_cast<Errno>(error))] = count;
        outcomes[name(static_cast<OpKind>(kind))] = std::move(of_kind);
    }
    json::object failed;
    for (std::size_t i = 0; i < coverage.failed_allocations.size(); ++i)
        failed[name(static_cast<AllocSite>(i))] = coverage.failed_allocations[i];
    return {{"events", events}, {"outcomes", outcomes}, {"failed_allocations", failed}};
}

}  // namespace vmacheck
