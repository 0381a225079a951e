#include "checker/coverage/reach_table.hpp"

#include "checker/coverage/grid.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::size_t events = static_cast<std::size_t>(Event::count);
constexpr std::size_t outcomes = events;  // where each group begins
constexpr std::size_t allocs = outcomes + static_cast<std::size_t>(OpKind::count) * Coverage::errors;
constexpr std::size_t merges = allocs + static_cast<std::size_t>(AllocSite::count);
constexpr std::size_t imports = merges + Coverage::merge_cells;
constexpr std::size_t forked_imports = imports + 8;
constexpr std::size_t all = forked_imports + 8;

// The VMA with this name before the step, or after it if it was not there before.
const Vma<Plain>* vma_of(const World<Plain>& world, std::uint32_t raw) {
    const VmaId id((raw & ((1u << id_index_bits) - 1)) - 1, raw >> id_index_bits);
    const Vma<Plain>* vma = world.before(id);
    return vma != nullptr ? vma : world.find(id);
}

}  // namespace

ReachTable::ReachTable() : counts_(all), first_(all, never) {}

ReachTable::Cell ReachTable::event_cell(Event event) {
    return static_cast<Cell>(event);
}

bool ReachTable::in_digest(Cell cell) const {
    constexpr std::size_t kinds = static_cast<std::size_t>(OpKind::count);
    std::size_t kind = 0;
    if (cell >= outcomes && cell < allocs) kind = (cell - outcomes) / Coverage::errors;
    if (cell >= merges && cell < imports) kind = (cell - merges) % kinds;
    return counts_[cell] != 0 || kind <= static_cast<std::size_t>(OpKind::uffd_close);
}

bool ReachTable::add(const World<Plain>& world, const Op<Plain>& op, std::uint64_t transition) {
    const std::size_t before = reached_.size();
    const Outcome<Plain>& outcome = world.outcome();
    hit(outcomes + static_cast<std::size_t>(op.kind) * Coverage::errors + static_cast<std::size_t>(outcome.error),
        transition);
    const EventSet passed = outcome.events.kinds();
    if (passed.has_any({Event::alloc_failed, Event::chain_imported})) add_rare(world, transition);
    passed.each([&](Event event) { hit(event_cell(event), transition); });
    if (passed.has_any(merge_case_events))
        for (const MergeSituation& each : merge_situations(world, op))
            hit(merges + Coverage::merge_cell(each, op.kind), transition);
    return reached_.size() != before;
}

void ReachTable::add_rare(const World<Plain>& world, std::uint64_t transition) {
    bool imported = false;
    bool forked = false;
    for (const EventRecord& each : world.outcome().events) {
        if (each.event == Event::alloc_failed) hit(allocs + each.a, transition);
        if (each.event == Event::chain_imported) {
            const Vma<Plain>* exporter = vma_of(world, each.b);
            imported = true;
            forked = exporter != nullptr && exporter->chain_newest && !chain_singular(*exporter);
        }
        if (const int which = merge_case(each.event); which != 0) {
            if (imported) hit(imports + static_cast<std::size_t>(which) - 1, transition);
            if (imported && forked) hit(forked_imports + static_cast<std::size_t>(which) - 1, transition);
            imported = false;
        }
    }
}

void ReachTable::reach(Cell cell, std::uint64_t transition) {
    first_[cell] = transition;
    reached_.push_back(cell);
}

void ReachTable::add(const ReachTable& other) {
    for (const Cell cell : other.reached_) {
        if (counts_[cell] == 0) reached_.push_back(cell);
        counts_[cell] += other.counts_[cell];
        first_[cell] = std::min(first_[cell], other.first_[cell]);
    }
}

void ReachTable::set(Cell cell, std::uint64_t count, std::uint64_t first) {
    counts_[cell] = count;
    reach(cell, first);
}

void ReachTable::clear() {
    for (const Cell cell : reached_) {
        counts_[cell] = 0;
        first_[cell] = never;
    }
    reached_.clear();
}

std::string ReachTable::name(Cell cell) {
    if (cell < outcomes) return vmacheck::event_cell(static_cast<Event>(cell));
    if (cell < allocs) {
        const std::size_t error = (cell - outcomes) % Coverage::errors;
        if (error > static_cast<std::size_t>(Errno::sigbus)) return {};  // the last there is
        return errno_cell(static_cast<OpKind>((cell - outcomes) / Coverage::errors), static_cast<Errno>(error));
    }
    if (cell < merges) return alloc_cell(static_cast<AllocSite>(cell - allocs));
    if (cell >= forked_imports) return fmt::format("import-forked/{}", cell - forked_imports + 1);
    if (cell >= imports) return fmt::format("import/{}", cell - imports + 1);
    // The inverse of Coverage::merge_cell.
    std::size_t rest = cell - merges;
    const auto take = [&rest](auto count) {
        const std::size_t n = static_cast<std::size_t>(count);
        const std::size_t value = rest % n;
        rest /= n;
        return value;
    };
    const auto caller = static_cast<OpKind>(take(OpKind::count));
    const auto backing = static_cast<Backing>(take(Backing::count));
    const auto joined = static_cast<Joined>(take(Joined::count));
    return merge_cell({static_cast<int>(rest) + 1, joined, backing}, caller);
}

}  // namespace vmacheck
