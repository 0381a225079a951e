// Files that come with the program: the traces of the corpus, and the C files around a kernel tree.
#pragma once

#include <optional>
#include <string>

namespace vmacheck {

// Such a file or folder, by its path from the root of the tree ("traces/corpus"), as it is installed with the program:
// below ../share/vmacheck from where that is. Nothing: the program is not installed, or has no such file.
std::optional<std::string> installed_file(const std::string& path);
// The installed one, or else that of the tree which the program was built from.
std::string own_file(const std::string& path);

}  // namespace vmacheck
