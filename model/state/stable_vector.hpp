// A vector whose elements stay where they are while it grows: chunks behind a table. Look-ups are inlined everywhere,
// so the first chunk, which is all that a small World has, is found without the table; std::deque and
// boost::container::deque cost a tenth of a checked step here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace vmacheck {

template <class T>
class StableVector {
public:
    StableVector() = default;
    StableVector(StableVector&& other) noexcept
        : chunks_(std::move(other.chunks_)),
          size_(std::exchange(other.size_, 0)),
          first_(std::exchange(other.first_, nullptr)),
          in_first_(std::exchange(other.in_first_, 0)) {}
    StableVector(const StableVector& other) : size_(other.size_), in_first_(other.in_first_) {
        for (const auto& chunk : other.chunks_) chunks_.push_back(std::make_unique<Chunk>(*chunk));
        if (!chunks_.empty()) first_ = chunks_.front()->data();
    }
    StableVector& operator=(StableVector other) noexcept {
        std::swap(chunks_, other.chunks_);
        std::swap(size_, other.size_);
        std::swap(first_, other.first_);
        std::swap(in_first_, other.in_first_);
        return *this;
    }
    ~StableVector() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    // nullptr from the size on.
    [[nodiscard]] const T* find(std::size_t index) const {
        if (index < in_first_) [[likely]]
            return first_ + index;
        return index < size_ ? in_table(index) : nullptr;
    }
    [[nodiscard]] T* find(std::size_t index) { return const_cast<T*>(std::as_const(*this).find(index)); }
    T& operator[](std::size_t index) { return *in_table(index); }
    const T& operator[](std::size_t index) const { return *in_table(index); }

    T& push_back() {
        if (size_ == chunks_.size() * chunk_size) chunks_.push_back(std::make_unique<Chunk>());
        first_ = chunks_.front()->data();
        T& element = *in_table(size_++);
        in_first_ = std::min(size_, chunk_size);
        element = T{};
        return element;
    }
    void pop_back() {  // the chunk is kept for the next element
        --size_;
        in_first_ = std::min(size_, chunk_size);
    }

private:
    static constexpr std::size_t chunk_size = 64;
    using Chunk = std::array<T, chunk_size>;

    [[nodiscard]] T* in_table(std::size_t index) const {
        return chunks_[index / chunk_size]->data() + index % chunk_size;
    }

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::size_t size_ = 0;
    T* first_ = nullptr;        // the first chunk
    std::size_t in_first_ = 0;  // how many elements it has
};

}  // namespace vmacheck
