#include "checker/exhaustive/walker.hpp"

#include "checker/run/replay.hpp"
#include "model/state/world.hpp"

#include <algorithm>

namespace vmacheck {

Walker::Walker(const Scope& scope, std::span<const ScopeOp> ops, const Links& links) : ops_(ops), links_(links) {
    world_ = starting_world(scope);
    world_->keep_history(true);
}

World<Plain>& Walker::go_to(StateNumber state) {
    steps_.go_to(
        links_, state, [&] { world_->undo(); },
        [&](StateNumber next) { world_->apply(ops_[Predecessor::unpack(links_[next]).op].op); });
    return *world_;
}

std::vector<std::uint32_t> calls_to(const Links& links, StateNumber state) {
    std::vector<std::uint32_t> calls;
    for (; state != 0; state = Predecessor::unpack(links[state]).parent)
        calls.push_back(Predecessor::unpack(links[state]).op);
    std::reverse(calls.begin(), calls.end());
    return calls;
}

}  // namespace vmacheck
