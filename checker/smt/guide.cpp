#include "checker/smt/guide.hpp"

#include "checker/extra_properties.hpp"
#include "checker/finding.hpp"
#include "checker/random/case_runner.hpp"
#include "checker/random/small_parameters.hpp"
#include "checker/replay.hpp"
#include "checker/smt/traced_case.hpp"

#include <fmt/format.h>

#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

namespace vmacheck::smt {
namespace {

// Where traces of one plan begin, in both domains.
struct Start {
    TraceHeader header;
    unsigned window;
    std::vector<Phase> phases;
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

class Session {
public:
    explicit Session(const GuideOptions& options)
        : options_(options), examiner_(make_whole_examiner()), solver_(solver_options(options)) {}

    GuideResult run(const GuideProgress& progress) {
        for (std::uint64_t round = 0; !done(); ++round) {
            const bool draw = kept_.empty() || !options_.solve || (options_.draw && round % 4 == 0);
            if (draw)
                random_trace();
            else
                turn_around(next_kept());
            if (progress) {
                result_.solver = solver_.counts();
                progress(result_);
            }
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

    std::shared_ptr<const Start> new_start() {
        const std::uint64_t number = options_.session * 1'000'003 + drawn_++;
        CasePlan plan = plan_case(options_.seed, number, options_.limits);
        TraceHeader header = options_.model;
        header.parameters = plan.seed % 4 == 0 ? wide_parameters(plan.seed / 4) : std::move(plan.parameters);
        const StartedWorld started = start_world(header, {});
        if (started.world == nullptr) throw std::runtime_error(started.error);
        const World<Plain>& plain = *started.world;
        World<Traced> traced(plain.shared_parameters(), plain.profile(), plain.faults());
        return std::make_shared<const Start>(
            Start{std::move(header), plan.window, std::move(plan.phases), plain, std::move(traced)});
    }

    void random_trace() {
        const std::shared_ptr<const Start> start = new_start();
        go_on(start, {}, options_.case_ops);
    }

    // Performs the operations and so many random ones after them.
    void go_on(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, unsigned more) {
        World<Plain> world = start->plain;
        for (const Op<Plain>& each : ops) world.apply(each);
        RandomOps generator(case_seed(options_.seed, options_.session * 1'000'003 + drawn_++), start->header.parameters,
                            start->window);
        generator.set_mix(start->phases[drawn_ % start->phases.size()].mix);
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
        for (TracedCase::Neighbour& each : traced.neighbours(solver_, kept.from)) {
            if (done()) return;
            ++result_.solved;
            const bool worth = perform(kept.start, each.ops, each.decision + 1);
            if (worth && options_.draw && !done() && each.ops.size() < options_.longest)
                go_on(kept.start, std::move(each.ops), 4);
        }
    }

    // Performs a trace, with every property after each step, and keeps it if it reaches anything new. Whether it did.
    bool perform(const std::shared_ptr<const Start>& start, std::vector<Op<Plain>> ops, std::size_t from) {
        ++result_.cases;
        World<Plain> world = start->plain;
        report_.clear();
        bool cell = false;
        bool sequence = false;
        std::size_t performed = 0;
        const bool held = guarded([&] {
            for (const Op<Plain>& each : ops) {
                ++performed;
                ++result_.steps;
                const Outcome<Plain>& outcome = world.apply(each);
                cell |= adds_cell(world, each);
                sequence |= sequences_.insert(sequence_of(each, outcome)).second;
                digest_.add(static_cast<std::uint64_t>(outcome.error));
                digest_.add(outcome.value.value());
                digest_.add(outcome.events.size());
                examiner_->step(world, each, report_);
                if (!report_.empty()) break;
            }
        });
        const bool at_end = held && report_.empty();
        if (at_end) guarded([&] { examiner_->sweep(world, report_); });
        ops.resize(performed);
        if (!report_.empty()) {
            report_finding(*start, ops, at_end);
            return false;
        }
        if (!cell && !sequence) return false;
        ++result_.kept;
        if (options_.solve && ops.size() <= options_.longest)
            (cell ? kept_.hot : kept_.warm).push_back({start, std::move(ops), from});
        return true;
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

    void report_finding(const Start& start, const std::vector<Op<Plain>>& ops, bool at_end) {
        GuideFound& found = result_.found.emplace();
        found.violation = report_.violations().front();
        found.at_end = at_end;
        found.trace.header = start.header;
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
    std::size_t cells_ = 0;    // reached so far
    std::uint64_t drawn_ = 0;  // random choices made so far, each with a seed of its own
};

}  // namespace

GuideResult run_guide(const GuideOptions& options, const GuideProgress& progress) {
    return Session(options).run(progress);
}

}  // namespace vmacheck::smt
