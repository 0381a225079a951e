// A kernel's source tree as a subject: its own files of mm/ and lib/, compiled with its own headers, and around them
// the functions and variables of the rest of the kernel that they need (checker/conform/tree).
//
// Nothing is written into the tree. What is built stays in the cache directory, so that after a change of the tree only
// what changed is compiled again. What a release has or has not is found by looking into its files, not by its number.
#pragma once

#include <string>
#include <vector>

namespace vmacheck {

struct TreeOptions {
    bool may_install = true;  // a missing compiler, after a line on standard error that says so
    bool sanitize = false;    // with ASan and UBSan
};

// Builds the tree at this path, and returns the program that speaks the protocol. Throws std::runtime_error: one clear
// line, and below it what the compiler said.
std::string build_tree(const std::string& path, const TreeOptions& options);

// "6.12.117", from the Makefile of the tree. Throws std::runtime_error if it is no kernel tree.
std::string tree_version(const std::string& path);

}  // namespace vmacheck
