// What a subject shows of itself at one moment, as data: the VMAs and counters of every process.
//
// The World is one subject and shows everything. A kernel behind /proc, or a recording, shows less: what it cannot show
// is absent here, and what is absent is neither compared nor checked. A starting layout is no observation: VmaSpec
// (setup.hpp) decides every field of a VMA that is to be made.
#pragma once

#include "model/op/flags.hpp"
#include "model/op/page_range.hpp"
#include "model/op/parameters.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace vmacheck {

// One VMA as a subject shows it. Page numbers.
struct VmaView {
    std::uint64_t start = 0;
    std::uint64_t end = 0;  // exclusive
    VmFlags flags = 0;
    std::optional<std::uint64_t> pgoff;   // pages
    std::uint16_t file = 0;               // id in Parameters::files, from 1; 0: none of these
    std::optional<unsigned> anon_vma;     // 1, 2, 3 ... by first appearance over all processes; 0: none
    std::optional<unsigned> chain;        // length of the anon_vma chain
    std::optional<std::uint16_t> policy;  // NUMA policy by number; 0: none
    std::optional<std::uint16_t> uffd;    // userfaultfd context; 0: none
    std::optional<std::uint16_t> name;    // of anonymous memory, by number; 0: none; absent: the kernel has no names
    std::vector<unsigned> chain_members;  // anon_vmas of the chain by number, newest first; empty: none, or not shown
    bool shared_object = false;           // backed by a shared anonymous object or a segment, which has no file id
    bool special = false;                 // a special mapping ([vdso], [vvar])
    // The object: equal at two moments where it is the same VMA. 0: the subject cannot show it.
    std::uint32_t identity = 0;
    friend bool operator==(const VmaView&, const VmaView&) = default;
};

// One process. Pages unless a name says bytes.
struct ProcessView {
    bool shown = false;       // false: the subject does not show this process
    bool vmas_shown = false;  // false: it shows the process, but not its VMAs
    bool alive = false;
    std::vector<VmaView> vmas;          // in the order in which the subject lists them
    VmFlags flags_shown = ~VmFlags{0};  // of the VMAs; the others are neither compared nor checked
    // By id, from 0 (no file): the id that the VMAs of the file show, where only inodes can be seen. Empty: the same id.
    std::vector<std::uint16_t> files_shown_as;
    std::optional<std::uint32_t> map_count;
    std::optional<std::uint64_t> brk_bytes;
    std::optional<std::uint64_t> total_vm;
    std::optional<std::uint64_t> data_vm;
    std::optional<std::uint64_t> exec_vm;
    std::optional<std::uint64_t> stack_vm;
    std::optional<std::uint64_t> locked_vm;
    std::optional<std::uint64_t> hiwater_vm;
    friend bool operator==(const ProcessView&, const ProcessView&) = default;
};

struct Observation {
    std::array<ProcessView, max_processes> processes;  // by slot
    std::optional<std::int64_t> committed;             // pages; below 0 where a bug returned more than was charged
    friend bool operator==(const Observation&, const Observation&) = default;
};

}  // namespace vmacheck
