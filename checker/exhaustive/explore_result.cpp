#include "checker/exhaustive/explore_result.hpp"

#include "properties/run/headline.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmacheck {

std::uint64_t digest_of(const ExploreResult& result, std::uint64_t states) {
    std::vector<std::uint64_t> words{states,
                                     result.states,
                                     result.counts.calls,
                                     result.counts.transitions,
                                     result.counts.failing,
                                     result.counts.self_loops,
                                     result.counts.fingerprint};
    for (const LevelCounts& each : result.levels) {
        words.push_back(each.states);
        words.push_back(each.transitions);
    }
    for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell) {
        if (!result.reach.in_digest(cell)) continue;
        words.push_back(result.reach.count(cell));
        words.push_back(result.reach.first(cell));
    }
    return StateStore::hash({reinterpret_cast<const std::uint8_t*>(words.data()), words.size() * sizeof words[0]});
}

std::uint64_t ExploreResult::depth_of(StateNumber state) const {
    std::uint64_t depth = 0;
    for (StateNumber end = levels.front().states; state >= end; end += levels[depth].states) ++depth;
    return depth;
}

Finding finding_of(const Scope& scope, Predecessor transition, std::vector<Violation> violations, Trace trace) {
    Finding made;
    made.origin = {"explore", transition.packed(), "scope " + scope.name};
    made.violations = std::move(violations);
    put_headline_first(made.violations);
    made.trace = std::move(trace);
    made.trace.header.made_by = "explore";
    made.trace.header.title = fmt::format("{}: a shortest trace in scope {}", made.property(), scope.name);
    if (!made.is_internal()) made.trace.header.expect = Expectation{true, made.property()};
    return made;
}

}  // namespace vmacheck
