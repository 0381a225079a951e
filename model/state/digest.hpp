// FNV-1a with 64 bits: the one digest of the program. Worlds, results, configurations and paths are compared by it.
//
// It takes whole words or bytes. The two give different values for the same data, and both stand in recorded results,
// so a place keeps to the one it has.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmacheck {

class Digest {
public:
    static constexpr std::uint64_t start = 0xcbf29ce484222325ULL;  // of nothing

    constexpr Digest() = default;
    // Continues from the value of another digest.
    constexpr explicit Digest(std::uint64_t value) : value_(value) {}

    // One word in one round. Cheap; the high bits of a word spread to higher bits only.
    constexpr Digest& add(std::uint64_t word) {
        value_ = round(value_, word);
        return *this;
    }
    // The eight bytes of a word, the lowest first.
    constexpr Digest& add_bytes(std::uint64_t word) {
        for (int byte = 0; byte < 8; ++byte) add((word >> (8 * byte)) & 0xff);
        return *this;
    }
    constexpr Digest& add(std::string_view text) {
        for (const char each : text) add(static_cast<unsigned char>(each));
        return *this;
    }
    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

    // One round, for code that keeps several digests in registers.
    static constexpr std::uint64_t round(std::uint64_t value, std::uint64_t word) {
        return (value ^ word) * 0x100000001b3ULL;
    }

private:
    std::uint64_t value_ = start;
};

// Of a text.
constexpr std::uint64_t digest_of(std::string_view text) {
    return Digest().add(text).value();
}

}  // namespace vmacheck
