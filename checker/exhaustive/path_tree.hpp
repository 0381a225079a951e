// The calls that lead to some states of one level, as a tree: what a rank needs to visit the states that it works through.
//
// A level is worked through in rounds, and in each round a rank has a share: states with neighbouring numbers. States are
// numbered by their predecessors, so neighbours share most of their paths. From one level to the next each rank writes
// the ways to the states that its calls found, for those that will work through them:
//
//   run    number of its first state, number of states, bytes that follow; then for each state: how many calls to take
//          back from the state before, how many calls to make, and these. The first begins at the starting state.
#pragma once

#include "checker/exhaustive/ranks.hpp"
#include "checker/exhaustive/varint.hpp"
#include "checker/exhaustive/walker.hpp"

#include <vector>

namespace vmacheck {

class PathTree {
public:
    PathTree();  // of the starting state alone, number 0

    // Places of states: their numbers in the links, that of the starting state is 0.
    [[nodiscard]] const Links& links() const { return links_; }
    [[nodiscard]] StateNumber place_of(StateNumber state) const;
    [[nodiscard]] std::uint64_t bytes() const;

    // The tree of the states in these runs, each a whole number of runs. Walkers along the links must be at 0.
    void read(const std::vector<Batch>& runs);
    // A single path, from place 0 to as many as there are calls.
    void read(const std::vector<std::uint32_t>& calls);

private:
    struct Run {
        StateNumber begin = 0;
        std::uint64_t count = 0;
        std::uint64_t leaf = 0;  // in leaves_, of its first state
    };
    void read_run(ByteReader& reader, std::uint64_t states);

    Links links_;
    std::vector<std::uint32_t> leaves_;  // places, in the order of the states' numbers
    std::vector<Run> runs_;
};

// Writes runs of states that are one call behind the places of a tree.
class PathWriter {
public:
    explicit PathWriter(const PathTree& tree) : links_(tree.links()) {}
    // The next state of the run: the one that this call leads to from that place.
    void add(StateNumber place, std::uint32_t op);
    void end_run(Batch& out, StateNumber begin);

private:
    const Links& links_;
    PathSteps steps_;
    Batch run_;
    std::uint64_t states_ = 0;  // of the run
    std::vector<std::uint32_t> ahead_;
};

}  // namespace vmacheck
