#include "checker/conform/pair_run.hpp"

#include "checker/conform/conform.hpp"
#include "checker/subject/model_subject.hpp"
#include "model/state/number.hpp"
#include "properties/observed/observed_properties.hpp"

#include <algorithm>
#include <iterator>

namespace vmacheck {
namespace {

// To look at everything after so many operations takes no longer than to halve them so often, and perform them anew.
constexpr std::size_t most_looked_at = 250;

// A layout says more than the counters that follow from it.
void add_differences(const Comparison& comparison, RunResult& result) {
    std::vector<Violation> differences;
    for (const FieldDifference& each : comparison.differences) differences.push_back(as_violation(each));
    std::stable_partition(differences.begin(), differences.end(),
                          [](const Violation& each) { return each.property != "counters-agree"; });
    std::move(differences.begin(), differences.end(), std::back_inserter(result.violations));
}

// What both show now. The properties of observations come first: they say what is wrong, not only that it differs.
void compare_now(Subject& model, Subject& subject, RunResult& result) {
    const Observation actual = subject.observe({});
    Report report;
    check_observation(actual, report);
    result.violations.insert(result.violations.end(), report.violations().begin(), report.violations().end());
    add_differences(compare_observations(model.observe({}), actual), result);
}

class PairRun {
public:
    PairRun(const Setup& started, Subject& subject) : started_(started), subject_(subject) {}

    RunResult run(std::span<const Op<Plain>> ops) {
        RunResult result;
        if (!start(ops)) return result;
        bool layout_differs = false;
        if (!perform(ops, result, layout_differs) || result) return result;
        if (layout_differs && result.step < ops.size()) return with_layout(ops.first(result.step));
        if (alone_) return check_alone(result);
        compare_now(model_, subject_, result);
        if (!result) end(result);
        return result;
    }

    // Looks at everything after each operation but the first `agreed`.
    RunResult run_looking(std::span<const Op<Plain>> ops, std::size_t agreed) {
        RunResult result;
        if (!start(ops)) return result;
        for (std::size_t done = 0; done < ops.size(); done = result.step) {
            bool layout_differs = false;
            const std::size_t count = done < agreed ? agreed - done : 1;
            if (!perform(ops.subspan(done, count), result, layout_differs) || result) return result;
            const bool refused = result.step < done + count;
            if (alone_ && (refused || result.step == ops.size())) return check_alone(result);
            if (alone_) continue;
            if (result.step > agreed || layout_differs) compare_now(model_, subject_, result);
            if (result) return result;
        }
        end(result);
        return result;
    }

    [[nodiscard]] EarlyEnd early_end() const { return {refusal_, alone_}; }

private:
    // False: the subject refuses an operation, or starts otherwise.
    bool start(std::span<const Op<Plain>> ops) {
        const auto start = subject_.start(started_);
        const Setup* setup = std::get_if<Setup>(&start);
        if (setup == nullptr || !(*setup == started_) || model_.reset(started_)) return false;
        // What it refuses depends on the start: on the processes there are, and on its own memory.
        for (const Op<Plain>& each : ops)
            if (auto why = subject_.refuses(each)) {
                refusal_ = *std::move(why);
                return false;
            }
        return true;
    }

    // Up to the first that differs, in its result or its layout. False: one is refused, or was not answered.
    bool perform(std::span<const Op<Plain>> ops, RunResult& result, bool& layout_differs) {
        const Capabilities can = subject_.hello().capabilities;
        const Layouts layouts = can.layouts;
        std::vector<Op<Plain>> as_model(ops.begin(), ops.end());
        if (can.fails_own_allocations) std::transform(ops.begin(), ops.end(), as_model.begin(), without_failure);
        const std::vector<Answer> expected = model_.perform(as_model, layouts);
        const std::vector<Answer> actual = subject_.perform(ops, layouts);
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (i >= actual.size() || (alone_ && !actual[i].refusal.empty())) return alone_;
            refusal_ = actual[i].refusal.empty() && !alone_ ? expected[i].refusal : actual[i].refusal;
            if (!refusal_.empty()) return false;
            ++result.step;
            result.results.push_back({.error = actual[i].seen.error, .value = actual[i].seen.value});
            result.violations = actual[i].violations;
            if (!alone_ && actual[i].allocation_failed) failed_at_ = result.step;
            alone_ |= actual[i].allocation_failed;
            if (alone_ && result) return true;
            if (alone_) continue;
            SeenResult wanted = expected[i].seen;
            wanted.events.clear();
            add_differences(compare_results(ops[i].kind, wanted, actual[i].seen), result);
            layout_differs = actual[i].layout && expected[i].layout && *actual[i].layout != *expected[i].layout;
            if (result || layout_differs) return true;
        }
        return true;
    }

    // An allocation failed, and the model does not know what came of it: what the subject shows must be consistent. Of the
    // steps after it nothing is compared, but what the subject itself checks must hold.
    RunResult check_alone(RunResult& result) {
        Report report;
        check_observation(subject_.observe({}), report);
        result.violations = report.violations();
        if (!result) end(result);
        if (!result) result.step = failed_at_;  // nothing was compared after it
        return result;
    }

    // All agreed: what the subject reports when the processes go.
    void end(RunResult& result) {
        result.violations = subject_.end();
        result.at_end = !result.violations.empty();
    }

    // The last of these operations shows a layout that differs: they are performed again, to see it.
    RunResult with_layout(std::span<const Op<Plain>> ops) {
        RunResult result = run(ops);
        if (!result) result = {};  // not shown again
        return result;
    }

    const Setup& started_;
    Subject& subject_;
    ModelSubject model_;
    bool alone_ = false;         // an allocation of the subject failed
    std::size_t failed_at_ = 0;  // in this step, from 1
    std::string refusal_;        // why the last run ended before its end; empty: nothing was refused
};

}  // namespace

RunResult run_pair(const Setup& started, std::span<const Op<Plain>> ops, Subject& subject) {
    return PairRun(started, subject).run(ops);
}

RunResult first_difference(const Setup& started, std::span<const Op<Plain>> ops, Subject& subject, EarlyEnd* early) {
    PairRun whole(started, subject);
    RunResult found = whole.run(ops);
    if (early != nullptr) *early = whole.early_end();
    if (!found || found.step < ops.size()) return found;
    // Which one it is that only a whole observation shows; it may have come and gone before.
    std::size_t without = 0;
    std::size_t with = ops.size();
    while (with - without > most_looked_at) {
        const std::size_t half = without + (with - without) / 2;
        if (const RunResult run = run_pair(started, ops.first(half), subject))
            with = run.step;
        else
            without = half;
    }
    const RunResult located = first_difference_after(started, ops.first(with), without, subject);
    return located ? located : found;
}

RunResult first_difference_after(const Setup& started, std::span<const Op<Plain>> ops, std::size_t agreed,
                                 Subject& subject) {
    return PairRun(started, subject).run_looking(ops, agreed);
}

TraceRunner pair_runner(Subject& subject, Setup started, std::size_t most_runs, const std::atomic<bool>* stop) {
    return [&subject, started = std::move(started), left = most_runs, stop](const Trace& trace) mutable {
        if (left == 0 || (stop != nullptr && *stop)) return RunResult{};
        --left;
        if (!(static_cast<const Setup&>(trace.header) == started)) return RunResult{};
        std::vector<Op<Plain>> ops;
        for (const TraceStep& each : trace.steps) ops.push_back(each.op);
        try {
            return run_pair(started, ops, subject);
        } catch (const SubjectLost&) {
            if (std::holds_alternative<std::string>(subject.start(started))) throw;
        } catch (const InternalAssertion&) {
            // What the model refuses to do is no difference.
        }
        return RunResult{};
    };
}

}  // namespace vmacheck
