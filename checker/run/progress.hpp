// How far a search has come, for people: it depends on the clock and on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace vmacheck {

struct Progress {
    std::uint64_t done = 0;
    std::uint64_t of = 0;  // the budget, or what is known so far; 0: nothing is known
    std::string note;      // "412 of 420 cells, 1 finding"; empty: nothing more to say
};

// Called by a search some times a second, in the calling thread unless it says otherwise.
using OnProgress = std::function<void(const Progress&)>;

// The note of a search by cases.
inline std::string found_something(bool found) {
    return found ? "found something: finishing the cases before it" : "";
}

}  // namespace vmacheck
