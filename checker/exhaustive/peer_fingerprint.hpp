// The fingerprint of the scope `peer`: the sum, modulo 2^64, of the FNV-1a-64 hashes of all transitions' lines
//
//   [0,1)R [1,2)R+a n=2 max_gap=0 highest_end=2 | mmap_fixed(0,1,R) | [0,2)R+a n=1 max_gap=0 highest_end=2
//
// Independent programs print the same sum. Equal counts do not prove equal rules; equal fingerprints do, up to chance.
// What a line says of a state apart from its VMAs is read from the model's caches, not worked out from the VMAs.
#pragma once

#include "checker/exhaustive/scope.hpp"
#include "model/state/world_fwd.hpp"

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// Whether lines can be written for the scope: it has the calls and the parameters of `peer`.
bool has_peer_lines(const Scope& scope);

// Pieces of which the texts of states are put together: "[0,1)R" for each range and right, and each number.
class PeerPieces {
public:
    struct Piece {
        std::array<char, 15> text{};
        std::uint8_t size = 0;
    };
    explicit PeerPieces(std::uint64_t pages);
    [[nodiscard]] const Piece& range(std::uint64_t start, std::uint64_t end, bool write) const {
        return ranges_[(start * (pages_ + 1) + end) * 2 + (write ? 1 : 0)];
    }
    [[nodiscard]] const Piece& number(std::uint64_t number) const { return numbers_.at(number); }
    [[nodiscard]] std::uint64_t pages() const { return pages_; }

private:
    std::uint64_t pages_;
    std::vector<Piece> ranges_;
    std::vector<Piece> numbers_;  // up to the pages
};

// One state as lines show it.
class PeerState {
public:
    void take(const World<Plain>& world, const PeerPieces& pieces);
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

private:
    void put(const PeerPieces::Piece& piece) {
        std::memcpy(text_.data() + size_, piece.text.data(), piece.text.size());
        size_ += piece.size;
    }
    void put(std::string_view text) {
        std::memcpy(text_.data() + size_, text.data(), text.size());
        size_ += text.size();
    }

    std::array<char, 640> text_{};  // of at most most_pages VMAs
    std::size_t size_ = 0;
};

// The lines of the transitions out of one state after the other.
class PeerFingerprint {
public:
    PeerFingerprint(const Scope& scope, std::span<const ScopeOp> ops);

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

    PeerPieces pieces_;
    std::vector<std::string> calls_;  // "mmap_fixed(0,1,R) | "
    std::uint64_t prefix_ = 0;        // hash of "STATE | "
    PeerState state_;
    std::array<Lane, lanes> lane_;
    std::size_t waiting_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace vmacheck
