// A World that goes to states of a search by their numbers: along the calls that found them, from the last state that
// both paths share. So a state is what the calls of its trace make, tree shapes and all, and no other description of it
// is needed.
#pragma once

#include "checker/exhaustive/scope.hpp"
#include "checker/exhaustive/state_store.hpp"
#include "model/state/world_fwd.hpp"

#include <memory>
#include <span>
#include <vector>

namespace vmacheck {

// The path from the first state to one of the others, and how to get from one path to the next.
class PathSteps {
public:
    // Calls back() for each state that is left, then ahead(state) for each that is entered, in this order.
    template <class Back, class Ahead>
    void go_to(const Links& links, StateNumber state, Back&& back, Ahead&& ahead) {
        // A predecessor has a smaller number, so of the two ends the larger is the one that is not shared.
        ahead_.clear();
        while (state != 0 && (path_.empty() || path_.back() != state)) {
            if (!path_.empty() && path_.back() > state) {
                back();
                path_.pop_back();
            } else {
                ahead_.push_back(state);
                state = Predecessor::unpack(links[state]).parent;
            }
        }
        if (state == 0)
            for (; !path_.empty(); path_.pop_back()) back();
        for (; !ahead_.empty(); ahead_.pop_back()) {
            path_.push_back(ahead_.back());
            ahead(ahead_.back());
        }
    }
    // States after the first, up to the last one gone to.
    [[nodiscard]] const std::vector<StateNumber>& path() const { return path_; }

private:
    std::vector<StateNumber> path_;
    std::vector<StateNumber> ahead_;
};

class Walker {
public:
    // The starting World is that of the scope's header. Throws std::runtime_error if there is none. While the links
    // change, the walker must be in state 0.
    Walker(const Scope& scope, std::span<const ScopeOp> ops, const Links& links);

    // Cheap where the state before was a near one: states that follow each other in number have long common paths.
    World<Plain>& go_to(StateNumber state);
    [[nodiscard]] World<Plain>& world() { return *world_; }

private:
    std::span<const ScopeOp> ops_;
    const Links& links_;
    std::unique_ptr<World<Plain>> world_;
    PathSteps steps_;
};

// The calls that lead to a state, first to last.
std::vector<std::uint32_t> calls_to(const Links& links, StateNumber state);

}  // namespace vmacheck
