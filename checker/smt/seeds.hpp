// The seeds of guided exploration: traces that reached something new and whose branch conditions are still to be
// negated, and what was gained from negating conditions of each kind so far.
#pragma once

#include "checker/smt/concolic_case.hpp"
#include "checker/smt/guide_source.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <deque>
#include <memory>

namespace vmacheck::smt {

// A state that traces begin from, in both domains.
struct Start {
    std::shared_ptr<const GuidedCase> of;
    std::vector<Op<Plain>> before;  // operations that lead to it
    World<Plain> plain;
    World<Traced> traced;
};

struct Seed {
    std::shared_ptr<const Start> start;
    std::vector<Op<Plain>> ops;
    std::size_t from_step;  // conditions of operations before it are skipped,
    std::size_t from;       // and those before this position: they have been negated
};

// Seeds that reached a cell come before those that passed a new sequence of events. Both are bounded: there are always
// more of them than time.
class SeedQueue {
public:
    [[nodiscard]] bool empty() const { return of_cells_.empty() && of_sequences_.empty(); }
    template <class F>  // makes the seed, only where there is room
    void add(bool reached_cell, F&& make) {
        std::deque<Seed>& to = reached_cell ? of_cells_ : of_sequences_;
        if (to.size() < most_waiting) to.push_back(make());
    }
    Seed next();

private:
    static constexpr std::size_t most_waiting = 256;
    std::deque<Seed> of_cells_;
    std::deque<Seed> of_sequences_;
};

// What is taken for the same branch condition in other traces: the operation that made it, and what numbers it is about.
class BranchYields {
public:
    // Whether the condition is to be negated once more: each class gets some tries, and more for what they yield.
    [[nodiscard]] bool promising(const ConcolicCase& concolic, const std::vector<Op<Plain>>& ops,
                                 const ConcolicCase::Decision& decision);
    void note(const ConcolicCase& concolic, const std::vector<Op<Plain>>& ops, const ConcolicCase::Decision& decision,
              bool gained);

private:
    struct Class {
        std::uint64_t tried = 0;
        std::uint64_t yield = 0;  // tries that reached something new
    };
    boost::unordered_flat_map<std::uint64_t, Class> classes_;
};

}  // namespace vmacheck::smt
