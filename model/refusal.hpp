// The words of a refused limit: what would be, and what may be.
#pragma once

#include "model/state/world.hpp"

#include <fmt/format.h>

namespace vmacheck {

// The test of a limit in pages or VMAs: whether `would` is at most the limit; if not, it is kept as a refusal.
//   within(world, "total_vm", total_vm + pages, "RLIMIT_AS", p.rlimit_as)
template <class D>
bool within(const World<D>& world, const char* what, const Number<D>& would, const char* limit, std::uint64_t value) {
    if (would <= value) return true;
    world.refused([&] { return fmt::format("{} would be {}, {} is {}", what, would.value(), limit, value); });
    return false;
}

// ENOMEM, because nothing is mapped at the page.
template <class D>
Errno hole_refuses(const World<D>& world, const Number<D>& page) {
    world.refused([&] { return fmt::format("nothing is mapped at {:#x}", page.value() * page_size); });
    return Errno::enomem;
}

// ENOMEM, because of max_map_count: `more` VMAs may come in the course of the call.
template <class D>
Errno map_count_refuses(const World<D>& world, MmId mm, unsigned more = 0) {
    world.refused([&] {
        const std::string may_come = more == 0 ? "" : fmt::format(" and {} may come", more);
        return fmt::format("map_count is {}{}, max_map_count is {}", world[mm].map_count, may_come,
                           world.parameters().max_map_count);
    });
    return Errno::enomem;
}

}  // namespace vmacheck
