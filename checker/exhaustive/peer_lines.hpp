// The fingerprint of the scope `peer`: the sum, modulo 2^64, of the FNV-1a-64 hashes of all transitions' lines
//
//   [0,1)R [1,2)R+a n=2 max_gap=0 highest_end=2 | mmap_fixed(0,1,R) | [0,2)R+a n=1 max_gap=0 highest_end=2
//
// Independent programs print the same sum. Equal counts do not prove equal rules; equal fingerprints do, up to chance.
// What a line says of a state besides its VMAs is read from the model's caches, not worked out from the VMAs.
#pragma once

#include "checker/exhaustive/scope.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// Whether lines can be written for the scope: it has the calls and the parameters of `peer`.
bool has_peer_lines(const Scope& scope);

// One state as lines show it.
class PeerState {
public:
    void take(const World<Plain>& world, std::uint64_t pages);
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

private:
    void put(char c) { text_[size_++] = c; }
    void put(std::string_view text) {
        for (const char each : text) put(each);
    }
    void put_number(std::uint64_t number);

    std::array<char, 640> text_{};  // of at most most_pages VMAs
    std::size_t size_ = 0;
};

// The lines of the transitions out of one state after the other.
class PeerLines {
public:
    PeerLines(const Scope& scope, std::span<const ScopeOp> ops);

    // The state that the next transitions start from.
    void from(const World<Plain>& world);
    // The transition by this call to where the World is now.
    void to(const World<Plain>& world, std::uint32_t op);
    // Of all transitions so far.
    [[nodiscard]] std::uint64_t sum();

private:
    // Hashes of several lines are carried on side by side: each is a chain of multiplications that wait for each other.
    static constexpr std::size_t lanes = 4;
    struct Lane {
        std::uint64_t hash = 0;
        PeerState state;
    };
    void finish_lanes();

    std::uint64_t pages_;
    std::vector<std::string> calls_;  // "mmap_fixed(0,1,R) | "
    std::uint64_t prefix_ = 0;        // hash of "STATE | "
    PeerState state_;
    std::array<Lane, lanes> lane_;
    std::size_t waiting_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace vmacheck
