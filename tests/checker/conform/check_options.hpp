// Options of a check that a test wants: so many random operations, and nothing else.
#pragma once

#include "checker/conform/subject_check.hpp"

namespace vmacheck {

inline RandomConformOptions random_options(std::uint64_t ops) {
    RandomConformOptions options;
    options.ops = ops;
    return options;
}

inline SubjectCheckOptions check_options(std::uint64_t ops) {
    SubjectCheckOptions options;
    options.random = random_options(ops);
    return options;
}

}  // namespace vmacheck
