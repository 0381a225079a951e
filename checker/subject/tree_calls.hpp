// Which functions of a kernel tree a call goes through, and their lines, from a build of the tree for that
// (TreeBuild::traced).
#pragma once

#include "traces/format/trace.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct TreeCall {
    unsigned depth = 0;  // of those that are listed
    std::string function;
    std::string file;         // "mm/vma.c"
    unsigned first_line = 0;  // executed in this call of it
    unsigned last_line = 0;   // after which it returned, or the step ended
    unsigned times = 1;       // in a row, without a call of another listed function
};

// Performs the trace on the tree at this path, and follows its last step. Functions of mm/*.c in the order in which they
// were entered, inlined ones as well. Left out: those that walk and keep page tables, with all below them, and those of a
// single line.
// Throws std::runtime_error or SubjectLost: one clear line.
std::vector<TreeCall> tree_calls_of_last_step(const std::string& path, const Trace& trace);

// A block of the tree's code that was entered: its functions, the outermost first, with the line in each.
struct TreePlace {
    struct Level {
        std::string function;
        std::string file;
        unsigned line = 0;
    };
    std::vector<Level> levels;
    std::uint64_t frame = 0;  // of the stack; that of a called function is lower
};
std::vector<TreeCall> calls_of(const std::vector<TreePlace>& places);

// One line each, indented by depth.
std::string tree_calls_text(const std::vector<TreeCall>& calls, std::string_view indent);

}  // namespace vmacheck
