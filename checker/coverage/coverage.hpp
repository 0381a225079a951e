// What a search has covered: events, results of operations, failed allocations, and the situations in which VMAs
// merged.
#pragma once

#include "checker/coverage/merge_situation.hpp"
#include "model/op/op.hpp"

#include <boost/json/value.hpp>

#include <array>

namespace vmacheck {

struct Coverage {
    static constexpr std::size_t errors = 64;  // more than there are values of Errno

    std::array<std::uint64_t, static_cast<std::size_t>(Event::count)> events{};
    // (op, errno) cells.
    std::array<std::array<std::uint64_t, errors>, static_cast<std::size_t>(OpKind::count)> outcomes{};
    std::array<std::uint64_t, static_cast<std::size_t>(AllocSite::count)> failed_allocations{};
    // Case 1 to 8 (from 0), Joined, Backing, and the operation that merged.
    static constexpr std::size_t merge_cells = 8 * static_cast<std::size_t>(Joined::count) *
                                               static_cast<std::size_t>(Backing::count) *
                                               static_cast<std::size_t>(OpKind::count);
    std::array<std::uint64_t, merge_cells> merges{};
    static std::size_t merge_cell(const MergeSituation& situation, OpKind caller);

    // The step just applied.
    void add(const World<Plain>& world, const Op<Plain>& op);
    void add(const Coverage& other);
    friend bool operator==(const Coverage&, const Coverage&) = default;

    // How many cells were reached.
    [[nodiscard]] std::size_t events_reached() const;
    [[nodiscard]] std::size_t outcomes_reached() const;
    [[nodiscard]] std::size_t failed_allocations_reached() const;
    [[nodiscard]] std::size_t merges_reached() const;
};

// {"events":{NAME:COUNT,...},"outcomes":{OP:{ERRNO:COUNT,...},...},"failed_allocations":{SITE:COUNT,...}}, each in the
// order of its enumeration; of outcomes only the cells reached, of the others all.
boost::json::object to_json(const Coverage& coverage);

}  // namespace vmacheck
