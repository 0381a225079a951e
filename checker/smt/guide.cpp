#include "checker/smt/guide.hpp"

#include "checker/random/case_runner.hpp"
#include "checker/run/checked_run.hpp"
#include "checker/smt/seeds.hpp"
#include "model/op/convert.hpp"
#include "model/state/build.hpp"
#include "model/state/digest.hpp"
#include "properties/run/full_catalogue.hpp"

#include <fmt/format.h>

#include <boost/unordered/unordered_flat_set.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

namespace vmacheck::smt {
namespace {

// What a step or a trace was the first to reach.
struct Gain {
    bool cell = false;
    bool sequence = false;
    bool dropped = false;  // the step failed, and was undone
    [[nodiscard]] bool any() const { return cell || sequence; }
};

// What a step passed, locks left out; FNV-1a.
std::uint64_t sequence_of(const Op<Plain>& op, const Outcome<Plain>& outcome) {
    Digest digest;
    digest.add(static_cast<std::uint64_t>(op.kind));
    digest.add(static_cast<std::uint64_t>(outcome.error));
    for (const EventRecord& each : outcome.events)
        if (!is_lock_event(each.event)) digest.add(static_cast<std::uint64_t>(each.event));
    return digest.value();
}

RandomLimits case_limits(const GuideOptions& options) {
    RandomLimits limits = options.limits;
    limits.case_steps = options.case_steps;
    return limits;
}

SolverOptions solver_options(const GuideOptions& options) {
    SolverOptions solver;
    solver.units_in_all = options.units;
    solver.units_per_query = 300'000;
    solver.dump_dir = options.dump_dir;
    solver.dump_prefix = fmt::format("session{}", options.session);
    return solver;
}

// The last operations of a random case, as a seed is made of them: two marks within the case, each with the World there.
class Window {
public:
    Window(const World<Plain>& world, std::unique_ptr<World<Traced>> twin, unsigned length)
        : marks_{world, world}, twin_(std::move(twin)), length_(length) {}

    void move_to(const World<Plain>& world, std::size_t ops) {
        if (ops - at_[1] < length_) return;
        std::swap(marks_[0], marks_[1]);
        at_[0] = std::exchange(at_[1], ops);
        marks_[1] = world;
    }
    // Brings the twin to the first mark.
    void follow(const std::vector<Op<Plain>>& ops) {
        for (; twin_at_ < at_[0]; ++twin_at_) twin_->apply(convert<Traced>(ops[twin_at_]));
    }
    // The operations from the first mark on; the twin is there.
    [[nodiscard]] Seed seed(const std::shared_ptr<const GuidedCase>& of, const std::vector<Op<Plain>>& ops) const {
        const auto mark = ops.begin() + static_cast<std::ptrdiff_t>(at_[0]);
        auto start = std::make_shared<const Start>(Start{of, {ops.begin(), mark}, marks_[0], *twin_});
        const std::size_t last = ops.size() - at_[0];
        return {std::move(start), {mark, ops.end()}, last < 2 ? 0 : last - 2, 0};
    }

private:
    World<Plain> marks_[2];
    std::size_t at_[2] = {0, 0};
    std::unique_ptr<World<Traced>> twin_;
    std::size_t twin_at_ = 0;  // operations that the twin has performed
    unsigned length_;
};

class Session {
public:
    explicit Session(const GuideOptions& options)
        : options_(options),
          source_(options.scope ? scope_source(*options.scope) : random_source(options.setup, case_limits(options))),
          solver_(solver_options(options)) {
        if (options.scope) result_.reach.emplace();
    }

    GuideResult run(const OnProgress& progress) {
        while (!(result_.complete = done()) && (options_.stop == nullptr || !*options_.stop)) {
            if (seeds_.empty() || !options_.solve || (options_.draw && drawn_steps_ <= result_.steps / 4 * 3))
                random_case();
            else
                negate_branches(seeds_.next());
            if (options_.after_round) options_.after_round(result_);
            if (progress) progress({result_.steps, options_.ops, found_something(result_.found.has_value())});
        }
        result_.solver = solver_.counts();
        digest_.add(result_.solver.queries);
        digest_.add(result_.solver.units);
        result_.digest = digest_.value();
        return std::move(result_);
    }

private:
    [[nodiscard]] bool done() const {
        return result_.found || result_.steps >= options_.ops || enough() ||
               (options_.units != 0 && solver_.counts().units >= options_.units);
    }

    [[nodiscard]] bool enough() const {
        return options_.enough_cells != 0 && result_.reach && result_.reach->reached() >= options_.enough_cells;
    }

    // ------------------------------------------------------------------------------------------------ traces

    std::uint64_t next_number() { return options_.session * 1'000'003 + drawn_++; }
    std::uint64_t next_seed() { return case_seed(options_.seed, next_number()); }

    // A random case; its last operations become a seed wherever it reaches something new.
    void random_case() {
        const auto of = source_->make_case(options_.seed, next_number());
        const auto world = make_world<Plain>(of->setup);
        Window window(*world, make_world<Traced>(of->setup), options_.case_ops);
        const auto generator = source_->generate(*of, next_seed(), {});
        if (!source_->any_open(*world)) throw std::runtime_error("no call of the scope can be made at its start");
        std::vector<Op<Plain>> ops;
        ++result_.cases;
        run_.start(*world);
        for (unsigned i = 0; i < options_.case_steps && !run_.broken() && !done(); ++i) {
            window.move_to(*world, ops.size());
            ++drawn_steps_;
            std::optional<Op<Plain>> next;
            if (!run_.guard([&] { next = generator->next(*world); }) || !next) break;
            const Gain gain = step(*world, ops.emplace_back(*next));
            if (run_.broken()) break;
            if (gain.dropped) ops.pop_back();
            if (!gain.any() || !run_.guard([&] { window.follow(ops); })) continue;
            add_seed(gain, [&] { return window.seed(of, ops); });
        }
        if (!run_.broken()) run_.check_end();
        if (run_.broken()) report_finding(*of, {}, ops);
    }

    // Performs the operations and so many random ones after them.
    void extend(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, unsigned more) {
        World<Plain> world = start->plain;
        for (const Op<Plain>& each : ops) world.apply(each);
        const std::uint64_t seed = next_seed();
        const auto generator = source_->generate(*start->of, seed, drawn_);
        Report performed_again;  // what breaks here breaks again below, where it is a finding
        guarded(performed_again, [&] {
            for (unsigned i = 0; i < more; ++i) {
                const std::optional<Op<Plain>> next = generator->next(world);
                if (!next) break;
                ops.push_back(*next);
                const Outcome<Plain>& outcome = world.apply(ops.back());
                if (!outcome.violations.empty()) break;
                if (outcome.ok() || source_->keeps_failed()) continue;
                world.undo();
                ops.pop_back();
            }
        });
        perform(start, std::move(ops), 0);
    }

    void negate_branches(const Seed& seed) {
        const ConcolicCase concolic(seed.start->traced, seed.ops);
        result_.traced += seed.ops.size();
        if (!concolic.traceable()) {
            ++result_.untraceable;
            return;
        }
        const auto wanted = [&](const ConcolicCase::Decision& decision) {
            return decision.step >= seed.from_step && decision.position >= seed.from &&
                   yields_.promising(concolic, seed.ops, decision);
        };
        for (ConcolicCase::NegatedBranch& each : concolic.negate_branches(solver_, wanted)) {
            if (done()) return;
            ++result_.solved;
            const bool gained = perform(seed.start, each.ops, each.decision.position + 1);
            yields_.note(concolic, seed.ops, each.decision, gained);
            if (gained && options_.draw && !done() && each.ops.size() < options_.longest)
                extend(seed.start, std::move(each.ops), 4);
        }
    }

    // One step, with every property after it.
    Gain step(World<Plain>& world, const Op<Plain>& op) {
        ++result_.steps;
        Gain gain;
        const bool intact = run_.step(op, [&](const Outcome<Plain>& outcome) {
            gain.dropped = !outcome.ok() && !source_->keeps_failed();
            if (!gain.dropped) {
                gain.cell = adds_cell(world, op);
                gain.sequence = sequences_.insert(sequence_of(op, outcome)).second;
            }
            digest_.add(static_cast<std::uint64_t>(outcome.error));
            digest_.add(outcome.value.value());
            digest_.add(outcome.events.size());
        });
        if (intact && gain.dropped) {
            world.undo();
            run_.forget_step();
        }
        return gain;
    }

    // Performs a trace, which becomes a seed if it reaches anything new. Whether it did.
    bool perform(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, std::size_t from) {
        ++result_.cases;
        World<Plain> world = start->plain;
        run_.start(world);
        Gain gain;
        for (const Op<Plain>& each : ops) {
            bool admitted = false;
            if (!run_.guard([&] { admitted = source_->admits(world, each); }) || !admitted) break;
            const Gain of_step = step(world, each);
            if (of_step.dropped || run_.broken()) break;
            gain.cell |= of_step.cell;
            gain.sequence |= of_step.sequence;
        }
        if (!run_.broken()) run_.check_end();
        if (run_.broken()) {
            report_finding(*start->of, start->before, ops);
            return false;
        }
        if (!gain.any()) return false;
        ops.resize(run_.steps());
        if (ops.size() <= options_.longest) add_seed(gain, [&] { return Seed{start, std::move(ops), 0, from}; });
        return true;
    }

    template <class F>
    void add_seed(const Gain& gain, F&& make) {
        ++result_.kept;
        if (options_.solve) seeds_.add(gain.cell, std::forward<F>(make));
    }

    // The run began after the operations `before`.
    void report_finding(const GuidedCase& of, std::vector<Op<Plain>> before, const std::vector<Op<Plain>>& ops) {
        TraceHeader header(of.setup);
        header.seed = options_.seed;
        header.made_by = "guide";
        header.title = fmt::format("guide, seed {}, session {}", options_.seed, options_.session);
        Broken broken = run_.broken();
        broken.step += before.size();
        before.insert(before.end(), ops.begin(), ops.end());
        result_.found = make_finding({"guide", options_.session, fmt::format("guided session {}", options_.session)},
                                     std::move(broken), std::move(header), before);
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

    const GuideOptions& options_;
    std::unique_ptr<GuideSource> source_;
    CheckedRun run_;
    Solver solver_;
    GuideResult result_;
    Digest digest_;
    SeedQueue seeds_;
    BranchYields yields_;
    boost::unordered_flat_set<std::uint64_t> sequences_;
    std::size_t cells_ = 0;          // reached so far
    std::uint64_t drawn_steps_ = 0;  // of random cases
    std::uint64_t drawn_ = 0;        // random choices made so far, each with its own seed
};

}  // namespace

GuideResult run_guide(const GuideOptions& options, const OnProgress& progress) {
    return Session(options).run(progress);
}

}  // namespace vmacheck::smt
