// The operations that `reach` composes traces of: few kinds and flags, chosen for the goal; their numbers are left to
// the solver. "Unreachable" holds for this space only, so the answer prints the space.
#pragma once

#include "checker/smt/goal.hpp"
#include "model/op/parameters.hpp"

#include <string>
#include <vector>

namespace vmacheck::smt {

struct ReachSpace {
    std::vector<Op<Plain>> first;  // any operation but the last; numbers are of no meaning
    std::vector<Op<Plain>> last;
    std::vector<OpKind> likely;  // kinds that a trace to the goal most likely has before its last operation
    // Layouts and limits a trace may start with.
    struct Limits {
        std::string name;
        Parameters parameters;
    };
    std::vector<Limits> limits;
};

ReachSpace reach_space(const Goal& goal);

// "mprotect(READ|WRITE)": the operation without its numbers.
std::string form_text(const Op<Plain>& op);
// All of it in one line.
std::string describe(const ReachSpace& space);

}  // namespace vmacheck::smt
