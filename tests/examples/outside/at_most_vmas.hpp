// A property of this project: an address space has at most so many VMAs. It is wrong of small numbers, to show what a
// finding looks like.
#pragma once

#include "properties/step/property.hpp"

#include <cstdlib>

namespace mine {

// How many; from the environment, so that the property can be seen to hold and to fail.
inline unsigned most_vmas() {
    const char* text = std::getenv("MOST_VMAS");
    return text == nullptr ? 1000 : static_cast<unsigned>(std::atoi(text));
}

template <class D>
struct AtMostVmas {
    static constexpr vmacheck::PropertyInfo info{"at-most-vmas", vmacheck::PropertyKind::invariant,
                                                 "an address space has at most MOST_VMAS VMAs", "nobody"};
    static void mm(const vmacheck::World<D>&, vmacheck::MmId, const vmacheck::Mm<D>& mm, vmacheck::Report& report) {
        static const unsigned most = most_vmas();
        if (mm.map_count > most) report.add(info, "{} VMAs, at most {} are wanted", mm.map_count, most);
    }
};

}  // namespace mine
