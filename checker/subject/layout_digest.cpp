#include "checker/subject/layout_digest.hpp"

#include "model/state/bytes.hpp"
#include "model/state/digest.hpp"

namespace vmacheck {

std::uint64_t layout_digest(const ProcessView& process, std::uint64_t below) {
    Digest digest;
    for (const VmaView& each : process.vmas) {
        if (each.end > below) continue;
        const bool mapped_object = (each.file != 0 || each.shared_object) && !each.special;
        digest.add(each.start * page_size);
        digest.add(each.end * page_size);
        digest.add(rights_and_sharing(each.flags));
        digest.add(mapped_object ? each.pgoff.value_or(0) * page_size : 0);
    }
    return digest.value();
}

}  // namespace vmacheck
