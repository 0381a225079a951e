// FNV-1a-64 (model/state/digest.hpp) of texts that are put together from a few pieces, without going through the bytes.
//
// A round is (hash ^ byte) * prime. The exclusive or changes the low eight bits of the hash alone, so it adds a number
// that depends on these eight bits and the byte; and the low eight bits of a product depend on those of its factors. So
// a piece of n bytes takes any hash h to h * prime^n + added, where `added` depends on the piece and on h & 255.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

class HashPieces {
public:
    explicit HashPieces(const std::vector<std::string>& texts);

    // Of what was hashed so far, with this piece behind it.
    [[nodiscard]] std::uint64_t after(std::uint64_t hash, std::size_t piece) const {
        return hash * powers_[piece] + added_[(hash & 255) * powers_.size() + piece];
    }

private:
    std::vector<std::uint64_t> powers_;  // of the prime, by piece
    std::vector<std::uint64_t> added_;   // by low bits, then by piece
};

}  // namespace vmacheck
