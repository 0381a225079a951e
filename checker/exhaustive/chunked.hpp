// Sequences that grow by whole chunks, so that nothing is copied and memory is used as it is needed.
#pragma once

#include "model/state/number.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vmacheck {

template <class T, std::size_t chunk_elements>
class Chunked {
public:
    void push_back(const T& value) {
        if (size_ == chunks_.size() * chunk_elements) chunks_.push_back(std::make_unique<T[]>(chunk_elements));
        chunks_[size_ / chunk_elements][size_ % chunk_elements] = value;
        ++size_;
    }
    [[nodiscard]] const T& operator[](std::size_t index) const {
        return chunks_[index / chunk_elements][index % chunk_elements];
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t bytes() const { return chunks_.size() * chunk_elements * sizeof(T); }

private:
    std::vector<std::unique_ptr<T[]>> chunks_;
    std::size_t size_ = 0;
};

// Byte strings of different lengths behind each other, each at an offset that is a multiple of `unit`. A string lies
// within one chunk. The first offset is not 0.
template <std::size_t unit>
class ByteArena {
public:
    static constexpr std::size_t chunk_bytes = std::size_t{1} << 18;

    // The offset, in units, of so many new bytes.
    std::uint32_t allocate(std::size_t bytes) {
        const std::size_t whole = (bytes + unit - 1) / unit * unit;
        if (chunks_.empty() || used_ + whole > chunk_bytes) {
            chunks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(chunk_bytes));
            used_ = chunks_.size() == 1 ? unit : 0;
        }
        const std::size_t offset = (chunks_.size() - 1) * chunk_bytes + used_;
        if (offset / unit >= (std::uint64_t{1} << 31))
            internal_assertion_failed("more states than the explorer can name");
        used_ += whole;
        return static_cast<std::uint32_t>(offset / unit);
    }
    [[nodiscard]] std::uint8_t* at(std::uint32_t offset) const {
        const std::size_t byte = std::size_t{offset} * unit;
        return chunks_[byte / chunk_bytes].get() + byte % chunk_bytes;
    }
    [[nodiscard]] std::size_t bytes() const { return chunks_.size() * chunk_bytes; }

private:
    std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
    std::size_t used_ = 0;
};

}  // namespace vmacheck
