// What the tests of the explorer share.
#pragma once

#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/search.hpp"

#include <stdexcept>

namespace vmacheck {

inline Scope scope_named(const std::string& name, unsigned pages = 0) {
    std::optional<Scope> scope = built_in_scope(name, pages);
    if (!scope) throw std::logic_error("no scope " + name);
    return *std::move(scope);
}

inline ExploreResult explore(const Scope& scope, const ExploreOptions& options = {}) {
    return Search(scope, options).run();
}

inline ExploreOptions with_jobs(unsigned jobs) {
    ExploreOptions options;
    options.jobs = jobs;
    return options;
}

}  // namespace vmacheck
