// Bytes at the system-call surface: a page number and the offset within that page.
//
// The model counts in pages. Callers of system calls pass bytes, and the kernel's first checks are about them
// (alignment, rounding, wrap-around), so an argument is kept as page * 4096 + offset with a concrete offset.
#pragma once

#include "model/state/number.hpp"

namespace vmacheck {

inline constexpr std::uint64_t page_size = 4096;  // bytes
inline constexpr unsigned page_shift = 12;
// A byte count or address has 64 bits, so its page number has 52.
inline constexpr std::uint64_t pages_in_64_bits = std::uint64_t{1} << (64 - page_shift);

template <class D>
struct Bytes {
    Number<D> page;            // [0, 2^52)
    std::uint16_t offset = 0;  // [0, 4096)

    static Bytes from(std::uint64_t bytes) {
        return {bytes >> page_shift, static_cast<std::uint16_t>(bytes & (page_size - 1))};
    }
    static Bytes pages(Number<D> count) { return {count, 0}; }

    [[nodiscard]] bool aligned() const { return offset == 0; }
    [[nodiscard]] bool zero() const { return offset == 0 && page == 0; }
    // Rounded up to pages; 2^52 (one past the largest) where the kernel's 64-bit PAGE_ALIGN wraps to 0.
    [[nodiscard]] Number<D> round_up() const { return offset == 0 ? page : page + 1; }
    [[nodiscard]] std::uint64_t value() const { return page.value() * page_size + offset; }
};

// PAGE_ALIGN(bytes) == 0 in 64 bits: zero itself, or a length so large that rounding up wraps.
template <class D>
bool page_align_is_zero(const Bytes<D>& bytes) {
    return bytes.zero() || bytes.round_up() >= pages_in_64_bits;
}

// Whether start + count, taken in 64-bit bytes, wraps around (reaching exactly 2^64 wraps to 0).
template <class D>
bool sum_wraps_64_bit_bytes(const Number<D>& start, const Number<D>& count) {
    return start + count >= pages_in_64_bits;
}

// start + count in pages as 64-bit bytes have it: a sum that reaches 2^52 pages starts again at 0.
template <class D>
Number<D> wrapping_sum_64_bit_bytes(const Number<D>& start, const Number<D>& count) {
    const Number<D> sum = start + count;
    return sum >= pages_in_64_bits ? sum - pages_in_64_bits : sum;
}

}  // namespace vmacheck
