// The scopes that come with the program, by name.
#pragma once

#include "checker/exhaustive/scope.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace vmacheck {

struct ScopeInfo {
    std::string_view name;
    std::string_view about;
    unsigned pages;  // default
};
std::span<const ScopeInfo> built_in_scopes();
// A built-in scope with so many pages (0: its default); nothing if there is none of this name.
std::optional<Scope> built_in_scope(std::string_view name, unsigned pages);

}  // namespace vmacheck
