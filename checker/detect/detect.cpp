#include "checker/detect/detect.hpp"

#include "checker/campaign/engines.hpp"
#include "checker/campaign/guide_engine.hpp"
#include "checker/campaign/trace_engine.hpp"
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/search.hpp"
#include "checker/random/engine.hpp"
#include "checker/run/minimise.hpp"
#include "checker/run/model_runner.hpp"
#include "checker/smt/guide.hpp"
#include "checker/smt/prove/prove.hpp"
#include "model/profiles/profile.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

namespace vmacheck {
namespace {

// What a search came to: the operations it performed, up to the first finding.
struct Searched {
    std::uint64_t ops = 0;
    std::optional<Finding> found;
};

bool is_stopped(const DetectOptions& options) {
    return options.stop != nullptr && *options.stop;
}

// The units of a campaign's engine, up to the first that finds something.
Searched search_by_units(const Engine& engine, const DetectOptions& options) {
    const std::unique_ptr<EngineWorker> worker = engine.worker();
    Searched searched;
    for (std::uint64_t unit = 0; unit < engine.units() && !searched.found && !is_stopped(options); ++unit) {
        UnitResult result = worker->run(unit);
        searched.ops += result.steps;
        if (!result.findings.empty()) searched.found = std::move(result.findings.front());
    }
    return searched;
}

CampaignConfig campaign_of(const Setup& setup, const DetectOptions& options) {
    CampaignConfig config;
    config.seed = options.seed;
    config.ops = options.ops;
    config.setup = setup;
    return config;
}

Searched replay_traces(const Setup& setup, const DetectOptions& options) {
    return search_by_units(*make_trace_engine(traces_engine, campaign_of(setup, options), options.traces), options);
}

Searched search_guided(const Setup& setup, const DetectOptions& options) {
    return search_by_units(*make_guide_engine(campaign_of(setup, options)), options);
}

// The same cases as the random engine of a campaign, whose units do not say which of their operations it was.
Searched search_randomly(const Setup& setup, const DetectOptions& options) {
    RandomOptions random;
    random.setup = setup;
    random.seed = options.seed;
    random.ops = options.ops;
    random.stop = options.stop;
    RandomResult result = run_random(random);
    return {result.steps, std::move(result.found)};
}

// Each built-in scope with its own number of pages.
Searched explore_scopes(const Setup& setup, const DetectOptions& options) {
    Searched searched;
    for (const ScopeInfo& each : built_in_scopes()) {
        Scope scope = *built_in_scope(each.name, 0);
        scope.setup.profile = setup.profile;
        scope.setup.faults = setup.faults;
        ExploreOptions explore;
        explore.limits.states = options.scope_states;
        explore.limits.stop = options.stop;
        ExploreResult result = Search(std::move(scope), explore).run();
        searched.ops += result.counts.calls;
        searched.found = std::move(result.finding);
        if (searched.found) break;
    }
    return searched;
}

Searched prove_small(const Setup& setup, const DetectOptions& options) {
    prove::ProveOptions prove;
    prove.profile = profile_named(setup.profile);
    prove.faults.add(*fault_named(setup.faults.front()));
    prove.scope = prove::Scope::small;
    prove.units_in_all = options.prove_units;
    prove.stop = options.stop;
    const prove::ProveResult result = prove::prove(prove);
    Searched searched{result.counts.runs, {}};
    if (const std::vector<const Finding*> found = result.findings(); !found.empty()) searched.found = *found.front();
    return searched;
}

struct DetectEngine {
    std::string_view name;
    Searched (*search)(const Setup& setup, const DetectOptions& options);
};
constexpr std::array detectors{
    DetectEngine{"random", search_randomly}, DetectEngine{"guide", search_guided},
    DetectEngine{"explore", explore_scopes}, DetectEngine{"prove", prove_small},
    DetectEngine{"traces", replay_traces},
};

constexpr auto names = [] {
    std::array<std::string_view, detectors.size()> list{};
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = detectors[i].name;
    return list;
}();

Detection detect_by(const DetectEngine& engine, const Setup& setup, const DetectOptions& options,
                    const TraceRunner& runner) {
    const auto begun = std::chrono::steady_clock::now();
    Searched searched = engine.search(setup, options);
    Detection detection{engine.name, searched.found.has_value(), {}, searched.ops, 0, 0};
    if (searched.found) {
        detection.property = searched.found->property();
        // What no runner repeats, a result that is not as a trace states it, stays as long as it is.
        const std::optional<Minimised> minimised = minimise(searched.found->trace, runner, detection.property);
        detection.shortest = minimised ? minimised->finding.trace.steps.size() : searched.found->trace.steps.size();
    }
    detection.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return detection;
}

bool is_wanted(const DetectOptions& options, std::string_view engine) {
    return options.engines.empty() ||
           std::find(options.engines.begin(), options.engines.end(), engine) != options.engines.end();
}

// By each engine in one profile, added to what was done in those before.
void detect_in(std::string_view profile, FaultRow& row, const DetectOptions& options, const TraceRunner& runner) {
    Setup setup;
    setup.profile = profile;
    setup.faults = {std::string(row.fault->name)};
    row.profile = profile;
    std::vector<Detection> before = std::move(row.engines);
    row.engines.clear();
    for (const DetectEngine& each : detectors) {
        if (!is_wanted(options, each.name) || is_stopped(options)) continue;
        Detection& now = row.engines.emplace_back(detect_by(each, setup, options, runner));
        if (before.empty()) continue;
        now.ops += before[row.engines.size() - 1].ops;
        now.elapsed_s += before[row.engines.size() - 1].elapsed_s;
    }
}

FaultRow detect_one(const FaultInfo& fault, const DetectOptions& options, const TraceRunner& runner) {
    FaultRow row{&fault, {}, {}};
    for (const std::string_view profile : profiles_of_fault(fault)) {
        if (is_stopped(options)) break;
        detect_in(profile, row, options, runner);
        if (row.first() != nullptr) break;
    }
    return row;
}

// Threads take faults in order; rows are put at the fault's place.
class Detectors {
public:
    Detectors(std::span<const FaultInfo* const> faults, const DetectOptions& options, const OnProgress& progress)
        : faults_(faults), options_(options), progress_(progress), rows_(faults.size()) {}

    std::vector<FaultRow> run() {
        {
            std::vector<std::jthread> threads;
            const std::size_t jobs = std::min<std::size_t>(std::max(1U, options_.jobs), faults_.size());
            for (std::size_t i = 0; i < jobs; ++i) threads.emplace_back([this] { work(); });
        }
        if (failure_) std::rethrow_exception(failure_);
        std::erase_if(rows_, [](const FaultRow& each) { return each.fault == nullptr; });
        return std::move(rows_);
    }

private:
    void work() try {
        const TraceRunner runner = model_runner();
        for (;;) {
            const std::size_t at = next_++;
            if (at >= faults_.size() || failed_) return;
            FaultRow row = detect_one(*faults_[at], options_, runner);
            if (is_stopped(options_)) return;  // and the row is not whole
            const std::lock_guard lock(mutex_);
            rows_[at] = std::move(row);
            if (progress_) progress_({++done_, faults_.size(), std::string(faults_[at]->name)});
        }
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        failed_ = true;
    }

    std::span<const FaultInfo* const> faults_;
    const DetectOptions& options_;
    const OnProgress& progress_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;  // of all that follows
    std::vector<FaultRow> rows_;
    std::uint64_t done_ = 0;
    std::exception_ptr failure_;
};

}  // namespace

const Detection* FaultRow::first() const {
    const auto at = std::find_if(engines.begin(), engines.end(), [](const Detection& each) { return each.found; });
    return at == engines.end() ? nullptr : &*at;
}

std::span<const std::string_view> detect_engines() {
    return names;
}

std::vector<std::string_view> profiles_of_fault(const FaultInfo& fault) {
    const KernelVersion introduced(fault.introduced);
    std::vector<std::string_view> around{default_profile().name};
    std::vector<std::string_view> of_no_release;
    for (const Profile& each : all_profiles()) {
        if (each.shipped.has(fault.fault)) return {each.name};
        if (each.name.find('-') != std::string_view::npos)
            of_no_release.push_back(each.name);
        else if (KernelVersion(each.name) <= introduced)
            around = {each.name};
        else if (around.size() == 1 && KernelVersion(around.front()) < introduced)
            around.push_back(each.name);
    }
    around.insert(around.end(), of_no_release.begin(), of_no_release.end());
    return around;
}

std::vector<FaultRow> detect(std::span<const FaultInfo* const> faults, const DetectOptions& options,
                             const OnProgress& progress) {
    return Detectors(faults, options, progress).run();
}

}  // namespace vmacheck
