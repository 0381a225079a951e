// Scopes of users: a TOML file.
//
//   name = "two protections"      alloc_failures = 1     # defaults: the file's name, 0
//   pages = 3                     failing_calls = true
//   other_steps = 0               # each call also with steps of another task at its first so many places for one
//   processes = 1                 profile = "v5.10"      faults = []      shipped = false
//   [parameters]                  # any parameter of a trace's header by its name (traces/FORMAT.md); numbers
//   max_map_count = 3
//   [[file]]                      # files that are open, numbered from 1
//   kind = "regular"              pages = 2              # left out: without end
//   [[calls]]                     # every combination of what is listed, at every place of the window
//   op = "mmap"
//   map = ["PRIVATE|ANONYMOUS|FIXED"]
//   prot = ["READ", "READ|WRITE"]
//   # and where the operation has them: file, offset (pages), advice, access, flags, number (policy or userfaultfd)
#pragma once

#include "checker/exhaustive/scope.hpp"

#include <variant>

namespace vmacheck {

// The scope, or what is wrong as one line with its place. `pages`: of the window, instead of what the file says; 0: as
// the file says.
std::variant<Scope, std::string> read_scope(std::string_view toml, const std::string& path, unsigned pages = 0);
std::variant<Scope, std::string> read_scope_file(const std::string& path, unsigned pages = 0);

}  // namespace vmacheck
