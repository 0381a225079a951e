// A vector whose elements stay where they are while it grows: fixed chunks behind a table. Indexing is two loads,
// inlined everywhere; std::deque and boost::container::deque cost a tenth of a checked step here.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace vmacheck {

template <class T>
class StableVector {
public:
    StableVector() = default;
    StableVector(StableVector&&) noexcept = default;
    StableVector& operator=(StableVector&&) noexcept = default;
    StableVector(const StableVector& other) : size_(other.size_) {
        for (const auto& chunk : other.chunks_) chunks_.push_back(std::make_unique<Chunk>(*chunk));
    }
    StableVector& operator=(const StableVector& other) {
        if (this != &other) *this = StableVector(other);
        return *this;
    }
    ~StableVector() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    T& operator[](std::size_t index) { return (*chunks_[index / chunk_size])[index % chunk_size]; }
    const T& operator[](std::size_t index) const { return (*chunks_[index / chunk_size])[index % chunk_size]; }

    T& push_back() {
        if (size_ == chunks_.size() * chunk_size) chunks_.push_back(std::make_unique<Chunk>());
        T& element = (*this)[size_++];
        element = T{};
        return element;
    }
    void pop_back() { --size_; }  // the chunk is kept for the next element

private:
    static constexpr std::size_t chunk_size = 64;
    using Chunk = std::array<T, chunk_size>;

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::size_t size_ = 0;
};

}  // namespace vmacheck
