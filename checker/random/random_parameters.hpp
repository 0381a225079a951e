// The small address space that random operations live in, and the files they may map.
#pragma once

#include "model/op/parameters.hpp"
#include "model/state/setup.hpp"
#include "model/state/world_fwd.hpp"

#include <vector>

namespace vmacheck {

// A layout that fits a window of 16 to 60 pages: mmap_base at page 64, the heap starting in the middle of what lies
// below, a guard gap of 3 pages, stacks of at most 8, at most 18 VMAs before the map_count limit is felt, and two files
// or more of every kind a process can open (one inode opened twice, one read-only, one write-only), and one for each
// thing that an inode may refuse or a hook may do; two of few pages. No other limit.
Parameters small_parameters();

// Positions of some files of small_parameters, as operations name them.
namespace file {
inline constexpr std::uint16_t hooks = 9;           // with ->open and ->close
inline constexpr std::uint16_t sealed = 11;         // F_SEAL_WRITE
inline constexpr std::uint16_t sealed_future = 13;  // F_SEAL_FUTURE_WRITE
inline constexpr std::uint16_t adds_flag = 14;      // ->mmap adds VM_DONTDUMP
inline constexpr std::uint16_t hands_over = 15;     // the same, and it puts handed_to into vm_file
inline constexpr std::uint16_t handed_to = 16;
inline constexpr std::uint16_t fails = 17;    // ->mmap gives EAGAIN
inline constexpr std::uint16_t refused = 18;  // by the architecture, after ->mmap
inline constexpr std::uint16_t granule = 19;  // units of two pages
inline constexpr std::uint16_t vetoes = 20;   // ->mremap gives EINVAL
inline constexpr std::uint16_t device = 21;   // VM_IO, VM_PFNMAP
inline constexpr std::uint16_t append_only = 22;
inline constexpr std::uint16_t noexec = 23;
inline constexpr std::uint16_t swap_file = 24;
inline constexpr std::uint16_t mandatory_lock = 25;
inline constexpr std::uint16_t no_mmap = 26;
inline constexpr std::uint16_t segment = 27;     // SysV, 3 pages; the next one 2 pages, read-only
inline constexpr std::uint16_t short_file = 29;  // five pages
}  // namespace file

// Two more files, of hugetlbfs with huge pages of four pages: one without an end, one of two huge pages.
void add_huge_page_files(Parameters& parameters);
// Files that do two things at once: a hook that hands over and fails, or is refused, or maps in units; seals and others. And
// some whose hooks refuse rights or pages.
void add_files_with_two_behaviours(Parameters& parameters);
// Whether files of hugetlbfs are there.
bool has_huge_page_files(const Parameters& parameters);

// Four stacks that grow up, for the address space of small_parameters() or a larger one with stack_grows_up: accounted,
// locked, NORESERVE, and one above mmap_base. No operation makes such VMAs; in the kernel exec does.
std::vector<ProcessSpec> stacks_that_grow_up();
// Gives them to a fresh World.
template <class D>
void start_with_stacks_that_grow_up(World<D>& world);

}  // namespace vmacheck
