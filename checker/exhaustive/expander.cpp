#include "checker/exhaustive/expander.hpp"

#include "checker/exhaustive/check_transition.hpp"
#include "checker/run/guarded.hpp"
#include "model/state/world.hpp"
#include "properties/run/full_catalogue.hpp"

#include <algorithm>
#include <cstring>

namespace vmacheck {

Expander::Expander(const Scope& scope, std::span<const ScopeOp> ops, const ExpandOptions& options,
                   const Surroundings& around)
    : scope_(scope),
      ops_(ops),
      options_(options),
      store_(around.store),
      thread_(around.thread),
      checks_new_(around.check_new),
      walker_(scope, ops, around.links),
      form_(options.reduction),
      checker_(make_full_checker()) {
    if (options.orbits) orbit_.emplace(scope, options.reduction);
    if (options.fingerprint) lines_.emplace(scope, ops);
}

bool Expander::take_form(const World<Plain>& world) {
    return orbit_ ? orbit_->take(world) : form_.take(world);
}

StateStore::Key Expander::key_of(const World<Plain>& world) {
    if (!take_form(world)) internal_assertion_failed("a state that was consistent has become inconsistent");
    return stored_form();
}

StateStore::Key Expander::stored_form() {
    const StateStore::Key form = orbit_ ? orbit_->key() : form_.key();
    if (!options_.hash_compact) return form;
    const std::uint64_t hash = StateStore::hash(form);
    std::memcpy(compact_.data(), &hash, sizeof hash);
    return compact_;
}

void Expander::expand(StateNumber state, StateNumber place) {
    World<Plain>& world = walker_.go_to(place);
    const StateStore::Key own = key_of(world);
    own_key_.assign(own.begin(), own.end());
    members_ = orbit_ ? orbit_->members() : 0;
    counts_.orbit_states += members_;
    successors_.clear();
    keys_.clear();
    if (lines_) lines_->from(world);
    checker_->start_from(world);
    for (std::uint32_t op = 0; op < ops_.size(); ++op)
        if (op_is_open(scope_, world, ops_[op].op)) take_call(world, state, op);
    hand_over(world, state);
}

void Expander::broken(std::uint64_t transition) {
    bad_transition_ = std::min(bad_transition_, transition);
    bound_ = std::min(bound_, transition);
}

// What is wrong is found again by violations_of, once it is known which transition is the smallest.
void Expander::take_call(World<Plain>& world, StateNumber state, std::uint32_t number) {
    bool applied = false;
    report_.clear();
    const bool held = guarded(report_, [&] {
        const Outcome<Plain>& outcome = world.apply(ops_[number].op);
        applied = true;
        check_call(world, outcome, state, number);
    });
    if (!held) broken(Predecessor{state, number}.packed());
    if (applied) world.undo();
}

void Expander::check_call(const World<Plain>& world, const Outcome<Plain>& outcome, StateNumber state,
                          std::uint32_t number) {
    const ScopeOp& call = ops_[number];
    const std::uint64_t transition = Predecessor{state, number}.packed();
    if (!call.counts(outcome)) return;
    ++counts_.calls;
    counts_.failing += outcome.ok() ? 0 : 1;
    if (!outcome.violations.empty()) return broken(transition);
    if (options_.every_property)
        checker_->check_step(world, call.op, report_);
    else
        checker_->check_contracts(world, call.op, report_);
    if (!report_.empty()) return broken(transition);
    if (!outcome.ok() && !scope_.failing_calls) return;
    // A call that touched nothing leads back to here, where the form was taken.
    const bool touched = world.touched();
    if (touched && !take_form(world)) return broken(transition);
    ++counts_.transitions;
    counts_.orbit_transitions += members_;
    reach_.add(world, call.op, transition);
    if (lines_) lines_->to(world, number);
    const StateStore::Key key = touched ? stored_form() : StateStore::Key(own_key_);
    if (key.size() == own_key_.size() && std::memcmp(key.data(), own_key_.data(), key.size()) == 0) {
        ++counts_.self_loops;
        return;
    }
    const std::uint64_t hash = StateStore::hash(key);
    store_.prefetch_slot(hash);
    const auto begin = static_cast<std::uint32_t>(keys_.size());
    keys_.insert(keys_.end(), key.begin(), key.end());
    successors_.push_back({hash, number, begin, static_cast<std::uint32_t>(key.size())});
}

// Before the store is asked, its slots and then its keys are on their way into the cache.
void Expander::hand_over(World<Plain>& world, StateNumber state) {
    for (const Successor& each : successors_) store_.prefetch_key(each.hash);
    for (const Successor& each : successors_) {
        const std::uint64_t transition = Predecessor{state, each.op}.packed();
        const StateStore::Key key{keys_.data() + each.begin, each.size};
        if (store_.insert(thread_, key, each.hash, transition) && checks_new_) check_new(world, each, transition);
    }
}

// Whether every property holds in the state that a call leads to.
bool Expander::holds_after(World<Plain>& world, std::uint32_t op) {
    world.apply(ops_[op].op);
    report_.clear();
    guarded(report_, [&] { checker_->check_all(world, report_); });
    world.undo();
    return report_.empty();
}

void Expander::check_found(StateNumber place, std::uint64_t transition) {
    if (!holds_after(walker_.go_to(place), Predecessor::unpack(transition).op)) broken(transition);
}

void Expander::check_new(World<Plain>& world, const Successor& successor, std::uint64_t transition) {
    if (holds_after(world, successor.op)) return;
    bound_ = std::min(bound_, transition);
    const auto begin = keys_.begin() + successor.begin;
    bad_states_.push_back({{begin, begin + successor.size}, successor.hash});
}

std::vector<Violation> Expander::violations_of(Predecessor transition) {
    World<Plain>& world = walker_.go_to(transition.parent);
    report_.clear();
    if (check_transition(world, ops_[transition.op].op, *checker_, form_, report_)) world.undo();
    return report_.violations();
}

std::vector<Violation> Expander::violations_at_start() {
    report_.clear();
    guarded(report_, [&] { checker_->check_all(walker_.go_to(0), report_); });
    return report_.violations();
}

SearchCounts Expander::take_counts() {
    SearchCounts counts = counts_;
    if (lines_) counts.fingerprint = lines_->sum();
    return counts;
}

}  // namespace vmacheck
