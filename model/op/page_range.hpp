// A range of pages.
#pragma once

#include "model/state/number.hpp"

namespace vmacheck {

// Pages [start, end).
template <class N>
struct BasicPageRange {
    N start{};
    N end{};
    [[nodiscard]] bool holds(const N& page) const { return start <= page && page < end; }
    friend bool operator==(const BasicPageRange&, const BasicPageRange&) = default;
};
using PageRange = BasicPageRange<std::uint64_t>;
template <class D>
using PageRangeOf = BasicPageRange<Number<D>>;

}  // namespace vmacheck
