// What a search has passed: events, how operations ended, and the allocations that failed.
#pragma once

#include "model/op.hpp"

#include <boost/json/value.hpp>

#include <array>

namespace vmacheck {

struct Coverage {
    static constexpr std::size_t errors = 64;  // more than there are values of Errno

    std::array<std::uint64_t, static_cast<std::size_t>(Event::count)> events{};
    // (op, errno) cells.
    std::array<std::array<std::uint64_t, errors>, static_cast<std::size_t>(OpKind::count)> outcomes{};
    std::array<std::uint64_t, static_cast<std::size_t>(AllocSite::count)> failed_allocations{};

    void add(OpKind kind, const Outcome<Plain>& outcome);
    void add(const Coverage& other);
    friend bool operator==(const Coverage&, const Coverage&) = default;

    // How many cells were reached.
    [[nodiscard]] std::size_t events_reached() const;
    [[nodiscard]] std::size_t outcomes_reached() const;
    [[nodiscard]] std::size_t failed_allocations_reached() const;
};

// {"events":{NAME:COUNT,...},"outcomes":{OP:{ERRNO:COUNT,...},...},"failed_allocations":{SITE:COUNT,...}}, each in the
// order of its enumeration; of outcomes only the cells reached, of the others all.
boost::json::object to_json(const Coverage& coverage);

}  // namespace vmacheck
