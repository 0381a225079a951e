// Cases about what ordinary ones never have. Which a case is follows from its seed without a draw, so that the others
// stay what they are when a kind is added.
#pragma once

#include "checker/random/case.hpp"

#include <cstdint>

namespace vmacheck {

enum class CaseKind : std::uint8_t {
    ordinary,
    huge_pages,      // files of hugetlbfs
    narrow_offsets,  // page offsets of few bits, a stack that was moved; in half of them stacks grow up
    long_mappings,   // mappings of 2^31 and 2^32 pages, without limits; in half of them a stack at the top of 64 bits
    over_limits,     // limits that are below what is mapped already, as setrlimit leaves them
    two_behaviours,  // files that do two things at once, and arguments near 2^64
    programs,        // processes that start programs, in half of them with a limit that their stack may meet
};

// Two in sixteen have huge pages, one each is of the others.
CaseKind kind_of_case(std::uint64_t case_seed);

// Makes an ordinary plan one of its seed's kind.
void make_special(CasePlan& plan);

}  // namespace vmacheck
