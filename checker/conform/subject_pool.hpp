// Several subjects of one kind that work at the same time: cases, traces and tours start from a fresh subject each, so
// that they can be performed in any order, and what came of them is looked at in theirs.
#pragma once

#include "checker/subject/subject.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace vmacheck {

class SubjectPool {
public:
    // All work is done on `first`, on the calling thread.
    explicit SubjectPool(Subject& first) : first_(first) {}
    // All work is done on the others, on a thread for each; `first` is left to the calling thread.
    SubjectPool(Subject& first, std::vector<std::unique_ptr<Subject>> others);
    // Ends the threads. Each has ended its subject before.
    ~SubjectPool();
    SubjectPool(const SubjectPool&) = delete;
    SubjectPool& operator=(const SubjectPool&) = delete;

    [[nodiscard]] Subject& first() { return first_; }

    // Calls run(subject, n) for n = 0, 1, 2 ... below `end`, and merge(run's result) on the calling thread, in the order of
    // n, until it returns false. With several subjects run() is called ahead of that; what it throws is thrown here in its
    // turn. `waits` is called some times a second while there is nothing to merge.
    template <class Run, class Merge>
    void in_order(std::uint64_t end, Run&& run, Merge&& merge, const std::function<void()>& waits = {});

private:
    // Work that is begun before all in front of it is merged, for each subject: cases are of different length.
    static constexpr std::uint64_t ahead = 4;

    template <class Result>
    struct Done {
        std::optional<Result> result;
        std::exception_ptr failure;
    };

    void serve(std::unique_ptr<Subject> subject);
    // Lets each thread call `work` with its subject.
    void begin(std::function<void(Subject&)> work);
    void wait_for_all();

    Subject& first_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;  // of all that follows, and of what in_order() shares with its threads
    std::condition_variable changed_;
    std::function<void(Subject&)> work_;  // empty: the threads are to end
    std::uint64_t round_ = 0;             // how often work was begun
    std::size_t working_ = 0;             // threads that have not ended this round
};

template <class Run, class Merge>
void SubjectPool::in_order(std::uint64_t end, Run&& run, Merge&& merge, const std::function<void()>& waits) {
    if (threads_.empty()) {
        for (std::uint64_t n = 0; n < end; ++n)
            if (!merge(run(first_, n))) return;
        return;
    }
    using Result = std::invoke_result_t<Run&, Subject&, std::uint64_t>;
    std::map<std::uint64_t, Done<Result>> done;
    std::uint64_t next = 0;
    std::uint64_t merged = 0;
    begin([&](Subject& subject) {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return next >= end || next < merged + ahead * threads_.size(); });
            if (next >= end) return;
            const std::uint64_t n = next++;
            lock.unlock();
            Done<Result> one;
            try {
                one.result.emplace(run(subject, n));
            } catch (...) {
                one.failure = std::current_exception();
            }
            lock.lock();
            done.emplace(n, std::move(one));
            changed_.notify_all();
        }
    });
    std::exception_ptr failure;
    const std::uint64_t all = end;
    while (merged < all && !failure) {
        std::unique_lock lock(mutex_);
        const auto is_there = [&] { return done.count(merged) != 0; };
        if (!changed_.wait_for(lock, std::chrono::milliseconds(200), is_there)) {
            lock.unlock();
            if (waits) waits();
            continue;
        }
        Done<Result> one = std::move(done.extract(merged).mapped());
        lock.unlock();
        bool more = false;
        try {
            if (one.failure) std::rethrow_exception(one.failure);
            more = merge(*std::move(one.result));
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        ++merged;
        changed_.notify_all();
        if (!more) break;
    }
    {
        const std::lock_guard lock(mutex_);
        end = 0;  // nothing more is begun
        changed_.notify_all();
    }
    wait_for_all();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace vmacheck
