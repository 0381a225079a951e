#include "checker/campaign/run.hpp"

#include "checker/run/minimise.hpp"
#include "checker/run/model_runner.hpp"
#include "model/state/number.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/writer.hpp"

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

}  // namespace

void run_campaign(const Engines& engines, Results& results, const RunLimits& limits,
                  const std::function<void(const CampaignProgress&)>& progress) {
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    results.note_shard(limits.shard);
    const std::vector<Unit> units = units_to_do(engines, results, limits.shard);
    if (units.empty()) return;
    CampaignProgress now;
    now.ops = ops_of(engines, units);
    now.findings = results.findings().size();
    CellCounts cells = results.cells();
    Workers workers(engines, units);
    workers.start(static_cast<unsigned>(std::min<std::size_t>(std::max(1u, limits.jobs), units.size())));
    std::deque<Workers::Done> done;
    for (double told_s = 0; workers.wait(done); done.clear()) {
        for (const Workers::Done& each : done) {
            results.add({std::string(engines[each.unit.engine]->name()), each.unit.number}, each.unit.engine,
                        each.result);
            now.steps += each.result.steps;
            for (const auto& [cell, count] : cell_counts(each.result.coverage)) cells[cell] += count;
        }
        const bool stopped = limits.stop != nullptr && *limits.stop;
        if (stopped || (limits.time_s > 0 && elapsed() >= limits.time_s)) workers.stop();
        if (!progress || elapsed() - told_s < 0.2) continue;
        told_s = elapsed();
        const Grid grid = fill_grid(cells);
        now.cells_reached = grid.count(CellState::reached);
        now.cells = now.cells_reached + grid.count(CellState::open);
        now.findings = results.findings().size();
        progress(now);
    }
    results.add_session(limits.jobs, now.steps, elapsed());
}

void minimise_findings(Results& results, const std::function<void(const StoredFinding&)>& begins) {
    const TraceRunner subject = model_runner();
    std::size_t told = 0;
    for (const StoredFinding& each : results.findings()) {
        if (++told > told_findings) return;
        if (!each.minimised.empty()) continue;
        if (each.engine == corpus_engine) {
            results.set_minimised(each.key, each.trace, each.violation.text);
            continue;
        }
        if (begins) begins(each);
        ReadResult read = read_trace(each.trace);
        const auto* trace = std::get_if<Trace>(&read);
        if (trace == nullptr) throw DatabaseError("the trace of " + each.key + " cannot be read back");
        const auto minimised = minimise(*trace, subject, each.violation.property);
        if (!minimised) internal_assertion_failed("an engine and the minimiser's subject disagree");
        results.set_minimised(each.key, write_trace(minimised->trace), minimised->violation.text);
    }
}

}  // namespace vmacheck
