#include "checker/smt/reach.hpp"

#include "checker/run/record_steps.hpp"
#include "checker/smt/symbolic_ops.hpp"
#include "model/faults/fault_table.hpp"
#include "model/op/convert.hpp"
#include "model/state/build.hpp"
#include "model/state/number.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace vmacheck::smt {
namespace {

// A range that shows what a long one would, most likely.
constexpr std::uint64_t likely_pages = 6;

// After the first hit it searches the same number of steps, and these at least, for a path with smaller numbers or
// whose last operation succeeds.
constexpr std::uint64_t least_steps_more = 5'000;

// Ends the enumeration of a level.
struct Reached {};

// Whether a World that looks the same after an operation is the same whatever the numbers: these two store a number
// without looking at it.
bool may_store_unseen(OpKind kind) {
    return kind == OpKind::brk || kind == OpKind::truncate;
}

class Search {
public:
    Search(const Goal& goal, const ReachSpace& space, const ReachOptions& options)
        : goal_(goal), space_(space), options_(options) {
        for (const ReachSpace::Limits& each : space.limits) {
            Setup setup = options.setup;
            setup.parameters = each.parameters;
            starts_.push_back(*make_world<Traced>(setup));
            plain_starts_.push_back(*make_world<Plain>(setup));
        }
    }

    ReachResult run() {
        for (unsigned length = 1; length <= options_.within; ++length) {
            // First where the goal most likely is, then everywhere: only that decides that it is nowhere.
            for (const bool likely : {true, false}) {
                likely_ = likely;
                if (level(length)) {
                    result_.answer = Reachability::reached;
                    return std::move(result_);
                }
            }
            if (!complete_) return std::move(result_);
            result_.decided = length;
        }
        result_.answer = Reachability::unreachable;
        return std::move(result_);
    }

private:
    bool level(unsigned length) {
        SolverOptions solver_options;
        solver_options.units_in_all =
            options_.units == 0 ? 0 : options_.units - std::min(options_.units - 1, result_.solver.units);
        solver_options.dump_dir = options_.dump_dir;
        solver_options.dump_prefix = fmt::format("ops{}{}", length, likely_ ? "-likely" : "");
        Solver solver(solver_options);
        PathOptions path_options;
        path_options.obligations = false;
        path_options.most_runs =
            std::max<std::uint64_t>(1, (options_.ops - std::min(options_.ops, result_.steps)) / length);
        best_.reset();
        try {
            const PathCounts counts = enumerate_paths(
                solver,
                [&](PathRun& run) {
                    end_if_stopped();
                    perform(run, length);
                },
                [&](const PathLeaf& leaf, Solver& on_path) { look_at(leaf, on_path, length); }, path_options);
            complete_ = counts.complete();
        } catch (const Reached&) {
            complete_ = false;
        }
        result_.solver.add(solver.counts());
        if (!best_) return false;
        state_trace();
        return true;
    }

    // Between two paths: a path that has come there is stated, whatever comes while its numbers are made small.
    void end_if_stopped() {
        result_.stopped = options_.stop != nullptr && *options_.stop;
        if (result_.stopped) throw Reached{};
    }

    // The program whose paths are looked at.
    void perform(PathRun& run, unsigned length) {
        if (best_ && result_.steps > enough_steps_) throw Reached{};
        limits_ = run.choose("limits", starts_.size());
        World<Traced> world = starts_[limits_];
        ops_.clear();
        numbers_.clear();
        for (unsigned step = 1; step <= length; ++step) {
            const bool last = step == length;
            const std::vector<Op<Plain>> forms = last ? space_.last : forms_before(length - step);
            if (forms.empty()) run.reject();
            const Op<Plain>& form = forms[run.choose("form", forms.size())];
            const std::size_t first = run.recorder().inputs().size();
            const Op<Traced> op = with_inputs(run, form, step);
            for (std::size_t id = first; id < run.recorder().inputs().size(); ++id)
                numbers_.push_back(static_cast<InputId>(id));
            if (likely_ && op.len.page.form().terms.size() > 1)
                run.assume(op.len.page, Relation::less_equal, likely_pages);
            ops_.push_back(convert<Plain>(op));
            ++result_.steps;
            const std::uint64_t before = last ? 0 : world.digest();
            world.apply(op);
            if (!last && !world.outcome().violations.empty()) run.reject();
            if (!last && likely_ && !world.outcome().ok()) run.reject();
            if (!last && world.digest() == before && (!world.outcome().ok() || !may_store_unseen(op.kind)))
                run.reject();
        }
        seen_ = std::any_of(goal_.cells.begin(), goal_.cells.end(),
                            [&](const GoalCell& cell) { return cell.may_be(ops_.back().kind, world.outcome()); });
    }

    // What may come next when so many operations are left before the last. Where it is looked at first, the kinds that
    // the goal likely needs must fit in.
    [[nodiscard]] std::vector<Op<Plain>> forms_before(std::size_t left) const {
        if (!likely_) return space_.first;
        std::vector<OpKind> missing;
        for (const OpKind each : space_.likely)
            if (std::none_of(ops_.begin(), ops_.end(), [&](const Op<Plain>& op) { return op.kind == each; }))
                missing.push_back(each);
        if (missing.size() > left) return {};
        if (missing.size() < left) return space_.first;
        std::vector<Op<Plain>> forms;
        for (const Op<Plain>& each : space_.first)
            if (std::find(missing.begin(), missing.end(), each.kind) != missing.end()) forms.push_back(each);
        return forms;
    }

    void look_at(const PathLeaf&, Solver& solver, unsigned length) {
        ++result_.paths;
        if (!seen_ || reached_by(ops_) == nullptr) return;
        // The smallest numbers of this path, the first operation's first.
        const std::vector<InputId> order = numbers_;
        if (solver.minimise(order) == SolverAnswer::sat) {
            PathRun again(solver.values());
            again.run([&](PathRun& run) { perform(run, length); });
        }
        const GoalCell* cell = reached_by(ops_);
        if (cell == nullptr) internal_assertion_failed("two runs on one path reach different cells");
        Best found{!ended_well(ops_), {}, limits_, ops_, cell->name};
        for (const Op<Plain>& each : ops_)
            for (const std::int64_t number : input_values(each)) found.numbers.push_back(number);
        if (!best_) enough_steps_ = result_.steps + std::max(result_.steps, least_steps_more);
        if (!best_ || std::tie(found.failed, found.numbers) < std::tie(best_->failed, best_->numbers))
            best_ = std::move(found);
    }

    [[nodiscard]] bool ended_well(const std::vector<Op<Plain>>& ops) const {
        World<Plain> world = plain_starts_[limits_];
        for (const Op<Plain>& each : ops) world.apply(each);
        return world.outcome().ok();
    }

    // The cell that the last operation comes to, on plain numbers.
    const GoalCell* reached_by(const std::vector<Op<Plain>>& ops) {
        World<Plain> world = plain_starts_[limits_];
        for (const Op<Plain>& each : ops) world.apply(each);
        Coverage coverage;
        coverage.add(world, ops.back());
        return goal_.reached(coverage);
    }

    void state_trace() {
        result_.cell = best_->cell;
        Trace& trace = result_.trace;
        trace.header = TraceHeader(options_.setup);
        trace.header.parameters = space_.limits[best_->limits].parameters;
        trace.header.made_by = "reach";
        trace.header.title = fmt::format("reach {}: {}", goal_.text, result_.cell);
        trace.header.expect = Expectation{};
        World<Plain> world = plain_starts_[best_->limits];
        trace.steps = record_steps(world, best_->ops);
    }

    const Goal& goal_;
    const ReachSpace& space_;
    const ReachOptions& options_;
    std::vector<World<Traced>> starts_;
    std::vector<World<Plain>> plain_starts_;
    ReachResult result_;
    // The best trace of the level so far: one whose last operation succeeds before one whose fails, then the one with
    // the smaller numbers.
    struct Best {
        bool failed;
        std::vector<std::int64_t> numbers;
        std::size_t limits;
        std::vector<Op<Plain>> ops;
        std::string cell;
    };
    std::optional<Best> best_;
    std::uint64_t enough_steps_ = 0;  // where the search for a better one ends
    bool complete_ = false;
    bool likely_ = false;  // only short ranges, no failure before the last operation, and the likely kinds among those
    // Of the run at hand.
    std::size_t limits_ = 0;
    std::vector<Op<Plain>> ops_;
    std::vector<InputId> numbers_;
    bool seen_ = false;
};

}  // namespace

std::string_view name(Reachability answer) {
    switch (answer) {
        case Reachability::reached: return "reached";
        case Reachability::unreachable: return "unreachable";
        case Reachability::undecided: break;
    }
    return "undecided";
}

ReachResult reach(const Goal& goal, const ReachSpace& space, const ReachOptions& options) {
    return Search(goal, space, options).run();
}

}  // namespace vmacheck::smt
