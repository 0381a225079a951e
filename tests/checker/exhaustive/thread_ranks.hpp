// Ranks that are threads of one process, for tests of a search with ranks where there is no MPI.
#pragma once

#include "checker/exhaustive/ranks.hpp"

#include <barrier>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace vmacheck {

// What the ranks of one search share.
class ThreadMeeting {
public:
    explicit ThreadMeeting(unsigned size) : barrier(size), batches(size), words(size) {}
    std::barrier<> barrier;
    std::vector<std::vector<Batch>> batches;        // of each rank
    std::vector<std::vector<std::uint64_t>> words;  // of each rank
};

class ThreadRanks final : public Ranks {
public:
    ThreadRanks(ThreadMeeting& meeting, unsigned rank) : meeting_(meeting), rank_(rank) {}
    [[nodiscard]] unsigned rank() const override { return rank_; }
    [[nodiscard]] unsigned size() const override { return static_cast<unsigned>(meeting_.words.size()); }

private:
    std::vector<Batch> do_exchange(std::vector<Batch> batches) override {
        meeting_.batches[rank_] = std::move(batches);
        meeting_.barrier.arrive_and_wait();
        std::vector<Batch> arrived;
        for (auto& each : meeting_.batches) arrived.push_back(std::move(each.at(rank_)));
        meeting_.barrier.arrive_and_wait();
        return arrived;
    }
    void do_sum(std::span<std::uint64_t> words) override {
        reduce(words, [](std::uint64_t a, std::uint64_t b) { return a + b; });
    }
    void do_least(std::span<std::uint64_t> words) override {
        reduce(words, [](std::uint64_t a, std::uint64_t b) { return std::min(a, b); });
    }
    template <class F>
    void reduce(std::span<std::uint64_t> words, F&& f) {
        meeting_.words[rank_].assign(words.begin(), words.end());
        meeting_.barrier.arrive_and_wait();
        for (unsigned other = 0; other < size(); ++other)
            for (std::size_t i = 0; other != rank_ && i < words.size(); ++i)
                words[i] = f(words[i], meeting_.words[other].at(i));
        meeting_.barrier.arrive_and_wait();
    }

    ThreadMeeting& meeting_;
    unsigned rank_;
};

// Calls f on so many ranks at once.
inline void on_ranks(unsigned size, const std::function<void(Ranks&)>& f) {
    ThreadMeeting meeting(size);
    std::vector<std::thread> threads;
    for (unsigned rank = 0; rank < size; ++rank)
        threads.emplace_back([&, rank] {
            ThreadRanks ranks(meeting, rank);
            f(ranks);
        });
    for (std::thread& each : threads) each.join();
}

}  // namespace vmacheck
