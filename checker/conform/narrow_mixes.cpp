#include "checker/conform/narrow_mixes.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {

OpMix only_vmas(OpMix mix) {
    constexpr std::array drawn{OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::madvise};
    for (std::size_t i = 0; i < mix.times.size(); ++i)
        if (std::find(drawn.begin(), drawn.end(), static_cast<OpKind>(i)) == drawn.end()) mix.times.at(i) = 0;
    mix.times.at(static_cast<std::size_t>(OpKind::mmap)) = 2;
    mix.failures = 0;
    mix.other_steps = 0;
    mix.processes = 1;
    return mix;
}

OpMix only_one(OpMix mix, SplitMix64& random) {
    constexpr std::array kinds{OpKind::mmap,          OpKind::munmap,          OpKind::mprotect, OpKind::brk,
                               OpKind::madvise,       OpKind::fault,           OpKind::fork,     OpKind::mremap,
                               OpKind::mlock,         OpKind::munlock,         OpKind::mlockall, OpKind::munlockall,
                               OpKind::remote_access, OpKind::remap_file_pages};
    mix.times = {};
    mix.times.at(static_cast<std::size_t>(kinds.at(random.below(kinds.size())))) = 1;
    return mix;
}

}  // namespace vmacheck
