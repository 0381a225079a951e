// The coverage grid of a campaign: which cells there are, declared in one table (grid.cpp), and how coverage fills
// them.
//
//   event/NAME                          an event was passed
//   errno/OP/ERRNO                      an operation ended with this ("ok": success); the errors are those of the residue table
//   alloc/SITE                          an allocation failed there
//   merge/CASE/BACKING/JOINED/CALLER    VMAs merged in this situation (merge_situation.hpp)
//
// A cell is reached, unreachable for a stated reason, or open. A cell that is reached although the table
// calls it unreachable, or does not have it, is undeclared (in JSON: "stray"): a mistake in the table or in the model.
#pragma once

#include "checker/coverage/coverage.hpp"
#include "model/profiles/profile.hpp"

#include <map>
#include <string>
#include <vector>

namespace vmacheck {

enum class CellState : std::uint8_t { reached, unreachable, open, undeclared };
std::string_view name(CellState state);

struct Cell {
    std::string name;
    CellState state = CellState::open;
    std::string reason;  // of an unreachable and of an undeclared cell
    std::uint64_t count = 0;
};

// Names of cells.
std::string event_cell(Event event);
std::string errno_cell(OpKind op, Errno error);
std::string alloc_cell(AllocSite site);
std::string merge_cell(const MergeSituation& at, OpKind caller);

// Cells by name, as they are stored and added up.
using CellCounts = std::map<std::string, std::uint64_t>;

// All cells that were reached, declared or not.
CellCounts cell_counts(const Coverage& coverage);

struct Grid {
    std::vector<Cell> cells;  // in the order of the table, then undeclared ones by name

    [[nodiscard]] std::size_t count(CellState state) const;
    // Reached of those that can be, of one group: "event", "errno", "alloc" or "merge".
    [[nodiscard]] std::pair<std::size_t, std::size_t> reached_of(std::string_view group) const;
    [[nodiscard]] std::vector<const Cell*> in(CellState state) const;
};

// Under a profile, which may lack what leads to a cell.
Grid fill_grid(const CellCounts& counts, const Profile& profile = default_profile());

}  // namespace vmacheck
