// The reverse mapping around a step, as data for reports: the anon_vma families of the VMAs that it touched, and the
// interval trees of these families and of the files.
#pragma once

#include "model/op/page_range.hpp"
#include "model/state/observation.hpp"
#include "model/state/world_fwd.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

class AnonNumbers;

inline constexpr std::size_t most_anon_vmas = 16;  // in a view; the rest is counted
inline constexpr std::size_t most_family_vmas = 20;
inline constexpr std::size_t most_trees = 8;
inline constexpr std::size_t most_tree_nodes = 31;

struct AnonVmaView {
    unsigned number = 0;  // as VmaView::anon_vma
    unsigned object = 0;  // as findings name it: "anon_vma 2"
    unsigned root = 0;    // by number, and so is the parent; itself for a root
    unsigned parent = 0;
    std::uint32_t refcount = 0;
    std::uint32_t num_children = 0;
    std::uint32_t num_active_vmas = 0;
    std::uint32_t degree = 0;
    friend bool operator==(const AnonVmaView&, const AnonVmaView&) = default;
};

// A VMA that is tied to an anon_vma of the view.
struct FamilyVma {
    std::size_t slot = 0;
    VmaView vma;
    friend bool operator==(const FamilyVma&, const FamilyVma&) = default;
};

// A node of an interval tree. Its key is what it was when it was put in: page offsets, the last included.
struct IntervalView {
    std::uint32_t vma = 0;  // VmaView::identity
    std::size_t slot = 0;   // of the process that has the VMA
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t subtree_last = 0;
    bool red = false;
    std::size_t depth = 0;  // of the root: 0
    int parent = -1;        // position among the nodes; -1: the root
    friend bool operator==(const IntervalView&, const IntervalView&) = default;
};

struct IntervalTreeView {
    unsigned anon = 0;                // of this anon_vma, by number; 0: i_mmap of a file
    std::string file;                 // "file 1", "a shared object"
    std::vector<IntervalView> nodes;  // in the tree's order
    bool whole = true;                // false: only the first nodes are here
    friend bool operator==(const IntervalTreeView&, const IntervalTreeView&) = default;
};

struct ReverseMapView {
    std::vector<AnonVmaView> anon_vmas;  // by number
    std::vector<FamilyVma> vmas;         // by process and address
    std::vector<IntervalTreeView> trees;
    std::size_t anon_vmas_left_out = 0;
    std::size_t vmas_left_out = 0;
    friend bool operator==(const ReverseMapView&, const ReverseMapView&) = default;
};

// Before and after the last step. `range`: of the operation, where the World is sound.
std::array<ReverseMapView, 2> observe_reverse_map(const World<Plain>& world, std::size_t slot,
                                                  const std::optional<PageRange>& range, AnonNumbers& numbers);

}  // namespace vmacheck
