// Source trees that Debian has as packages: downloaded, and what is needed of them unpacked, in the cache directory.
#pragma once

#include <string>

namespace vmacheck {

// The path of the tree that "tree:" names: a path as it is; for "6.12" the source package that Debian has, which is
// downloaded and unpacked in the cache directory. Throws std::runtime_error.
std::string tree_path(const std::string& which, bool may_install);

}  // namespace vmacheck
