// What a run starts from, as plain data: which kernel is modelled, its parameters, and the state before the first
// operation. make_world (model/state/build.hpp) makes the World of it.
#pragma once

#include "model/op/parameters.hpp"

#include <cstdint>
#include <string>
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
    friend bool operator==(const AnonVmaSpec&, const AnonVmaSpec&) = default;
};

// A shared anonymous object.
struct SharedObjectSpec {
    std::uint16_t number = 0;
    std::uint64_t charged = 0;        // pages
    std::uint64_t pages = unlimited;  // its size; unlimited: it has no end
    friend bool operator==(const SharedObjectSpec&, const SharedObjectSpec&) = default;
};

// Address spaces described from outside.
struct StateSpec {
    std::vector<ProcessSpec> processes;
    std::vector<AnonVmaSpec> anon_vmas;
    std::vector<SharedObjectSpec> shared_objects;
};

// The model of a run and its first state. Equal setups give equal Worlds.
struct Setup {
    std::string profile = "v5.10";
    std::vector<std::string> faults;  // by name
    bool shipped = false;             // with the bugs that the profile's kernel was released with
    Parameters parameters;
    std::vector<ProcessSpec> layout;               // starting layout; empty: one process without mappings
    std::vector<AnonVmaSpec> anon_vmas;            // family ties of the layout's anon_vmas
    std::vector<SharedObjectSpec> shared_objects;  // the layout's shared anonymous objects
    friend bool operator==(const Setup&, const Setup&) = default;
};

}  // namespace vmacheck
