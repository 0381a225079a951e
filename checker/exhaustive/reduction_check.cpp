#include "checker/exhaustive/reduction_check.hpp"

#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "model/state/world.hpp"
#include "properties/run/full_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace vmacheck {
namespace {

using Words = std::vector<std::uint64_t>;
using FormBytes = std::vector<std::uint8_t>;

enum class DistinguishBy : std::uint8_t { everything, shape, form };

// A plain search that keeps whole Worlds, and looks at every property after each call.
class PlainSearch {
public:
    // States are compared by their forms, or by those of their orbits.
    PlainSearch(const Scope& scope, DistinguishBy by, bool orbits)
        : scope_(scope),
          ops_(scope_ops(scope)),
          by_(by),
          form_({false, scope.walks_rmap()}),
          shaped_({true, scope.walks_rmap()}),
          checker_(make_full_checker()) {
        if (orbits) orbit_.emplace(scope, Reduction{false, scope.walks_rmap()});
        meet(*starting_world(scope));
    }

    // One call more, from all states that the last one led to. False: a property broke.
    bool step() {
        broken_ = false;
        std::vector<World<Plain>> level = std::move(next_);
        next_.clear();
        ++calls_;
        for (World<Plain>& world : level)
            for (const ScopeOp& call : ops_)
                if (op_is_open(scope_, world, call.op)) take(world, call);
        return !broken_;
    }
    // Forms, without shapes, of all states so far.
    [[nodiscard]] const std::set<FormBytes>& met() const { return met_; }
    [[nodiscard]] std::uint64_t states() const {
        return by_ == DistinguishBy::everything ? words_.size() : forms_.size();
    }
    [[nodiscard]] ReachTable& reach() { return reach_; }

private:
    void take(World<Plain>& world, const ScopeOp& call) {
        const Outcome<Plain>& outcome = world.apply(call.op);
        if (call.counts(outcome)) {
            Report report;
            checker_->check_step(world, call.op, report);
            if (report.empty()) checker_->check_all(world, report);
            if (!report.empty()) {
                broken_ = true;
            } else if (outcome.ok() || scope_.failing_calls) {
                reach_.add(world, call.op, calls_);
                meet(world);
            }
        }
        world.undo();
    }
    FormBytes form_of(const World<Plain>& world) {
        if (!(orbit_ ? orbit_->take(world) : form_.take(world)))
            throw InternalAssertion("a state that every property accepts is inconsistent");
        const auto key = orbit_ ? orbit_->key() : form_.key();
        return {key.begin(), key.end()};
    }
    void meet(const World<Plain>& world) {
        FormBytes form = form_of(world);
        bool is_new = false;
        if (by_ == DistinguishBy::everything) {
            is_new = words_.insert(world.flatten()).second;
        } else if (by_ == DistinguishBy::form) {
            is_new = forms_.insert(form).second;
        } else {
            if (!shaped_.take(world)) throw InternalAssertion("a state that every property accepts is inconsistent");
            is_new = forms_.insert(FormBytes(shaped_.key().begin(), shaped_.key().end())).second;
        }
        met_.insert(std::move(form));
        if (is_new) next_.push_back(world);
    }

    const Scope& scope_;
    std::vector<ScopeOp> ops_;
    DistinguishBy by_;
    CanonicalForm form_;
    CanonicalForm shaped_;
    std::optional<OrbitForm> orbit_;
    std::unique_ptr<PropertyChecker<Plain>> checker_;
    std::vector<World<Plain>> next_;
    std::set<Words> words_;
    std::set<FormBytes> forms_;
    ReachTable reach_;
    std::set<FormBytes> met_;
    bool broken_ = false;
    std::uint64_t calls_ = 0;
};

// Cells by whether and at which depth they were reached; how often differs, since there are more unreduced states.
std::string coverage_difference(const ReachTable& a, const ReachTable& b) {
    for (ReachTable::Cell cell = 0; cell < a.cells(); ++cell)
        if (a.first(cell) != b.first(cell)) return ReachTable::name(cell);
    return {};
}

}  // namespace

ReductionComparison compare_reductions(const Scope& scope, std::uint64_t depth, std::uint64_t most_states,
                                       bool orbits) {
    PlainSearch everything(scope, DistinguishBy::everything, orbits);
    PlainSearch shape(scope, DistinguishBy::shape, orbits);
    PlainSearch form(scope, DistinguishBy::form, orbits);
    ReductionComparison result;
    for (std::uint64_t calls = 1; calls <= depth && result.difference.empty() && result.broken_at == 0; ++calls) {
        const bool all_hold = everything.step();
        const bool shaped_hold = shape.step();
        const bool reduced_hold = form.step();
        if (all_hold != reduced_hold || shaped_hold != reduced_hold)
            result.difference = fmt::format("a property breaks after {} calls in one search and not in another", calls);
        else if (everything.met() != form.met() || shape.met() != form.met())
            result.difference = fmt::format("the canonical states within {} calls differ", calls);
        else if (const std::string cell = coverage_difference(everything.reach(), form.reach()); !cell.empty())
            result.difference = fmt::format("{} is reached at different depths", cell);
        if (!all_hold) result.broken_at = calls;
        result.unreduced = everything.states();
        result.shaped = shape.states();
        result.reduced = form.states();
        if (result.unreduced > most_states) break;
    }
    return result;
}

std::string check_reduction(const Scope& scope, const ExploreOptions& options,
                            const std::function<void(const std::string&)>& report) {
    const std::uint64_t depth = options.limits.depth != 0 ? options.limits.depth : 4;
    const std::uint64_t most = options.limits.states != 0 ? options.limits.states : 20'000;
    const auto say = [&](const std::string& what, const ReductionComparison& seen) {
        const std::string verdict = !seen.difference.empty() ? seen.difference
                                    : seen.broken_at != 0    ? fmt::format("all break at depth {}", seen.broken_at)
                                                             : std::string("equal");
        report(fmt::format("{:<28} {:>8} states, {:>7} with shapes, {:>7} canonical: {}", what, seen.unreduced,
                           seen.shaped, seen.reduced, verdict));
        return seen.difference.empty() ? std::string() : what + ": " + seen.difference;
    };
    const bool orbits = options.expand.orbits;
    std::string wrong = say("no fault", compare_reductions(scope, depth, most, orbits));
    for (const FaultInfo& fault : all_faults()) {
        if (!wrong.empty()) break;
        Scope faulty = scope;
        faulty.setup.faults = {std::string(fault.name)};
        wrong = say(std::string(fault.name), compare_reductions(faulty, depth, most / 10, orbits));
    }
    return wrong;
}

}  // namespace vmacheck
