#include "checker/exhaustive/state_portions.hpp"

#include <exception>
#include <thread>
#include <vector>

namespace vmacheck {

void in_threads(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::vector<std::exception_ptr> failures(count);
    const auto guarded_work = [&](std::size_t thread) {
        try {
            work(thread);
        } catch (...) {
            failures[thread] = std::current_exception();
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(guarded_work, i);
    guarded_work(0);
    for (std::thread& each : threads) each.join();
    for (const std::exception_ptr& each : failures)
        if (each) std::rethrow_exception(each);
}

}  // namespace vmacheck
