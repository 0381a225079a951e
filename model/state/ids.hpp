// Typed names of objects in pools: an index and the generation of its slot, so that a stale name is recognised.
#pragma once

#include <cstdint>
#include <functional>

namespace vmacheck {

inline constexpr unsigned id_index_bits = 20;                                // at most 2^20 - 1 objects of a kind
inline constexpr std::uint32_t id_generations = 1u << (32 - id_index_bits);  // then a generation comes round again

template <class Tag>
class Id {
public:
    constexpr Id() = default;  // names nothing
    constexpr Id(std::uint32_t index, std::uint32_t generation) : raw_((generation << id_index_bits) | (index + 1)) {}

    [[nodiscard]] constexpr std::uint32_t index() const { return (raw_ & ((1u << id_index_bits) - 1)) - 1; }
    [[nodiscard]] constexpr std::uint32_t generation() const { return raw_ >> id_index_bits; }
    [[nodiscard]] constexpr std::uint32_t raw() const { return raw_; }
    constexpr explicit operator bool() const { return raw_ != 0; }

    friend constexpr bool operator==(Id, Id) = default;
    friend constexpr auto operator<=>(Id, Id) = default;

private:
    std::uint32_t raw_ = 0;
};

using MmId = Id<struct MmTag>;                      // struct mm_struct
using VmaId = Id<struct VmaTag>;                    // struct vm_area_struct
using AnonVmaId = Id<struct AnonVmaTag>;            // struct anon_vma
using AvcId = Id<struct AvcTag>;                    // struct anon_vma_chain
using FileId = Id<struct FileTag>;                  // struct file
using AddressSpaceId = Id<struct AddressSpaceTag>;  // struct address_space
using PageId = Id<struct PageTag>;                  // struct page
using PteId = Id<struct PteTag>;                    // a page-table entry that is not empty
using SwapId = Id<struct SwapTag>;                  // a slot of swap space
using MemPolicyId = Id<struct MemPolicyTag>;        // struct mempolicy

}  // namespace vmacheck
