// What makes one trace simpler than another, and the steps by which a trace may become simpler.
//
// A step is only ever taken to a trace of lower cost, so that taking steps comes to an end.
#pragma once

#include "checker/run/simplify/edit.hpp"

#include <array>
#include <compare>
#include <vector>

namespace vmacheck {

// How far a trace is from simple; compared from the first number to the last.
enum class CostPart : std::uint8_t {
    operations,
    bugs,          // faults switched on; shipped bugs count one more than their number
    layout,        // processes, VMAs, chain elements and objects of the starting layout
    processes,     // sum of the slots that operations are called in
    placed,        // mmap, mremap and shmat that leave the address to the kernel, and brk
    parameters,    // that differ from their defaults
    files,         // held open, and their attributes that differ from the defaults
    failures,      // sum of 1 + nth over injected failures and steps of other tasks
    mapped_files,  // mmaps of a file, and sum of the files' numbers
    flags,         // bits of prot, flags and call flags (not FIXED and ANONYMOUS), PRIVATE before SHARED
    choices,       // sum of advice and access as they are numbered
    unaligned,     // addresses and lengths that are no whole pages
    pages,         // sum of lengths
    offsets,       // sum of file offsets
    addresses,     // sum of distances from 0x10000, in pages
    limits,        // sum of the parameters that are limits, and not as by default
    count,
};

using Cost = std::array<std::uint64_t, static_cast<std::size_t>(CostPart::count)>;

Cost cost(const Trace& trace);

// Whether a reader would take it: its numbers have 64 bits, its parameters can be together, its files are possible.
bool can_be_written(const Trace& trace);

// All simplifications of a trace but the removal of operations, in the order in which they are tried. Results, as far
// as there are any, are those of the trace's operations.
//   bugs, layout, processes, parameters, files: each alone to nothing or to its default; the layout of the address
//     space with all addresses moved along
//   limits that are not as by default: to 0, by parts
//   a fork: its child's operations made in the parent, or left out; an exit left out; later processes named anew
//   an mmap left out, the others given its rights
//   an mprotect left out, its rights given to the mmaps before it, one of which takes its place; or what it is about
//     left unmapped
//   an mremap left out, operations before it made where it would move their pages
//   an operation left out, a later one failing one allocation earlier, or its first one instead of being refused
//   an mmap at a fixed address left out, another one made over its range too, and over the gap between them
//   a write access left out, an mmap before it with MAP_POPULATE
//   an shmat as an mmap
//   each argument: no failure, no step of another task or an earlier one, no file, fewer flags, a lower choice, whole pages, a kernel's choice spelled out, fewer
//     pages from either end, another address in use that is nearer to 0x10000
//   addresses and file offsets of all operations: gaps closed, all moved down
std::vector<Edit> simplifications(const Trace& trace, const std::vector<SeenResult>& results);

}  // namespace vmacheck
