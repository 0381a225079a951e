#include "checker/run/model_runner.hpp"

#include "checker/run/replay.hpp"
#include "properties/run/extra_properties.hpp"
#include "traces/format/writer.hpp"

#include <cstring>
#include <memory>
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

class ModelRunner {
public:
    SubjectRun run(const Trace& trace) {
        if (!start(trace)) return {};
        if (!at_start_.violations.empty()) return at_start_;
        SubjectRun result;
        for (std::size_t i = applied_.size(); i < trace.steps.size(); ++i) {
            if (!step(trace.steps[i].op, result.violations)) continue;
            result.step = i + 1;
            result.results = results_;
            if (ended_) result.results.push_back(*ended_);
            return result;
        }
        Report report;
        guarded(report, [&] { checker_->check_all(*world_, report); });
        if (report.empty()) return {};
        result.violations = report.violations();
        result.step = applied_.size();
        result.results = results_;
        return result;
    }

private:
    // Goes to the longest state that the trace shares with the last one. False: it cannot be started.
    bool start(const Trace& trace) {
        const std::string header = write_header(trace.header);
        const bool keep = trace.steps.size() <= most_kept;
        if (world_ == nullptr || header != header_ || !keep || !kept_) {
            world_ = start_world(trace.header, {}).world;
            header_ = header;
            kept_ = keep;
            applied_.clear();
            results_.clear();
            at_start_ = {};
            if (world_ == nullptr) return false;
            world_->keep_history(keep);
            Report report;
            guarded(report, [&] { checker_->check_all(*world_, report); });
            at_start_.violations = report.violations();
            return true;
        }
        std::size_t same = 0;
        while (same < applied_.size() && same < trace.steps.size() && same_bytes(applied_[same], trace.steps[same].op))
            ++same;
        for (; applied_.size() > same; applied_.pop_back(), results_.pop_back()) world_->undo();
        return true;
    }

    // True: it broke something, and was undone.
    bool step(const Op<Plain>& op, std::vector<Violation>& violations) {
        Report report;
        bool performed = false;
        ended_.reset();
        guarded(report, [&] {
            const Outcome<Plain>& outcome = world_->apply(op);
            performed = true;
            if (outcome.violations.empty()) ended_ = seen(outcome);
            checker_->check_step(*world_, op, report);
        });
        if (report.empty()) {
            applied_.push_back(op);
            results_.push_back(*ended_);
            return false;
        }
        violations = report.violations();
        if (performed && world_->can_undo()) world_->undo();
        return true;
    }

    static SeenResult seen(const Outcome<Plain>& outcome) {
        SeenResult result;
        result.error = outcome.error;
        if (outcome.ok()) result.value = outcome.value.value();
        return result;
    }

    template <class F>
    static void guarded(Report& report, F&& f) {
        try {
            f();
        } catch (const InternalAssertion& assertion) {
            report.add(Violation{std::string(internal_assertion_name), assertion.what()});
        }
    }

    std::unique_ptr<PropertyChecker<Plain>> checker_ = make_full_checker();
    std::unique_ptr<World<Plain>> world_;
    std::string header_;
    bool kept_ = false;  // the history
    SubjectRun at_start_;
    std::vector<Op<Plain>> applied_;
    std::vector<SeenResult> results_;
    std::optional<SeenResult> ended_;  // how the last step ended, unless it was abandoned
};

}  // namespace

TraceRunner model_runner() {
    return [runner = std::make_shared<ModelRunner>()](const Trace& trace) { return runner->run(trace); };
}

}  // namespace vmacheck
