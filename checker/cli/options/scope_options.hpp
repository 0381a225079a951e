// What the verbs about scopes (explore, tour, guide) share: which scope, under which model.
#pragma once

#include "checker/cli/options/command.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/exhaustive/scope.hpp"

namespace vmacheck::cli {

struct ScopeOptions {
    std::string scope = "peer";  // a name, or the path of a TOML file
    unsigned pages = 0;          // 0: the scope's default
    ModelOptions model;
};

// Declares --scope, --pages, --profile, --faults and --shipped.
void add_scope_options(const Command& verb, ScopeOptions& options);

// Throws std::runtime_error with one line if there is no such scope, or its file is wrong.
Scope scope_of(const ScopeOptions& options);

// The options that choose the same scope again, " --scope peer --pages 5".
std::string scope_arguments(const ScopeOptions& options, unsigned pages);

}  // namespace vmacheck::cli
