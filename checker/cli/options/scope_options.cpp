#include "checker/cli/options/scope_options.hpp"
#include "checker/cli/options/command.hpp"

#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/scope_file.hpp"
#include "traces/format/did_you_mean.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace vmacheck::cli {
namespace {

bool is_path(const std::string& scope) {
    return scope.find('/') != std::string::npos || scope.ends_with(".toml");
}

std::vector<std::string_view> scope_names() {
    std::vector<std::string_view> names;
    for (const ScopeInfo& each : built_in_scopes()) names.push_back(each.name);
    return names;
}

}  // namespace

void add_scope_options(const Command& verb, ScopeOptions& options) {
    verb.add_option("--scope", options.scope,
                    "a built-in scope ('vmacheck list scopes'), or a TOML file (default peer)");
    verb.add_option("--pages", options.pages, "pages of the window, instead of the scope's")
        .between(least_pages, most_pages);
    add_model_options(verb, options.model);
}

Scope scope_of(const ScopeOptions& options) {
    Scope scope;
    if (is_path(options.scope)) {
        std::variant<Scope, std::string> read = read_scope_file(options.scope, options.pages);
        if (const auto* wrong = std::get_if<std::string>(&read)) throw std::runtime_error(*wrong);
        scope = std::get<Scope>(std::move(read));
    } else {
        std::optional<Scope> found = built_in_scope(options.scope, options.pages);
        if (!found)
            throw std::runtime_error(fmt::format("unknown scope '{}'{}; there are {}, or give the path of a .toml file",
                                                 options.scope, did_you_mean(options.scope, scope_names()),
                                                 fmt::join(scope_names(), ", ")));
        scope = *std::move(found);
    }
    apply_model_options(options.model, scope.setup);
    return scope;
}

std::string scope_arguments(const ScopeOptions& options, unsigned pages) {
    return fmt::format(" --scope {} --pages {}{}", shell_quote(options.scope), pages, model_arguments(options.model));
}

}  // namespace vmacheck::cli
