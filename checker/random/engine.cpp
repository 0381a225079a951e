#include "checker/random/engine.hpp"

#include "checker/replay.hpp"
#include "properties/catalogue.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace vmacheck {
namespace {

struct CaseResult {
    std::uint64_t steps = 0;
    std::uint64_t digest = 0;
    Coverage coverage;
    std::optional<FoundCase> found;
};

struct Fnv {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    void add(std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3ULL; }
};

// Runs cases, one after the other; a thread has one.
class CaseRunner {
public:
    explicit CaseRunner(const RandomOptions& options) : options_(options) {}

    CaseResult run(std::uint64_t number, std::uint64_t steps) {
        CasePlan plan = plan_case(options_.seed, number, options_.limits);
        TraceHeader header = options_.model;
        header.parameters = std::move(plan.parameters);
        const StartedWorld started = start_world(header, {});
        if (started.world == nullptr) throw std::runtime_error(started.error);
        World<Plain>& world = *started.world;
        RandomOps generator(SplitMix64(plan.seed).next(), header.parameters, plan.window);
        ops_.clear();
        report_.clear();
        CaseResult result;
        Fnv digest;
        const bool held = guarded([&] {
            std::size_t phase = 0;
            std::uint64_t left = 0;  // of the phase
            for (; result.steps < steps && report_.empty(); --left) {
                if (left == 0) {
                    const Phase& next = plan.phases[phase++ % plan.phases.size()];
                    generator.set_mix(next.mix);
                    left = next.steps;
                }
                step(world, generator, result, digest);
            }
        });
        const bool at_end = held && report_.empty();
        if (at_end) guarded([&] { examiner_->sweep(world, report_); });
        digest.add(world.digest());
        result.digest = digest.hash;
        if (!report_.empty()) result.found = found(number, std::move(header), at_end);
        return result;
    }

private:
    void step(World<Plain>& world, RandomOps& generator, CaseResult& result, Fnv& digest) {
        const Op<Plain>& op = ops_.emplace_back(generator.next(world));
        ++result.steps;
        const Outcome<Plain>& outcome = world.apply(op);
        result.coverage.add(op.kind, outcome);
        digest.add(static_cast<std::uint64_t>(outcome.error));
        digest.add(outcome.value.value());
        digest.add(outcome.events.size());
        examiner_->step(world, op, report_);
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

    FoundCase found(std::uint64_t number, TraceHeader header, bool at_end) const {
        FoundCase found;
        found.number = number;
        found.violation = report_.violations().front();
        found.at_end = at_end;
        header.seed = options_.seed;
        header.made_by = "random";
        header.title = fmt::format("random, seed {}, case {}: {}", options_.seed, number, found.violation.property);
        if (found.violation.property != internal_assertion_name)
            header.expect = Expectation{true, found.violation.property};
        found.trace.header = std::move(header);
        for (const Op<Plain>& op : ops_) {
            found.trace.steps.emplace_back().op = op;
        }
        return found;
    }

    const RandomOptions& options_;
    std::unique_ptr<ExaminerBase<Plain>> examiner_ = make_examiner<Plain>();
    Report report_;
    std::vector<Op<Plain>> ops_;  // of the case
};

// Hands out cases in order, and sums their results in order.
class Campaign {
public:
    explicit Campaign(const RandomOptions& options)
        : options_(options),
          case_steps_(options.limits.case_steps),
          cases_((options.ops + case_steps_ - 1) / case_steps_),
          running_(std::max(1u, options.jobs)) {}

    RandomResult run(const std::function<void(const RandomProgress&)>& progress) {
        std::vector<std::thread> threads;
        for (unsigned i = std::max(1u, options_.jobs); i > 0; --i) threads.emplace_back([this] { work(); });
        {
            std::unique_lock lock(mutex_);
            while (!done_.wait_for(lock, std::chrono::milliseconds(200), [&] { return running_ == 0; })) {
                if (!progress) continue;
                const RandomProgress now{performed_, options_.ops, lowest_found_ < cases_};
                lock.unlock();
                progress(now);
                lock.lock();
            }
        }
        for (std::thread& each : threads) each.join();
        if (failure_) std::rethrow_exception(failure_);
        sum_.digest = digest_.hash;
        return std::move(sum_);
    }

private:
    void work() {
        try {
            CaseRunner runner(options_);
            for (;;) {
                const std::uint64_t number = next_++;
                if (number >= cases_ || number > lowest_found_) break;
                const std::uint64_t before = number * case_steps_;
                submit(number, runner.run(number, std::min<std::uint64_t>(case_steps_, options_.ops - before)));
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
            lowest_found_ = 0;  // no more work
        }
        const std::lock_guard lock(mutex_);
        --running_;
        done_.notify_one();
    }

    void submit(std::uint64_t number, CaseResult&& result) {
        const std::lock_guard lock(mutex_);
        performed_ += result.steps;
        if (result.found && number < lowest_found_) lowest_found_ = number;
        waiting_.emplace(number, std::move(result));
        while (!sum_.found && !waiting_.empty() && waiting_.begin()->first == sum_.cases) {
            CaseResult& first = waiting_.begin()->second;
            sum_.steps += first.steps;
            sum_.coverage.add(first.coverage);
            digest_.add(first.digest);
            sum_.found = std::move(first.found);
            ++sum_.cases;
            waiting_.erase(waiting_.begin());
        }
    }

    const RandomOptions& options_;
    const std::uint64_t case_steps_;
    const std::uint64_t cases_;
    std::atomic<std::uint64_t> next_{0};
    std::atomic<std::uint64_t> lowest_found_{~std::uint64_t{0}};

    std::mutex mutex_;  // of all that follows
    std::condition_variable done_;
    unsigned running_;  // threads that have not ended
    std::uint64_t performed_ = 0;
    std::map<std::uint64_t, CaseResult> waiting_;  // for cases below them
    RandomResult sum_;
    Fnv digest_;
    std::exception_ptr failure_;
};

}  // namespace

RandomResult run_random(const RandomOptions& options, const std::function<void(const RandomProgress&)>& progress) {
    return Campaign(options).run(progress);
}

}  // namespace vmacheck
