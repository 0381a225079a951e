// A state of a scope, as the parts of the explorer's page: pictures and lists of what it consists of, the path that
// leads to it, and its last step in full.
#pragma once

#include "checker/exhaustive/path_walk.hpp"
#include "checker/report/story.hpp"

#include <string>

namespace vmacheck::html {

struct StateParts {
    std::string state;  // VMAs as a picture and as a list, page tables, files, counters
    std::string path;   // a row a call, with the address space after it; empty: no calls
    std::string step;   // the last call: result, merge case, pictures, changes, events; empty: no calls
    std::string more;   // anon_vma family, interval trees and the specification at the last call
};

// `story`: of the path, from explain(), with details of the last step.
StateParts state_parts(const Scope& scope, const PathState& state, const Story& story);

inline constexpr std::size_t most_path_rows = 100;  // the last ones are shown

}  // namespace vmacheck::html
