// How findings name things: addresses in bytes, ranges, objects by kind and number, processes by slot.
#pragma once

#include "model/op/short_flags.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>

#include <concepts>
#include <string>

namespace vmacheck {

// Addresses in findings are bytes, as people know them from /proc/PID/maps; page offsets stay page offsets.
inline std::uint64_t address(const PlainNumber& page) {
    return page.value() * page_size;
}
inline std::uint64_t address(const TracedNumber& page) {
    return page.value() * page_size;
}
template <class N>
std::string range_text(const N& start, const N& end) {
    return fmt::format("[{:#x},{:#x})", address(start), address(end));
}

// "1 page", "2 pages".
template <std::integral N>
std::string page_count(N pages) {
    return fmt::format("{} page{}", pages, pages == 1 ? "" : "s");
}

// How objects are called in findings: "VMA [0x10000,0x13000)" and "anon_vma 2".
template <class D>
std::string describe(const Vma<D>& vma) {
    return "VMA " + range_text(vma.start, vma.end);
}
inline std::string describe(AnonVmaId id) {
    return fmt::format("anon_vma {}", id.index() + 1);
}
inline std::string describe(FileId id) {
    return fmt::format("file {}", id.index() + 1);
}
inline std::string describe(AddressSpaceId id) {
    return fmt::format("address_space {}", id.index() + 1);
}
inline std::string describe(PageId id) {
    return fmt::format("page {}", id.index() + 1);
}
inline std::string describe(MemPolicyId id) {
    return fmt::format("policy {}", id.index() + 1);
}
inline std::string describe(SwapId id) {
    return fmt::format("swap slot {}", id.index() + 1);
}

// The slot of the process that owns an mm; max_processes if none does.
template <class D>
std::size_t slot_of(const World<D>& world, MmId mm) {
    std::size_t slot = 0;
    while (slot < max_processes && world.process(slot) != mm) ++slot;
    return slot;
}

}  // namespace vmacheck
