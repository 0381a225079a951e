#include "checker/coverage/grid.hpp"

#include "properties/contracts/residue_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

// ------------------------------------------------------------------------------------------------ the declarations

// Who calls vma_merge, and what for.
enum class MergeUse : std::uint8_t { fills_hole, changes_range };

struct MergeCaller {
    OpKind op;
    MergeUse use;
    bool whole_vmas;  // changes VMAs as they are, never a part of one
    bool file;        // may be about files
};
constexpr std::array merge_callers{
    MergeCaller{OpKind::mmap, MergeUse::fills_hole, false, true},
    MergeCaller{OpKind::brk, MergeUse::fills_hole, false, false},
    MergeCaller{OpKind::mremap, MergeUse::fills_hole, false, true},
    MergeCaller{OpKind::mprotect, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::madvise, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::mlock, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::munlock, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::mlockall, MergeUse::changes_range, true, true},
    MergeCaller{OpKind::munlockall, MergeUse::changes_range, true, true},
    MergeCaller{OpKind::remap_file_pages, MergeUse::fills_hole, false, true},
    MergeCaller{OpKind::mbind, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::uffd_register, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::uffd_unregister, MergeUse::changes_range, false, true},
    MergeCaller{OpKind::uffd_close, MergeUse::changes_range, true, true},
    MergeCaller{OpKind::anon_name, MergeUse::changes_range, false, false},
    MergeCaller{OpKind::mseal, MergeUse::changes_range, false, true},
};

// Why an operation never ends so; empty: it does.
std::string why_no_end(OpKind op, Errno error, const Profile& profile) {
    const std::string_view missing = missing_for(profile.policy, op, error);
    return missing.empty() ? std::string() : fmt::format("the profile has no {}", missing);
}

// Why VMAs never merge like this; empty: they do.
std::string why_no_merge(const MergeSituation& at, const MergeCaller& caller, const Profile& profile) {
    if (std::string missing = why_no_end(caller.op, Errno::ok, profile); !missing.empty()) return missing;
    const bool hole = caller.use == MergeUse::fills_hole;
    if (hole && at.which > 3) return "fills a hole: cases 4 to 8 are of a mapped range";
    if (!hole && at.which <= 3) return "changes mapped memory: cases 1 to 3 fill a hole";
    if (at.joined == Joined::different) return "is_mergeable_anon_vma refuses two different anon_vmas";
    if (!caller.file && at.backing == Backing::file)
        return caller.op == OpKind::brk ? "the heap maps no file" : "only memory without a file has a name";
    if (caller.op == OpKind::brk && at.which != 2) return "brk keeps a page free below the next VMA";
    if (caller.whole_vmas && (at.which == 4 || at.which == 5)) return "changes whole VMAs: no boundary moves";
    if (caller.op == OpKind::remap_file_pages && at.backing == Backing::anon)
        return "remaps shared memory, which has a file";
    if (caller.op == OpKind::remap_file_pages && at.joined != Joined::none)
        return "remaps shared memory, which has no anon_vma";
    const bool alone = at.which == 2 || at.which == 3;
    if (alone && at.joined == Joined::some && caller.op != OpKind::mremap) return "one VMA joins a hole without pages";
    return {};
}

template <class E>
constexpr int count_of = static_cast<int>(E::count);

// Calls f(situation) for all.
template <class F>
void each_situation(F&& f) {
    for (int which = 1; which <= 8; ++which)
        for (int backing = 0; backing < count_of<Backing>; ++backing)
            for (int joined = 0; joined < count_of<Joined>; ++joined)
                f(MergeSituation{which, static_cast<Joined>(joined), static_cast<Backing>(backing)});
}

Cell declared(std::string name, std::string reason = {}) {
    Cell cell;
    cell.state = reason.empty() ? CellState::open : CellState::unreachable;
    cell.name = std::move(name);
    cell.reason = std::move(reason);
    return cell;
}

std::vector<Cell> declared_cells(const Profile& profile) {
    std::vector<Cell> cells;
    for (int event = 0; event < count_of<Event>; ++event)
        cells.push_back(declared(event_cell(static_cast<Event>(event))));
    for (int kind = 0; kind < count_of<OpKind>; ++kind) {
        const auto op = static_cast<OpKind>(kind);
        cells.push_back(declared(errno_cell(op, Errno::ok), why_no_end(op, Errno::ok, profile)));
        cells.push_back(declared(errno_cell(op, Errno::esrch)));
        for (const Residue& each : residue_table)
            if (each.op == op && each.error != Errno::ok)
                cells.push_back(declared(errno_cell(op, each.error), why_no_end(op, each.error, profile)));
    }
    for (int site = 0; site < count_of<AllocSite>; ++site)
        cells.push_back(declared(alloc_cell(static_cast<AllocSite>(site))));
    for (const MergeCaller& caller : merge_callers)
        each_situation([&](const MergeSituation& at) {
            cells.push_back(declared(merge_cell(at, caller.op), why_no_merge(at, caller, profile)));
        });
    return cells;
}

}  // namespace

std::string event_cell(Event event) {
    return fmt::format("event/{}", name(event));
}
std::string errno_cell(OpKind op, Errno error) {
    return fmt::format("errno/{}/{}", name(op), error == Errno::ok ? "ok" : name(error));
}
std::string alloc_cell(AllocSite site) {
    return fmt::format("alloc/{}", name(site));
}
std::string merge_cell(const MergeSituation& at, OpKind caller) {
    return fmt::format("merge/{}/{}/{}/{}", at.which, name(at.backing), name(at.joined), name(caller));
}

std::string_view name(CellState state) {
    switch (state) {
        case CellState::reached: return "reached";
        case CellState::unreachable: return "unreachable";
        case CellState::open: return "open";
        case CellState::undeclared: break;
    }
    return "stray";
}

CellCounts cell_counts(const Coverage& coverage) {
    CellCounts counts;
    const auto add = [&](std::string name, std::uint64_t count) {
        if (count != 0) counts[std::move(name)] += count;
    };
    for (int i = 0; i < count_of<Event>; ++i)
        add(event_cell(static_cast<Event>(i)), coverage.events.at(static_cast<std::size_t>(i)));
    for (int i = 0; i < count_of<AllocSite>; ++i)
        add(alloc_cell(static_cast<AllocSite>(i)), coverage.failed_allocations.at(static_cast<std::size_t>(i)));
    for (int kind = 0; kind < count_of<OpKind>; ++kind) {
        const auto op = static_cast<OpKind>(kind);
        const auto& errors = coverage.outcomes.at(static_cast<std::size_t>(kind));
        for (std::size_t error = 0; error < errors.size(); ++error)
            if (errors[error] != 0) add(errno_cell(op, static_cast<Errno>(error)), errors[error]);
        each_situation([&](const MergeSituation& at) {
            if (const std::uint64_t count = coverage.merges.at(Coverage::merge_cell(at, op)); count != 0)
                add(merge_cell(at, op), count);
        });
    }
    return counts;
}

std::size_t Grid::count(CellState state) const {
    return static_cast<std::size_t>(
        std::count_if(cells.begin(), cells.end(), [&](const Cell& each) { return each.state == state; }));
}

std::pair<std::size_t, std::size_t> Grid::reached_of(std::string_view group) const {
    std::size_t reached = 0;
    std::size_t all = 0;
    for (const Cell& each : cells) {
        if (each.name.rfind(group, 0) != 0 || each.name[group.size()] != '/') continue;
        reached += each.state == CellState::reached ? 1 : 0;
        all += each.state == CellState::reached || each.state == CellState::open ? 1 : 0;
    }
    return {reached, all};
}

std::vector<const Cell*> Grid::in(CellState state) const {
    std::vector<const Cell*> found;
    for (const Cell& each : cells)
        if (each.state == state) found.push_back(&each);
    return found;
}

Grid fill_grid(const CellCounts& counts, const Profile& profile) {
    Grid grid{declared_cells(profile)};
    CellCounts left = counts;
    for (Cell& each : grid.cells) {
        const auto at = left.find(each.name);
        if (at == left.end()) continue;
        each.count = at->second;
        each.state = each.state == CellState::open ? CellState::reached : CellState::undeclared;
        left.erase(at);
    }
    for (const auto& [name, count] : left)
        grid.cells.push_back({name, CellState::undeclared, "not in the table of cells", count});
    return grid;
}

}  // namespace vmacheck
