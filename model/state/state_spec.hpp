// The state of a World as data, without a World: what a trace's layout says, and what build.hpp builds.
#pragma once

#include "model/op/flags.hpp"
#include "model/op/parameters.hpp"

#include <cstdint>
#include <vector>

namespace vmacheck {

// A VMA. Page numbers and counts.
struct VmaSpec {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    VmFlags flags = 0;
    std::uint64_t pgoff = 0;
    std::uint16_t file = 0;           // id of an open file (Parameters::files, from 1); 0: none
    std::uint16_t shared_object = 0;  // number, from 1, of a shared anonymous object; 0: none
    bool special = false;             // a special mapping (vdso)
    std::vector<unsigned> chain;  // anon_vmas by number, newest first; empty: unfaulted. The VMA's own is `anon_vma`
    unsigned anon_vma = 0;        // number of its anon_vma, 0: unfaulted
    std::uint16_t policy = 0;     // its NUMA policy, 0: none
    std::uint16_t uffd = 0;       // its userfaultfd context, 0: none; goes with the UFFD flags
    friend bool operator==(const VmaSpec&, const VmaSpec&) = default;
};

struct ProcessSpec {
    std::uint8_t slot = 0;
    std::uint64_t brk_bytes = 0;  // 0: start_brk
    VmFlags def_flags = 0;
    std::vector<VmaSpec> vmas;  // in address order
    friend bool operator==(const ProcessSpec&, const ProcessSpec&) = default;
};

// Family ties of an anon_vma; those not described are roots.
struct AnonVmaSpec {
    unsigned number = 0;
    unsigned root = 0;    // its own number: a root
    unsigned parent = 0;  // its own number: a root
};

// A shared anonymous object.
struct SharedObjectSpec {
    std::uint16_t number = 0;
    std::uint64_t charged = 0;        // pages
    std::uint64_t pages = unlimited;  // its size; unlimited: it has no end
};

struct StateSpec {
    std::vector<ProcessSpec> processes;
    std::vector<AnonVmaSpec> anon_vmas;
    std::vector<SharedObjectSpec> shared_objects;
};

}  // namespace vmacheck
