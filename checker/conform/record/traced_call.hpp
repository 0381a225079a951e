// A system call of a traced thread, as the processor's registers have it, and which calls are about address spaces.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vmacheck {

struct TracedCall {
    std::uint64_t number = 0;  // of the x86-64 table
    std::array<std::uint64_t, 6> arguments{};
    std::int64_t result = 0;  // as the kernel returns it: -errno where it failed
    [[nodiscard]] bool failed() const { return result < 0 && result >= -4095; }
    [[nodiscard]] int error() const { return failed() ? static_cast<int>(-result) : 0; }
};

// Name of the call: empty for those that a recording has no use for.
std::string_view name_of_call(std::uint64_t number);

// mmap, munmap, brk ...: carried out while the other threads of the address space stand still.
bool changes_address_space(const TracedCall& call);
// fork, and clone without CLONE_VM: copies an address space. `clone_flags`: as started_flags gives them.
bool copies_address_space(std::uint64_t number, std::uint64_t clone_flags);

}  // namespace vmacheck
