#include "checker/exhaustive/walker.hpp"

#include "checker/run/replay.hpp"
#include "model/state/world.hpp"

#include <algorithm>

namespace vmacheck {

Walker::Walker(const Scope& scope, std::span<const ScopeOp> ops, const StateStore& store) : ops_(ops), store_(store) {
    world_ = starting_world(scope);
    world_->keep_history(true);
}

World<Plain>& Walker::go_to(StateNumber state) {
    // A predecessor has a smaller number, so of the two ends the larger is the one that is not shared.
    ahead_.clear();
    while (state != 0 && (path_.empty() || path_.back() != state)) {
        if (!path_.empty() && path_.back() > state) {
            world_->undo();
            path_.pop_back();
        } else {
            ahead_.push_back(state);
            state = store_.predecessor(state).parent;
        }
    }
    if (state == 0)
        for (; !path_.empty(); path_.pop_back()) world_->undo();
    for (; !ahead_.empty(); ahead_.pop_back()) {
        path_.push_back(ahead_.back());
        world_->apply(ops_[store_.predecessor(ahead_.back()).op].op);
    }
    return *world_;
}

std::vector<std::uint32_t> calls_to(const StateStore& store, StateNumber state) {
    std::vector<std::uint32_t> calls;
    for (; state != 0; state = store.predecessor(state).parent) calls.push_back(store.predecessor(state).op);
    std::reverse(calls.begin(), calls.end());
    return calls;
}

}  // namespace vmacheck
