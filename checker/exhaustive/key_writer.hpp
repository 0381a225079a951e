// The text of a state key: numbers in nibbles, three bits of value and one that says whether more follow. Small numbers
// are what keys are made of, so most take half a byte. A sequence of numbers gives another key than any other sequence
// of numbers, if none ends with 0.
#pragma once

#include "model/state/number.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace vmacheck {

class KeyWriter {
public:
    static constexpr std::size_t capacity = 1008;  // bytes; a key that does not fit is an InternalAssertion

    void clear() {
        size_ = 0;
        bits_ = 0;
        filled_ = 0;
    }

    void put(std::uint64_t value) {
        while (value >= 8) [[unlikely]] {
                nibble((value & 7) | 8);
                value >>= 3;
            }
        nibble(value);
    }
    // put(a), put(b), put(c), put(d).
    void put(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
        if ((a | b | c | d) < 8 && filled_ <= 44) [[likely]] {
            bits_ |= (a | (b << 4) | (c << 8) | (d << 12)) << filled_;
            filled_ += 16;
            return;
        }
        put(a);
        put(b);
        put(c);
        put(d);
    }
    // A number that may be negative: 0, -1, 1, -2, 2 ...
    void put_signed(std::int64_t value) {
        put((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }

    // Ends the key. Valid until the next clear.
    std::span<const std::uint8_t> finish() {
        const std::size_t bytes = size_ + (filled_ + 7) / 8;
        flush();
        return {bytes_.data(), bytes};
    }

private:
    void nibble(std::uint64_t value) {
        bits_ |= value << filled_;
        filled_ += 4;
        if (filled_ == 64) flush();
    }
    void flush() {
        if (size_ + 8 > bytes_.size()) internal_assertion_failed("a state is too large for the explorer");
        std::memcpy(bytes_.data() + size_, &bits_, 8);
        size_ += 8;
        bits_ = 0;
        filled_ = 0;
    }

    std::array<std::uint8_t, capacity + 16> bytes_{};
    std::size_t size_ = 0;
    std::uint64_t bits_ = 0;
    unsigned filled_ = 0;  // bits
};

}  // namespace vmacheck
