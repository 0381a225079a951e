#include "checker/random/engine.hpp"
#include "model/state/digest.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace vmacheck {
namespace {

// Hands out cases in order, and sums their results in order.
class Campaign {
public:
    explicit Campaign(const RandomOptions& options)
        : options_(options),
          case_steps_(options.limits.case_steps),
          cases_((options.ops + case_steps_ - 1) / case_steps_),
          running_(std::max(1u, options.jobs)) {}

    RandomResult run(const OnProgress& progress) {
        std::vector<std::thread> threads;
        for (unsigned i = std::max(1u, options_.jobs); i > 0; --i) threads.emplace_back([this] { work(); });
        {
            std::unique_lock lock(mutex_);
            while (!done_.wait_for(lock, std::chrono::milliseconds(200), [&] { return running_ == 0; })) {
                if (!progress) continue;
                const Progress now{performed_, options_.ops, found_something(lowest_found_ < cases_)};
                lock.unlock();
                progress(now);
                lock.lock();
            }
        }
        for (std::thread& each : threads) each.join();
        if (failure_) std::rethrow_exception(failure_);
        sum_.digest = digest_.value();
        sum_.complete = sum_.found || sum_.cases == cases_;
        return std::move(sum_);
    }

private:
    void work() {
        try {
            CaseRunner runner(options_.setup, options_.seed, options_.limits);
            // Cases are begun in order, and those that are begun are ended: nothing is missing below them.
            while (options_.stop == nullptr || !*options_.stop) {
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
    Digest digest_;
    std::exception_ptr failure_;
};

}  // namespace

RandomResult run_random(const RandomOptions& options, const OnProgress& progress) {
    return Campaign(options).run(progress);
}

}  // namespace vmacheck
