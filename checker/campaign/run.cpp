#include "checker/campaign/run.hpp"

#include "checker/run/minimise.hpp"
#include "checker/run/model_runner.hpp"
#include "model/state/number.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace vmacheck {
namespace {

struct Unit {
    std::size_t engine = 0;  // rank
    std::uint64_t number = 0;
};

std::vector<Unit> units_to_do(const Engines& engines, Results& results, const Shard& shard) {
    const std::set<UnitName> done = results.done();
    std::vector<Unit> units;
    std::uint64_t place = 0;
    for (std::size_t rank = 0; rank < engines.size(); ++rank)
        for (std::uint64_t number = 0; number < engines[rank]->units(); ++number)
            if (place++ % shard.count == shard.index && done.count({std::string(engines[rank]->name()), number}) == 0)
                units.push_back({rank, number});
    return units;
}

// Threads take units in order; the calling thread stores what they bring.
class Workers {
public:
    Workers(const Engines& engines, const std::vector<Unit>& units) : engines_(engines), units_(units) {}
    ~Workers() {
        stop_ = true;
        for (std::thread& each : threads_) each.join();
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    void start(unsigned jobs) {
        running_ = jobs;
        for (unsigned i = 0; i < jobs; ++i) threads_.emplace_back([this] { work(); });
    }
    void stop() { stop_ = true; }

    struct Done {
        Unit unit;
        UnitResult result;
    };
    // Waits a moment for something to store. False: all threads have ended and there is nothing more.
    bool wait(std::deque<Done>& taken) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(200), [&] { return !done_.empty() || running_ == 0; });
        taken.swap(done_);
        if (failure_) std::rethrow_exception(failure_);
        return running_ != 0 || !taken.empty();
    }

private:
    void work() {
        try {
            std::vector<std::unique_ptr<EngineWorker>> workers(engines_.size());
            for (;;) {
                const std::size_t at = next_++;
                if (stop_ || at >= units_.size()) break;
                const Unit unit = units_[at];
                auto& worker = workers[unit.engine];
                if (worker == nullptr) worker = engines_[unit.engine]->worker();
                Done done{unit, worker->run(unit.number)};
                const std::lock_guard lock(mutex_);
                done_.push_back(std::move(done));
                changed_.notify_one();
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
            stop_ = true;
        }
        const std::lock_guard lock(mutex_);
        --running_;
        changed_.notify_one();
    }

    const Engines& engines_;
    const std::vector<Unit>& units_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> stop_{false};
    std::mutex mutex_;  // of all that follows
    std::condition_variable changed_;
    unsigned running_ = 0;
    std::deque<Done> done_;
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

std::uint64_t ops_of(const Engines& engines, const std::vector<Unit>& units) {
    double ops = 0;  // units are about equal
    for (const Unit& each : units)
        ops += static_cast<double>(engines[each.engine]->ops()) / static_cast<double>(engines[each.engine]->units());
    return static_cast<std::uint64_t>(ops + 0.5);
}

// "412 of 420 cells, 1 finding".
std::string note_on(const CellCounts& cells, Results& results) {
    const Grid grid = fill_grid(cells);
    const std::size_t reached = grid.count(CellState::reached);
    return fmt::format("{} of {} cells, {}", reached, reached + grid.count(CellState::open),
                       plural(results.finding_keys().size(), "finding"));
}

}  // namespace

void run_campaign(const Engines& engines, Results& results, const RunLimits& limits, const OnProgress& progress) {
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    results.note_shard(limits.shard);
    const std::vector<Unit> units = units_to_do(engines, results, limits.shard);
    if (units.empty()) return;
    Progress now{0, ops_of(engines, units), {}};
    CellCounts cells = results.cells();
    Workers workers(engines, units);
    workers.start(static_cast<unsigned>(std::min<std::size_t>(std::max(1u, limits.jobs), units.size())));
    std::deque<Workers::Done> done;
    for (double shown_s = 0; workers.wait(done); done.clear()) {
        for (const Workers::Done& each : done) {
            results.add({std::string(engines[each.unit.engine]->name()), each.unit.number}, each.unit.engine,
                        each.result);
            now.done += each.result.steps;
            for (const auto& [cell, count] : cell_counts(each.result.coverage)) cells[cell] += count;
        }
        const bool stopped = limits.stop != nullptr && *limits.stop;
        if (stopped || (limits.time_s > 0 && elapsed() >= limits.time_s)) workers.stop();
        if (!progress || elapsed() - shown_s < 0.2) continue;
        shown_s = elapsed();
        now.note = note_on(cells, results);
        progress(now);
    }
    results.add_session(limits.jobs, now.done, elapsed());
}

void minimise_findings(Results& results, const std::function<void(const StoredFinding&)>& begins) {
    const TraceRunner runner = model_runner();
    std::size_t reported = 0;
    for (const StoredFinding& each : results.findings()) {
        if (++reported > most_reported) return;
        if (each.minimised) continue;
        const std::string key = each.found.key();
        if (each.found.origin.engine == corpus_engine || each.found.is_difference()) {  // as short as it can be
            results.set_minimised(key, each.found);
            continue;
        }
        if (begins) begins(each);
        const auto minimised = minimise(each.found.trace, runner, each.found.property());
        if (!minimised) internal_assertion_failed("the finding did not reproduce in the minimiser");
        results.set_minimised(key, minimised->finding);
    }
}

}  // namespace vmacheck
