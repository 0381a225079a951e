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

class Walker {
public:
    // The starting World is that of the scope's header. Throws std::runtime_error if there is none.
    Walker(const Scope& scope, std::span<const ScopeOp> ops, const StateStore& store);

    // Cheap where the state before was a near one: states that follow each other in number have long common paths.
    World<Plain>& go_to(StateNumber state);
    [[nodiscard]] World<Plain>& world() { return *world_; }

private:
    std::span<const ScopeOp> ops_;
    const StateStore& store_;
    std::unique_ptr<World<Plain>> world_;
    std::vector<StateNumber> path_;  // states after the first, up to the one the World is in
    std::vector<StateNumber> ahead_;
};

// The calls that lead to a state, first to last.
std::vector<std::uint32_t> calls_to(const StateStore& store, StateNumber state);

}  // namespace vmacheck
