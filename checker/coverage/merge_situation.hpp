// In which situation each merge of a step happened: which case, which of the VMAs that joined had an anon_vma, and
// whether they map a file. Derived from the events of the step and the World before and after it.
#pragma once

#include "model/state/world.hpp"

#include <boost/container/small_vector.hpp>
#include <string_view>

namespace vmacheck {

// The anon_vmas of the VMAs that join, and of the pages that mremap copies.
enum class Joined : std::uint8_t {
    none,       // no one has one
    same,       // all have the same one
    some,       // some have one, always the same, and some have none
    different,  // two different ones
    count,
};

enum class Backing : std::uint8_t { anon, file, count };

struct MergeSituation {
    int which = 0;  // merge case, 1 to 8
    Joined joined = Joined::none;
    Backing backing = Backing::anon;
    friend bool operator==(const MergeSituation&, const MergeSituation&) = default;
};

using MergeSituations = boost::container::small_vector<MergeSituation, 4>;

std::string_view name(Joined joined);
std::string_view name(Backing backing);

// Of the step just applied, in order. A merge that comes after a page fault in the same step (mprotect faults locked
// pages in, then continues) is left out: the events do not say which VMA got the new anon_vma.
MergeSituations merge_situations(const World<Plain>& world, const Op<Plain>& op);

}  // namespace vmacheck
