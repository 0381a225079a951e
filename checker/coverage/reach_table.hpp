// Which coverage cells a search has reached, how often, and by which transition first.
//
// In addition to the cells of a campaign's grid (checker/coverage/grid.hpp) there are
//   import/N          a chain was imported in merge case N
//   import-forked/N   and the exporter's chain had more than one element, as a fork leaves it
#pragma once

#include "checker/coverage/coverage.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

class ReachTable {
public:
    static constexpr std::uint64_t never = ~std::uint64_t{0};
    using Cell = std::uint32_t;

    ReachTable();

    // The step just applied, which is this transition (Predecessor::packed): larger than those added before. Whether it
    // is the first in any cell.
    bool add(const World<Plain>& world, const Op<Plain>& op, std::uint64_t transition);
    // Of other transitions, smaller or larger.
    void add(const ReachTable& other);
    void clear();

    [[nodiscard]] std::size_t reached() const { return reached_.size(); }
    [[nodiscard]] std::uint64_t count(Cell cell) const { return counts_[cell]; }
    [[nodiscard]] std::uint64_t first(Cell cell) const { return first_[cell]; }
    [[nodiscard]] std::size_t cells() const { return counts_.size(); }
    // Of a cell that was not reached.
    void set(Cell cell, std::uint64_t count, std::uint64_t first);

    // Calls f(cell, name) for each cell that was reached.
    template <class F>
    void each_reached(F&& f) const {
        for (Cell cell = 0; cell < counts_.size(); ++cell)
            if (counts_[cell] != 0) f(cell, name(cell));
    }

    // Empty for a cell without a meaning.
    static std::string name(Cell cell);
    static Cell event_cell(Event event);
    // Whether a digest of the table counts the cell: a cell of an operation that came later (drawn_kinds does not include
    // it) counts only where it was reached, so that the digests of other scopes stay as they are.
    [[nodiscard]] bool in_digest(Cell cell) const;
    friend bool operator==(const ReachTable& a, const ReachTable& b) {
        return a.counts_ == b.counts_ && a.first_ == b.first_;
    }

private:
    // Cells count transitions: one that passes an event twice counts once.
    void hit(std::size_t cell, std::uint64_t transition) {
        if (counts_[cell]++ == 0) [[unlikely]]
            reach(static_cast<Cell>(cell), transition);
    }
    void reach(Cell cell, std::uint64_t transition);
    void add_rare(const World<Plain>& world, std::uint64_t transition);

    std::vector<std::uint64_t> counts_;
    std::vector<std::uint64_t> first_;
    std::vector<Cell> reached_;  // those that count, in no order
};

}  // namespace vmacheck
