// A kernel's source tree as a subject: its own files of mm/ and lib/, compiled with its own headers, and around them
// the functions and variables of the rest of the kernel that they need (checker/conform/tree).
//
// Nothing is written into the tree. What is built stays in the cache directory, so that after a change of the tree only
// what changed is compiled again. What a release has or has not is found by looking into its files, not by its number.
#pragma once

#include "checker/subject/tree_ninja.hpp"

#include <string>

namespace vmacheck {

// Builds the tree at this path, and returns the program that speaks the protocol. A missing compiler is installed if it
// may be, after a line on standard error that says so. Throws std::runtime_error: one clear line, and below it what the
// compiler said.
std::string build_tree(const std::string& path, bool may_install, TreeBuild build = TreeBuild::plain);

// Where that build of the tree is, or will be. Throws std::runtime_error if there is no such path.
std::string tree_directory(const std::string& path, TreeBuild build);

// "6.12.117", from the Makefile of the tree. Throws std::runtime_error if it is no kernel tree.
std::string tree_version(const std::string& path);

}  // namespace vmacheck
