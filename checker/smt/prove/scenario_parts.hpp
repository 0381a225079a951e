// Pieces that scenarios are made of.
#pragma once

#include "checker/smt/prove/scenarios.hpp"

namespace vmacheck::prove {

// The open files of every neighbourhood.
inline constexpr std::uint16_t a_file = 1;
inline constexpr std::uint16_t same_inode = 2;  // another struct file of it
inline constexpr std::uint16_t file_with_close = 3;

inline constexpr std::uint64_t no_limit = 65530;  // of map_count

inline constexpr VmFlags readable = vm::read | vm::may_access;
inline constexpr VmFlags writable = readable | vm::write | vm::account;

// anon_vmas by number: 1 may be anyone's root; 2 is a child of 1; 3 and 4 are others' roots; 6 is a child of 5, and 7
// another child of 1.
std::vector<AnonVmaSpec> families();

// Limits that no constant of a layout comes near, and that symbolic sizes reach.
Parameters neighbourhood_parameters();

VmaSpec anonymous(VmFlags flags, std::vector<unsigned> chain = {});
VmaSpec with_chain(VmaSpec spec, std::vector<unsigned> chain);
VmaSpec of_file(VmFlags flags, std::uint16_t file, std::vector<unsigned> chain = {});
Neighbour fixed(VmaSpec spec);
// A VMA that joins nothing.
Neighbour bystander();
Op<Plain> operation(OpKind kind);

// What a neighbour of a range that is to get these attributes may be: it fits, or one thing is in the way. The first
// is used until it is read.
enum class Side : std::uint8_t { below, above };
Neighbour neighbour(const VmaSpec& wanted, Side side);

}  // namespace vmacheck::prove
