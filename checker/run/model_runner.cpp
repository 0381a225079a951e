#include "checker/run/model_runner.hpp"

#include "checker/run/checked_run.hpp"
#include "model/state/build.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>

namespace vmacheck {
namespace {

// Longer traces are run from their start each time: the history of all their steps would fill the memory.
constexpr std::size_t most_kept = 20'000;  // steps

// Whether two operations are the same bytes. Padding may make equal ones differ, which only costs time.
bool same_bytes(const Op<Plain>& a, const Op<Plain>& b) {
    static_assert(std::is_trivially_copyable_v<Op<Plain>>);
    return std::memcmp(&a, &b, sizeof a) == 0;
}

SeenResult seen(const Outcome<Plain>& outcome) {
    SeenResult result;
    result.error = outcome.error;
    if (outcome.ok()) result.value = outcome.value.value();
    return result;
}

class ModelRunner {
public:
    RunResult run(const Trace& trace) {
        if (!start(trace)) return {};
        if (at_start_) return {at_start_, {}};
        for (std::size_t i = applied_.size(); i < trace.steps.size(); ++i)
            if (!step(trace.steps[i].op)) return end(i + 1);
        if (run_.check_end()) return {};
        return end(applied_.size());
    }

private:
    // Goes to the longest state that the trace shares with the last one. False: it cannot be started.
    bool start(const Trace& trace) {
        const bool keep = trace.steps.size() <= most_kept;
        if (world_ == nullptr || !(setup_ == trace.header) || !keep || !kept_) return start_anew(trace.header, keep);
        std::size_t same = 0;
        while (same < applied_.size() && same < trace.steps.size() && same_bytes(applied_[same], trace.steps[same].op))
            ++same;
        for (; applied_.size() > same; applied_.pop_back(), results_.pop_back()) world_->undo();
        run_.start(*world_);
        return true;
    }

    bool start_anew(const Setup& setup, bool keep) {
        world_.reset();
        setup_ = setup;
        kept_ = keep;
        applied_.clear();
        results_.clear();
        at_start_ = {};
        try {
            world_ = make_world<Plain>(setup);
        } catch (const SetupError&) {
            return false;
        }
        world_->keep_history(keep);
        run_.start(*world_);
        run_.check_start();
        at_start_ = run_.broken();
        return true;
    }

    // False: it broke something, and was undone.
    bool step(const Op<Plain>& op) {
        ended_.reset();
        const bool intact = run_.step(op, [&](const Outcome<Plain>& outcome) {
            if (outcome.violations.empty()) ended_ = seen(outcome);
        });
        if (intact) {
            applied_.push_back(op);
            results_.push_back(*ended_);
        } else if (run_.applied() && world_->can_undo()) {
            world_->undo();
        }
        return intact;
    }

    // The run broke something at this step.
    RunResult end(std::size_t step) {
        RunResult result{run_.broken(), results_};
        result.step = step;  // those that were kept from the last run included
        if (ended_ && results_.size() < step) result.results.push_back(*ended_);
        return result;
    }

    CheckedRun run_;
    std::unique_ptr<World<Plain>> world_;
    Setup setup_;
    bool kept_ = false;  // the history
    Broken at_start_;
    std::vector<Op<Plain>> applied_;
    std::vector<SeenResult> results_;
    std::optional<SeenResult> ended_;  // how the last step ended, unless it was abandoned
};

}  // namespace

TraceRunner model_runner() {
    return [runner = std::make_shared<ModelRunner>()](const Trace& trace) { return runner->run(trace); };
}

}  // namespace vmacheck
