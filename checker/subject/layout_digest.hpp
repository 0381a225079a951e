// The digest of a layout: what every subject that lists its VMAs can compute of them, cheaply, after each operation.
//
// checker/conform/PROTOCOL.md states it for those who implement a subject.
#pragma once

#include "model/state/observation.hpp"

#include <cstdint>

namespace vmacheck {

// From 0xcbf29ce484222325 on, digest = (digest xor n) * 0x100000001b3, in 64 bits, for each of these four numbers n of
// each VMA in the order listed: start in bytes; end in bytes; READ 1 + WRITE 2 + EXEC 4 + shared (VM_MAYSHARE) 8; the
// offset in bytes if a file or a shared object is mapped, otherwise 0. VMAs that end above `below`, a page number, are
// left out.
std::uint64_t layout_digest(const ProcessView& process, std::uint64_t below);

// The third of these numbers.
constexpr std::uint64_t rights_and_sharing(VmFlags flags) {
    return ((flags & vm::read) != 0 ? 1u : 0u) | ((flags & vm::write) != 0 ? 2u : 0u) |
           ((flags & vm::exec) != 0 ? 4u : 0u) | ((flags & vm::may_share) != 0 ? 8u : 0u);
}

}  // namespace vmacheck
