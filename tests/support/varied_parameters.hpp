// Parameters and operations for runs over many seeds, and what such a run prints when a property breaks.
#pragma once

#include "checker/random/random_ops.hpp"
#include "properties/step/property.hpp"
#include "tests/support/report_text.hpp"

#include <string>

namespace vmacheck {

// Never more memory than so many pages, of which two and up to three are withheld.
inline void never_overcommit(Parameters& p, std::uint64_t pages) {
    p.overcommit_mode = 2;
    p.commit_limit = pages;
    p.admin_reserve = 2;
    p.user_reserve = 3;
}

// Those of small_parameters(), with limits and configuration that differ from seed to seed.
inline Parameters varied_parameters(std::uint64_t seed) {
    Parameters p = small_parameters();
    p.bottom_up = seed % 3 == 1;
    p.soft_dirty = seed % 4 == 2;
    p.page_layer = seed % 8 != 7;
    p.cap_ipc_lock = seed % 2 == 1;
    p.cap_sys_nice = seed % 3 == 0;
    p.thp = seed % 10 != 9;
    if (seed % 5 == 4) p.max_map_count = 60;
    if (seed % 6 == 5) p.rlimit_as = 40;
    if (seed % 7 == 3) p.rlimit_data = 20;
    if (seed % 5 == 2) never_overcommit(p, 70);
    if (seed % 9 == 4) p.rlimit_memlock = 6;
    if (seed % 7 == 6) add_huge_page_files(p);
    return p;
}

// Many operations allocate nothing. With failures injected into twice as many, more than one step in 200 fails an
// allocation; the runs hold that.
inline OpMix mix_with_more_failures() {
    OpMix mix;
    mix.failures = 2;
    return mix;
}

}  // namespace vmacheck
