// A page on which lines and branches of a kernel tree's code a run executed, and which not.
#pragma once

#include "checker/subject/tree_coverage.hpp"

#include <string>

namespace vmacheck::html {

// `tree`: as --on names it; `version`: of the kernel; `again`: the command that made it.
std::string tree_coverage_page(const std::string& tree, const std::string& version, const std::string& again,
                               const std::vector<CoveredFunction>& functions);

}  // namespace vmacheck::html
