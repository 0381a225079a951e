// FNV-1a-64 (model/state/digest.hpp) of texts that are put together from a few pieces, without going through the bytes.
//
// A round is (hash ^ byte) * prime. The exclusive or changes the low eight bits of the hash alone, so it adds a number
// that depends on these eight bits and the byte; and the low eight bits of a product depend on those of its factors. So
// a piece of n bytes takes any hash h to h * prime^n + added, where `added` depends on the piece and on h & 255.
#pragma once

#include "model/state/digest.hpp"

#include <array>

namespace vmacheck {

class HashPiece {
public:
    explicit HashPiece(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i) power_ = Digest::round(power_, 0);
        for (std::uint64_t low = 0; low < added_.size(); ++low)
            added_[low] = Digest(low).add(text).value() - low * power_;
    }

    // Of what was hashed so far, with this piece behind it.
    [[nodiscard]] std::uint64_t after(std::uint64_t hash) const { return hash * power_ + added_[hash & 255]; }

private:
    std::uint64_t power_ = 1;  // of the prime
    std::array<std::uint64_t, 256> added_{};
};

}  // namespace vmacheck
