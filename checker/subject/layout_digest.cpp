#include "checker/subject/layout_digest.hpp"

#include "model/state/bytes.hpp"
#include "model/state/digest.hpp"

#include <algorithm>

namespace vmacheck {

std::uint64_t layout_digest(const ProcessView& process, std::uint64_t below, const ByteRange& near) {
    Digest digest;
    for (const VmaView& each : process.vmas) {
        if (each.end > below || each.end * page_size <= near.start || each.start * page_size >= near.end) continue;
        const bool mapped_object = (each.file != 0 || each.shared_object) && !each.special;
        digest.add(each.start * page_size);
        digest.add(each.end * page_size);
        digest.add(rights_and_sharing(each.flags));
        digest.add(mapped_object ? each.pgoff.value_or(0) * page_size : 0);
    }
    return digest.value();
}

ByteRange near_to(const Op<Plain>& op, const std::optional<std::uint64_t>& value) {
    switch (op.kind) {
        case OpKind::mprotect:
            if ((op.prot & (prot::growsdown | prot::growsup)) != 0) return {};
            break;
        case OpKind::mmap:
        case OpKind::munmap:
        case OpKind::madvise:
        case OpKind::fault:
        case OpKind::mlock:
        case OpKind::munlock:
        case OpKind::mbind:
        case OpKind::msync:
        case OpKind::mincore: break;
        default: return {};
    }
    const std::uint64_t addr = op.kind == OpKind::mmap && value ? *value : op.addr.value();
    const std::uint64_t len = op.kind == OpKind::fault ? 1 : std::max<std::uint64_t>(op.len.value(), 1);
    const std::uint64_t last = addr + len;
    if (last < addr || last > ~std::uint64_t{0} - 2 * page_size) return {};
    const std::uint64_t start = addr / page_size * page_size;
    return {start - (start == 0 ? 0 : page_size), (last + page_size - 1) / page_size * page_size + page_size};
}

}  // namespace vmacheck
