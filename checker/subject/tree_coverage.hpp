// Which lines and branches of a kernel tree's code were executed, as gcov counts them in a build of the tree that keeps
// count (TreeBuild::covered).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

struct CoveredLine {
    unsigned number = 0;      // in the file, from 1
    std::uint64_t count = 0;  // how often it was executed
    unsigned branches = 0;    // that leave it
    unsigned taken = 0;       // of them
    std::string text;         // as the tree has it
};

struct CoveredFunction {
    std::string name;
    std::string file;           // "mm/vma.c"
    std::uint64_t entered = 0;  // how often
    std::vector<CoveredLine>
        lines;  // those with code, ascending; of what is inlined into others, all its copies together
};

// Leaves what earlier runs counted. `path`: of the tree.
void forget_tree_coverage(const std::string& path);

// What the ended programs of this tree have counted: the functions of the files that decide about VMAs, by file and line.
// Throws std::runtime_error: one clear line.
std::vector<CoveredFunction> tree_coverage(const std::string& path);

// Of several functions together.
struct CoverageTotal {
    std::uint64_t functions = 0, functions_reached = 0;
    std::uint64_t lines = 0, lines_reached = 0;
    std::uint64_t branches = 0, branches_taken = 0;
};
CoverageTotal coverage_total(const std::vector<CoveredFunction>& functions, const std::string& file);

}  // namespace vmacheck
