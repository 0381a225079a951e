// What random operations are made of where not all kinds are wanted.
#pragma once

#include "checker/random/random_ops.hpp"

namespace vmacheck {

// mmap, munmap, mprotect and madvise of one process.
OpMix only_vmas(OpMix mix);

// One kind of operation, each as likely as the others, which otherwise are drawn seldom.
OpMix only_one(OpMix mix, SplitMix64& random);

}  // namespace vmacheck
