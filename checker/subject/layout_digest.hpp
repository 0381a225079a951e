// The digest of a layout: what every subject that lists its VMAs can compute of them, cheaply, after each operation.
//
// checker/conform/PROTOCOL.md states it for those who implement a subject.
#pragma once

#include "model/op/op.hpp"
#include "model/state/number.hpp"
#include "model/state/observation.hpp"

#include <cstdint>
#include <optional>

namespace vmacheck {

// Bytes from start up to, and without, end.
struct ByteRange {
    std::uint64_t start = 0;
    std::uint64_t end = ~std::uint64_t{0};
};

// From 0xcbf29ce484222325 on, digest = (digest xor n) * 0x100000001b3, in 64 bits, for each of these four numbers n of
// each VMA in the order listed: start in bytes; end in bytes; READ 1 + WRITE 2 + EXEC 4 + shared (VM_MAYSHARE) 8; the
// offset in bytes if a file or a shared object is mapped, otherwise 0. VMAs that end above `below`, a page number, are
// left out, and those of which no byte lies in `near`.
std::uint64_t layout_digest(const ProcessView& process, std::uint64_t below, const ByteRange& near = {});

// What the digest after an operation is about, where those near to it are wanted (Layouts::near): the range of a call that
// touches no other, and a page on each side of it. After other calls, all. `value`: what the call returned; none if it
// failed.
ByteRange near_to(const Op<Plain>& op, const std::optional<std::uint64_t>& value);

// The third of these numbers.
constexpr std::uint64_t rights_and_sharing(VmFlags flags) {
    return ((flags & vm::read) != 0 ? 1u : 0u) | ((flags & vm::write) != 0 ? 2u : 0u) |
           ((flags & vm::exec) != 0 ? 4u : 0u) | ((flags & vm::may_share) != 0 ? 8u : 0u);
}

}  // namespace vmacheck
