#include "checker/smt/guide.hpp"

#include "checker/random/case_runner.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/replay.hpp"
#include "checker/smt/concolic_case.hpp"
#include "checker/smt/guide_source.hpp"
#include "model/op/convert.hpp"
#include "model/state/build.hpp"
#include "model/state/digest.hpp"
#include "properties/run/extra_properties.hpp"

#include <fmt/format.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <bit>
#include <cstdlib>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

namespace vmacheck::smt {
namespace {

// A state that traces begin from, in both domains.
struct Start {
    std::shared_ptr<const Plan> plan;
    std::vector<Op<Plain>> before;  // operations that lead to it
    World<Plain> plain;
    World<Traced> traced;
};

struct Kept {
    std::shared_ptr<const Start> start;
    std::vector<Op<Plain>> ops;
    std::size_t from_step;  // decisions of operations before it are left alone,
    std::size_t from;       // and those before this position: they have been turned around
};

constexpr std::size_t most_waiting = 256;

class Session {
public:
    explicit Session(const GuideOptions& options)
        : options_(options),
          source_(options.scope ? scope_source(*options.scope) : random_source(options.model, case_limits(options))),
          checker_(make_full_checker()),
          solver_(solver_options(options)) {
        if (options.scope) result_.reach.emplace();
    }

    GuideResult run(const GuideProgress& progress) {
        while (!(result_.complete = done()) && (options_.stop == nullptr || !*options_.stop)) {
            if (kept_.empty() || !options_.solve || (options_.draw && drawn_steps_ <= result_.steps / 4 * 3))
                random_case();
            else
                turn_around(next_kept());
            if (!progress) continue;
            result_.solver = solver_.counts();
            progress(result_);
        }
        result_.solver = solver_.counts();
        digest_.add(result_.solver.queries);
        digest_.add(result_.solver.units);
        result_.digest = digest_.value();
        return std::move(result_);
    }

private:
    static RandomLimits case_limits(const GuideOptions& options) {
        RandomLimits limits = options.limits;
        limits.case_steps = options.case_steps;
        return limits;
    }
    static SolverOptions solver_options(const GuideOptions& options) {
        SolverOptions solver;
        solver.units_in_all = options.units;
        solver.units_per_query = 300'000;
        solver.dump_dir = options.dump_dir;
        solver.dump_prefix = fmt::format("session{}", options.session);
        return solver;
    }

    [[nodiscard]] bool done() const {
        return result_.found || result_.steps >= options_.ops || enough() ||
               (options_.units != 0 && solver_.counts().units >= options_.units);
    }

    [[nodiscard]] bool enough() const {
        return options_.enough_cells != 0 && result_.reach && result_.reach->reached() >= options_.enough_cells;
    }

    Kept next_kept() {
        std::deque<Kept>& from = kept_.hot.empty() ? kept_.warm : kept_.hot;
        Kept next = std::move(from.front());
        from.pop_front();
        return next;
    }

    // ------------------------------------------------------------------------------------------------ traces

    std::uint64_t next_seed() { return case_seed(options_.seed, options_.session * 1'000'003 + drawn_++); }

    std::shared_ptr<const Plan> new_plan() {
        return source_->plan(options_.seed, options_.session * 1'000'003 + drawn_++);
    }

    static World<Traced> traced_start(const World<Plain>& world, const TraceHeader& header) {
        World<Traced> twin(world.shared_parameters(), world.profile(), world.faults());
        const StateSpec state{header.layout, header.anon_vmas, header.shared_objects};
        if (!header.layout.empty() && build_world(twin, state))
            internal_assertion_failed("a layout can be built on plain numbers alone");
        return twin;
    }

    // A random case, with a window of its last operations kept wherever it reaches something new.
    void random_case() {
        const auto plan = new_plan();
        const StartedWorld started = start_world(plan->header, {});
        if (started.world == nullptr) throw std::runtime_error(started.error);
        World<Plain>& world = *started.world;
        World<Traced> twin = traced_start(world, plan->header);
        std::size_t twin_at = 0;  // operations that the twin has performed
        World<Plain> marks[2] = {world, world};
        std::size_t at[2] = {0, 0};
        const auto drawing = source_->draw(*plan, next_seed(), {});
        if (!source_->any_open(world)) throw std::runtime_error("no call of the scope can be made at its start");
        std::vector<Op<Plain>> ops;
        ++result_.cases;
        report_.clear();
        const bool held = guarded([&] {
            for (unsigned i = 0; i < options_.case_steps && report_.empty() && !done(); ++i) {
                if (ops.size() - at[1] >= options_.case_ops) {
                    std::swap(marks[0], marks[1]);
                    at[0] = std::exchange(at[1], ops.size());
                    marks[1] = world;
                }
                ++drawn_steps_;
                const std::optional<Op<Plain>> next = drawing->next(world);
                if (!next) break;
                const Gain gain = step(world, ops.emplace_back(*next));
                if (gain.dropped && report_.empty()) ops.pop_back();
                if (!gain.any() || !report_.empty()) continue;
                for (; twin_at < at[0]; ++twin_at) twin.apply(convert<Traced>(ops[twin_at]));
                const auto mark = ops.begin() + static_cast<std::ptrdiff_t>(at[0]);
                keep(gain, [&] {
                    auto start = std::make_shared<const Start>(Start{plan, {ops.begin(), mark}, marks[0], twin});
                    const std::size_t last = ops.size() - at[0];
                    return Kept{std::move(start), {mark, ops.end()}, last < 2 ? 0 : last - 2, 0};
                });
            }
        });
        const bool at_end = held && report_.empty();
        if (at_end) guarded([&] { checker_->check_all(world, report_); });
        if (!report_.empty()) report_finding(*plan, ops, at_end);
    }

    // Performs the operations and so many random ones after them.
    void go_on(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, unsigned more) {
        World<Plain> world = start->plain;
        for (const Op<Plain>& each : ops) world.apply(each);
        const std::uint64_t seed = next_seed();
        const auto drawing = source_->draw(*start->plan, seed, drawn_);
        try {
            for (unsigned i = 0; i < more; ++i) {
                const std::optional<Op<Plain>> next = drawing->next(world);
                if (!next) break;
                ops.push_back(*next);
                const Outcome<Plain>& outcome = world.apply(ops.back());
                if (!outcome.violations.empty()) break;
                if (outcome.ok() || source_->keeps_failed()) continue;
                world.undo();
                ops.pop_back();
            }
        } catch (const InternalAssertion&) {
            // Performed once more below, which tells of it.
        }
        perform(start, std::move(ops), 0);
    }

    void turn_around(const Kept& kept) {
        const ConcolicCase traced(kept.start->traced, kept.ops);
        result_.traced += kept.ops.size();
        if (!traced.traceable()) {
            ++result_.untraceable;
            return;
        }
        const auto wanted = [&](const ConcolicCase::Decision& decision) {
            if (decision.step < kept.from_step || decision.position < kept.from) return false;
            const Class& of = classes_[class_of(traced, kept.ops, decision)];
            // What becomes equal meets exactly; there is nothing that chance meets less.
            const std::uint64_t first = decision.constraint->relation == Relation::not_equal ? 24 : 6;
            return of.tried < first + 4 * of.worth;
        };
        for (ConcolicCase::Neighbour& each : traced.neighbours(solver_, wanted)) {
            if (done()) return;
            const std::uint64_t name = class_of(traced, kept.ops, each.decision);
            ++classes_[name].tried;
            ++result_.solved;
            const bool worth = perform(kept.start, each.ops, each.decision.position + 1);
            classes_[name].worth += worth ? 1 : 0;
            if (worth && options_.draw && !done() && each.ops.size() < options_.longest)
                go_on(kept.start, std::move(each.ops), 4);
        }
    }

    // What is taken for the same decision in other traces: the operation that made it, and what numbers it was about.
    static std::uint64_t class_of(const ConcolicCase& traced, const std::vector<Op<Plain>>& ops,
                                  const ConcolicCase::Decision& decision) {
        const Op<Plain>& op = ops[decision.step];
        Digest digest;
        digest.add(static_cast<std::uint64_t>(op.kind));
        digest.add(op.flags);
        digest.add(op.call_flags);
        digest.add(static_cast<std::uint64_t>(op.advice));
        digest.add(static_cast<std::uint64_t>(decision.constraint->relation));
        // A limit is told by its size, a distance between pages is not.
        const auto constant = static_cast<std::uint64_t>(std::abs(decision.constraint->form.constant));
        digest.add(constant < 1024 ? 0 : static_cast<std::uint64_t>(std::bit_width(constant)));
        for (const LinearForm::Term& term : decision.constraint->form.terms) {
            digest.add(traced.role(term.input));
            digest.add(static_cast<std::uint64_t>(term.coefficient));
        }
        return digest.value();
    }

    struct Gain {
        bool cell = false;
        bool sequence = false;
        bool dropped = false;  // the step failed, and was undone
        [[nodiscard]] bool any() const { return cell || sequence; }
    };

    // One step, with every property after it.
    Gain step(World<Plain>& world, const Op<Plain>& op) {
        ++result_.steps;
        const Outcome<Plain>& outcome = world.apply(op);
        Gain gain;
        gain.dropped = !outcome.ok() && !source_->keeps_failed();
        if (!gain.dropped) {
            gain.cell = adds_cell(world, op);
            gain.sequence = sequences_.insert(sequence_of(op, outcome)).second;
        }
        digest_.add(static_cast<std::uint64_t>(outcome.error));
        digest_.add(outcome.value.value());
        digest_.add(outcome.events.size());
        checker_->check_step(world, op, report_);
        if (gain.dropped && report_.empty()) world.undo();
        return gain;
    }

    // Performs a trace, and keeps it if it reaches anything new. Whether it did.
    bool perform(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, std::size_t from) {
        ++result_.cases;
        World<Plain> world = start->plain;
        report_.clear();
        Gain gain;
        std::size_t performed = 0;
        const bool held = guarded([&] {
            for (const Op<Plain>& each : ops) {
                if (!source_->admits(world, each)) break;
                ++performed;
                const Gain of_step = step(world, each);
                if (of_step.dropped && report_.empty()) --performed;
                if (of_step.dropped) break;
                gain.cell |= of_step.cell;
                gain.sequence |= of_step.sequence;
                if (!report_.empty()) break;
            }
        });
        const bool at_end = held && report_.empty();
        if (at_end) guarded([&] { checker_->check_all(world, report_); });
        ops.resize(performed);
        if (!report_.empty()) {
            std::vector<Op<Plain>> all = start->before;
            all.insert(all.end(), ops.begin(), ops.end());
            report_finding(*start->plan, all, at_end);
            return false;
        }
        if (!gain.any()) return false;
        if (ops.size() <= options_.longest) keep(gain, [&] { return Kept{start, std::move(ops), 0, from}; });
        return true;
    }

    // What waits to be turned around is bounded: there is always more of it than time.
    template <class F>
    void keep(const Gain& gain, F&& make) {
        ++result_.kept;
        std::deque<Kept>& to = gain.cell ? kept_.hot : kept_.warm;
        if (options_.solve && to.size() < most_waiting) to.push_back(make());
    }

    template <class F>
    bool guarded(F&& f) {
        try {
            f();
            return true;
        } catch (const InternalAssertion& assertion) {
            report_.add(Violation{std::string(internal_assertion_name), assertion.what()});
            return false;
        }
    }

    void report_finding(const Plan& plan, const std::vector<Op<Plain>>& ops, bool at_end) {
        GuideFound& found = result_.found.emplace();
        found.violation = report_.violations().front();
        found.at_end = at_end;
        found.trace.header = plan.header;
        TraceHeader& header = found.trace.header;
        header.seed = options_.seed;
        header.made_by = "guide";
        header.title =
            fmt::format("guide, seed {}, session {}: {}", options_.seed, options_.session, found.violation.property);
        if (found.violation.property != internal_assertion_name)
            header.expect = Expectation{true, found.violation.property};
        for (const Op<Plain>& each : ops) found.trace.steps.emplace_back().op = each;
    }

    // ------------------------------------------------------------------------------------------------ what is new

    bool adds_cell(const World<Plain>& world, const Op<Plain>& op) {
        result_.coverage.add(world, op);
        if (result_.reach) return result_.reach->add(world, op, result_.steps);
        const std::size_t before = std::exchange(cells_, cells());
        return cells_ != before;
    }
    [[nodiscard]] std::size_t cells() const {
        const Coverage& c = result_.coverage;
        return c.events_reached() + c.outcomes_reached() + c.failed_allocations_reached() + c.merges_reached();
    }

    // What a step passed, locks apart; FNV-1a.
    static std::uint64_t sequence_of(const Op<Plain>& op, const Outcome<Plain>& outcome) {
        Digest digest;
        digest.add(static_cast<std::uint64_t>(op.kind));
        digest.add(static_cast<std::uint64_t>(outcome.error));
        for (const EventRecord& each : outcome.events)
            if (!is_lock_event(each.event)) digest.add(static_cast<std::uint64_t>(each.event));
        return digest.value();
    }

    struct Queue {
        std::deque<Kept> hot;   // reached a cell
        std::deque<Kept> warm;  // passed a new sequence of events
        [[nodiscard]] bool empty() const { return hot.empty() && warm.empty(); }
    };

    const GuideOptions& options_;
    std::unique_ptr<GuideSource> source_;
    std::unique_ptr<PropertyChecker<Plain>> checker_;
    Solver solver_;
    Report report_;
    GuideResult result_;
    Digest digest_;
    Queue kept_;
    boost::unordered_flat_set<std::uint64_t> sequences_;
    struct Class {
        std::uint64_t tried = 0;
        std::uint64_t worth = 0;  // that reached something new
    };
    boost::unordered_flat_map<std::uint64_t, Class> classes_;  // of decisions
    std::size_t cells_ = 0;                                    // reached so far
    std::uint64_t drawn_steps_ = 0;                            // of random cases
    std::uint64_t drawn_ = 0;  // random choices made so far, each with a seed of its own
};

}  // namespace

GuideResult run_guide(const GuideOptions& options, const GuideProgress& progress) {
    return Session(options).run(progress);
}

}  // namespace vmacheck::smt
