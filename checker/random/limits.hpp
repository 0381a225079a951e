// The limits of random operations.
#pragma once

#include <cstddef>

namespace vmacheck {

// What the cases of a campaign have in common.
struct RandomLimits {
    unsigned pages = 40;         // of the window the addresses lie in, 4 to 100,000; cases take a part of it
    std::size_t vmas = 16;       // while there are more in all processes, operations only take away; 1 to 100,000
    unsigned processes = 3;      // at a time, 1 to max_processes
    unsigned case_steps = 2000;  // of every case but the last
    friend bool operator==(const RandomLimits&, const RandomLimits&) = default;
};

}  // namespace vmacheck
