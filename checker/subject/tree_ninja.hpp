// How a kernel tree's code is compiled: the text of its build.ninja.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vmacheck {

enum class TreeBuild : std::uint8_t {
    plain,
    traced,     // for one step its basic blocks are recorded in their order
    sanitized,  // each access to an object is checked, as KASAN does, and some of what C does not define, as UBSAN does
    covered,    // writes how often each line was executed when it ends, as gcov reads it
};

// Of the tree with this path. The directory of the file has include/, with what the kernel's build would generate.
std::string tree_ninja(const std::string& tree, TreeBuild build);

// A function of the tree that the surroundings call, and the file of the tree that has it.
struct TreeEntry {
    std::string_view function;
    std::string_view file;
};
std::span<const TreeEntry> tree_entries();

}  // namespace vmacheck
