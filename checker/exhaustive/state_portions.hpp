// How threads divide states among them.
#pragma once

#include "checker/exhaustive/state_store.hpp"

#include <algorithm>
#include <atomic>
#include <functional>

namespace vmacheck {

// Hands out states in number order. Neighbours share most of their paths, so a thread gets several; towards the end
// fewer, so that threads end together.
class StatePortions {
public:
    StatePortions(StateNumber begin, StateNumber end, std::size_t threads)
        : next_(begin), end_(end), threads_(threads) {}

    // The next states are those from `begin` up to `end`. False: there are no more.
    bool take(StateNumber& begin, StateNumber& end) {
        constexpr StateNumber most = 8;
        begin = next_.load();
        do {
            if (begin == end_) return false;
            end = begin + std::clamp<StateNumber>((end_ - begin) / (4 * threads_), 1, most);
        } while (!next_.compare_exchange_weak(begin, end));
        return true;
    }

private:
    std::atomic<StateNumber> next_;
    StateNumber end_;
    std::size_t threads_;
};

// Calls work(0), work(1) ... in a thread each, the first in this one. What one of them throws is thrown here.
void in_threads(std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace vmacheck
