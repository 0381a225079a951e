#include "checker/campaign/trace_engine.hpp"

#include "checker/coverage/coverage.hpp"
#include "checker/coverage/grid.hpp"
#include "checker/run/replay.hpp"
#include "model/state/digest.hpp"
#include "model/state/world.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace vmacheck {
namespace {

bool states_results_of(const Setup& stated, const Setup& setup) {
    return stated.profile == setup.profile && stated.shipped == setup.shipped &&
           (stated.faults.empty() || stated.faults == setup.faults);
}

std::string text_of(const Difference& difference) {
    return fmt::format("step {}: {} is {}, expected {}", difference.step, difference.what, difference.actual,
                       difference.expected);
}

class TraceWorker final : public EngineWorker {
public:
    TraceWorker(std::string_view engine, const CampaignConfig& config, const std::vector<CorpusTrace>& traces)
        : engine_(engine), setup_(config.setup), traces_(traces) {}

    UnitResult run(std::uint64_t unit) override {
        const CorpusTrace& each = traces_.at(unit);
        Trace trace = read(each);
        const bool comparable = states_results_of(trace.header, setup_);
        set_model(trace.header);
        UnitResult result;
        result.cases = 1;
        ReplayResult replayed = replay_on_model(trace, [&](const TraceStep& step, const World<Plain>& world, bool) {
            ++result.steps;
            result.coverage.add(world, step.op);
        });
        Broken& broken = replayed.broken;
        Digest digest;
        digest.add(result.steps);
        digest.add(digest_of(each.text));
        for (const Violation& one : broken.violations) digest.add(digest_of(one.property + one.text));
        if (comparable)
            for (const Difference& one : replayed.differences) digest.add(digest_of(text_of(one)));
        result.digest = digest.value();
        if (broken)
            result.findings.push_back(violated(unit, each.path, std::move(broken), std::move(trace)));
        else if (comparable && !replayed.differences.empty())
            result.findings.push_back(differs(unit, each.path, replayed.differences.front(), std::move(trace)));
        return result;
    }

    // Adds the cells that no trace before this one reaches.
    void add_cells(std::uint64_t unit, std::map<std::string, CellTrace>& cells) {
        const CorpusTrace& each = traces_.at(unit);
        Trace trace = read(each);
        set_model(trace.header);
        std::size_t steps = 0;
        replay_on_model(trace, [&](const TraceStep& step, const World<Plain>& world, bool) {
            ++steps;
            Coverage coverage;
            coverage.add(world, step.op);
            for (const auto& [cell, count] : cell_counts(coverage)) {
                const auto [added, is_new] = cells.try_emplace(cell, CellTrace{each.path, {trace.header, {}}});
                if (!is_new) continue;
                std::vector<TraceStep>& up_to_here = added->second.trace.steps;
                up_to_here.assign(trace.steps.begin(), trace.steps.begin() + static_cast<std::ptrdiff_t>(steps));
            }
        });
    }

private:
    void set_model(TraceHeader& header) const {
        header.profile = setup_.profile;
        header.faults = setup_.faults;
        header.shipped = setup_.shipped;
    }

    [[nodiscard]] Trace read(const CorpusTrace& from) const {
        ReadResult read = read_trace(from.text);
        const auto* error = std::get_if<ReadError>(&read);
        if (error != nullptr) throw std::runtime_error(describe(from.path, *error));
        return std::get<Trace>(std::move(read));
    }

    ReplayResult replay_on_model(const Trace& trace, decltype(ReplayOptions::observe) observe) {
        ReplayOptions options;
        options.checker = checker_;
        options.observe = std::move(observe);
        return replay(trace, options);
    }

    [[nodiscard]] Finding violated(std::uint64_t unit, const std::string& path, Broken broken, Trace trace) const {
        Finding found;
        found.origin = {std::string(engine_), unit, path};
        found.violations = std::move(broken.violations);
        trace.steps.resize(std::min(broken.step, trace.steps.size()));
        trace.header.expect = Expectation{true, found.property()};
        for (TraceStep& step : trace.steps) step.seen = {};
        found.trace = std::move(trace);
        return found;
    }

    // What the trace states stays in it, so that its replay shows the difference.
    [[nodiscard]] Finding differs(std::uint64_t unit, const std::string& path, const Difference& difference,
                                  Trace trace) const {
        Finding found;
        found.origin = {std::string(engine_), unit, path};
        found.violations.push_back({std::string(stated_result_name), text_of(difference)});
        trace.steps.resize(std::min(difference.step, trace.steps.size()));
        trace.header.expect.reset();
        found.trace = std::move(trace);
        return found;
    }

    std::string_view engine_;
    Setup setup_;
    const std::vector<CorpusTrace>& traces_;
    std::shared_ptr<PropertyChecker<Plain>> checker_ = make_full_checker();
};

class TraceEngine final : public Engine {
public:
    TraceEngine(std::string_view name, const CampaignConfig& config, std::vector<CorpusTrace> traces)
        : name_(name), config_(config), traces_(std::move(traces)) {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint64_t units() const override { return traces_.size(); }
    [[nodiscard]] std::uint64_t ops() const override { return 0; }
    [[nodiscard]] std::unique_ptr<EngineWorker> worker() const override {
        return std::make_unique<TraceWorker>(name_, config_, traces_);
    }

private:
    std::string_view name_;
    CampaignConfig config_;
    std::vector<CorpusTrace> traces_;
};

}  // namespace

std::unique_ptr<Engine> make_trace_engine(std::string_view name, const CampaignConfig& config,
                                          std::vector<CorpusTrace> traces) {
    return std::make_unique<TraceEngine>(name, config, std::move(traces));
}

std::map<std::string, CellTrace> cells_of_traces(const CampaignConfig& config, const std::vector<CorpusTrace>& traces) {
    std::map<std::string, CellTrace> cells;
    TraceWorker worker("", config, traces);
    for (std::size_t i = 0; i < traces.size(); ++i) worker.add_cells(i, cells);
    return cells;
}

}  // namespace vmacheck
