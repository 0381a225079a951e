#include "checker/smt/guide.hpp"

#include "checker/extra_properties.hpp"
#include "checker/finding.hpp"
#include "checker/random/case_runner.hpp"
#include "checker/random/small_parameters.hpp"
#include "checker/replay.hpp"
#include "checker/smt/traced_case.hpp"

#include <fmt/format.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

namespace vmacheck::smt {
namespace {

// A case of random operations, and what its numbers may be.
struct Plan {
    TraceHeader header;
    CasePlan random;
};

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
    std::size_t from;  // decisions before it have been turned around
};

// One case in four lives in the layout of x86-64, without limits: sizes and offsets there have no small bound.
Parameters wide_parameters(std::uint64_t seed) {
    Parameters p;
    p.files = small_parameters().files;
    p.overcommit_mode = 1;
    p.pgoff_bits = seed % 8 < 4 ? 62 : 53;
    return p;
}

constexpr std::size_t most_waiting = 256;

class Session {
public:
    explicit Session(const GuideOptions& options)
        : options_(options), examiner_(make_whole_examiner()), solver_(solver_options(options)) {}

    GuideResult run(const GuideProgress& progress) {
        while (!done()) {
            if (kept_.empty() || !options_.solve || (options_.draw && drawn_steps_ <= result_.steps / 2))
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
        result_.digest = digest_.hash;
        return std::move(result_);
    }

private:
    static SolverOptions solver_options(const GuideOptions& options) {
        SolverOptions solver;
        solver.units_in_all = options.units;
        solver.units_per_query = 300'000;
        solver.dump_dir = options.dump_dir;
        solver.dump_prefix = fmt::format("session{}", options.session);
        return solver;
    }

    [[nodiscard]] bool done() const {
        return result_.found || result_.steps >= options_.ops ||
               (options_.units != 0 && solver_.counts().units >= options_.units);
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
        RandomLimits limits = options_.limits;
        limits.case_steps = options_.case_steps;
        Plan plan{options_.model, plan_case(options_.seed, options_.session * 1'000'003 + drawn_++, limits)};
        if (plan.random.seed % 4 == 0) plan.random.parameters = wide_parameters(plan.random.seed / 4);
        plan.header.parameters = plan.random.parameters;
        return std::make_shared<const Plan>(std::move(plan));
    }

    // A case of the random engine, with a window of its last operations kept wherever it reaches something new.
    void random_case() {
        const auto plan = new_plan();
        const StartedWorld started = start_world(plan->header, {});
        if (started.world == nullptr) throw std::runtime_error(started.error);
        World<Plain>& world = *started.world;
        World<Traced> twin(world.shared_parameters(), world.profile(), world.faults());
        std::size_t twin_at = 0;  // operations that the twin has performed
        World<Plain> marks[2] = {world, world};
        std::size_t at[2] = {0, 0};
        RandomOps generator(next_seed(), plan->header.parameters, plan->random.window);
        std::vector<Op<Plain>> ops;
        ++result_.cases;
        report_.clear();
        std::size_t phase = 0;
        unsigned left = 0;  // of the phase
        const bool held = guarded([&] {
            for (; ops.size() < options_.case_steps && report_.empty() && !done(); --left) {
                if (left == 0) {
                    const Phase& next = plan->random.phases[phase++ % plan->random.phases.size()];
                    generator.set_mix(next.mix);
                    left = next.steps;
                }
                if (ops.size() - at[1] >= options_.case_ops) {
                    std::swap(marks[0], marks[1]);
                    at[0] = std::exchange(at[1], ops.size());
                    marks[1] = world;
                }
                ++drawn_steps_;
                const Gain gain = step(world, ops.emplace_back(generator.next(world)));
                if (!gain.any() || !report_.empty()) continue;
                for (; twin_at < at[0]; ++twin_at) twin.apply(convert<Traced>(ops[twin_at]));
                const auto mark = ops.begin() + static_cast<std::ptrdiff_t>(at[0]);
                keep(gain, [&] {
                    auto start = std::make_shared<const Start>(Start{plan, {ops.begin(), mark}, marks[0], twin});
                    return Kept{std::move(start), {mark, ops.end()}, 0};
                });
            }
        });
        const bool at_end = held && report_.empty();
        if (at_end) guarded([&] { examiner_->sweep(world, report_); });
        if (!report_.empty()) report_finding(*plan, ops, at_end);
    }

    // Performs the operations and so many random ones after them.
    void go_on(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, unsigned more) {
        World<Plain> world = start->plain;
        for (const Op<Plain>& each : ops) world.apply(each);
        RandomOps generator(next_seed(), start->plan->header.parameters, start->plan->random.window);
        generator.set_mix(start->plan->random.phases[drawn_ % start->plan->random.phases.size()].mix);
        try {
            for (unsigned i = 0; i < more; ++i) {
                ops.push_back(generator.next(world));
                if (!world.apply(ops.back()).violations.empty()) break;
            }
        } catch (const InternalAssertion&) {
            // Performed once more below, which tells of it.
        }
        perform(start, std::move(ops), 0);
    }

    void turn_around(const Kept& kept) {
        const TracedCase traced(kept.start->traced, kept.ops);
        result_.traced += kept.ops.size();
        if (!traced.traceable()) {
            ++result_.untraceable;
            return;
        }
        const auto wanted = [&](const TracedCase::Decision& decision) {
            const Class& of = classes_[class_of(kept.ops, decision)];
            return of.tried < 2 + 4 * of.worth;
        };
        for (TracedCase::Neighbour& each : traced.neighbours(solver_, kept.from, wanted)) {
            if (done()) return;
            Class& of = classes_[class_of(kept.ops, each.decision)];
            ++of.tried;
            ++result_.solved;
            const bool worth = perform(kept.start, each.ops, each.decision.position + 1);
            of.worth += worth ? 1 : 0;
            if (worth && options_.draw && !done() && each.ops.size() < options_.longest)
                go_on(kept.start, std::move(each.ops), 4);
        }
    }

    // What is taken for the same decision in other traces: the form of the operation, and which of its decisions.
    static std::uint64_t class_of(const std::vector<Op<Plain>>& ops, const TracedCase::Decision& decision) {
        const Op<Plain>& op = ops[decision.step];
        WordDigest digest;
        for (const std::uint64_t each :
             {std::uint64_t(op.kind), std::uint64_t(op.flags), std::uint64_t(op.call_flags),
              std::uint64_t(op.file != 0), std::uint64_t(op.advice), std::uint64_t(decision.ordinal),
              std::uint64_t(decision.constraint->relation), std::uint64_t(decision.constraint->form.terms.size())})
            digest.add(each);
        return digest.hash;
    }

    struct Gain {
        bool cell = false;
        bool sequence = false;
        [[nodiscard]] bool any() const { return cell || sequence; }
    };

    // One step, with every property after it.
    Gain step(World<Plain>& world, const Op<Plain>& op) {
        ++result_.steps;
        const Outcome<Plain>& outcome = world.apply(op);
        const Gain gain{adds_cell(world, op), sequences_.insert(sequence_of(op, outcome)).second};
        digest_.add(static_cast<std::uint64_t>(outcome.error));
        digest_.add(outcome.value.value());
        digest_.add(outcome.events.size());
        examiner_->step(world, op, report_);
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
                ++performed;
                const Gain of_step = step(world, each);
                gain.cell |= of_step.cell;
                gain.sequence |= of_step.sequence;
                if (!report_.empty()) break;
            }
        });
        const bool at_end = held && report_.empty();
        if (at_end) guarded([&] { examiner_->sweep(world, report_); });
        ops.resize(performed);
        if (!report_.empty()) {
            std::vector<Op<Plain>> all = start->before;
            all.insert(all.end(), ops.begin(), ops.end());
            report_finding(*start->plan, all, at_end);
            return false;
        }
        if (!gain.any()) return false;
        if (ops.size() <= options_.longest) keep(gain, [&] { return Kept{start, std::move(ops), from}; });
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
        const std::size_t before = std::exchange(cells_, cells());
        return cells_ != before;
    }
    [[nodiscard]] std::size_t cells() const {
        const Coverage& c = result_.coverage;
        return c.events_reached() + c.outcomes_reached() + c.failed_allocations_reached() + c.merges_reached();
    }

    // What a step passed, locks apart; FNV-1a.
    static std::uint64_t sequence_of(const Op<Plain>& op, const Outcome<Plain>& outcome) {
        WordDigest digest;
        digest.add(static_cast<std::uint64_t>(op.kind));
        digest.add(static_cast<std::uint64_t>(outcome.error));
        for (const EventRecord& each : outcome.events)
            if (!is_lock_event(each.event)) digest.add(static_cast<std::uint64_t>(each.event));
        return digest.hash;
    }

    struct Queue {
        std::deque<Kept> hot;   // reached a cell
        std::deque<Kept> warm;  // passed a new sequence of events
        [[nodiscard]] bool empty() const { return hot.empty() && warm.empty(); }
    };

    const GuideOptions& options_;
    std::unique_ptr<ExaminerBase<Plain>> examiner_;
    Solver solver_;
    Report report_;
    GuideResult result_;
    WordDigest digest_;
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
