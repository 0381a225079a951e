// A stack that keeps what was popped, to be overwritten: pushing is an assignment, and a caller that asks for room
// beforehand pushes without a call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace vmacheck {

template <class T>
class Stack {
public:
    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] bool full() const { return size_ == capacity_; }
    [[gnu::cold, gnu::noinline]] void grow() {
        capacity_ = std::max(2 * capacity_, std::uint32_t{8});
        values_.resize(capacity_);
    }

    // For assignment; there must be room.
    T& push() { return values_[size_++]; }
    void push(const T& value) {
        if (full()) grow();
        push() = value;
    }
    void pop() { --size_; }
    void clear() { size_ = 0; }

    [[nodiscard]] T& top() { return values_[size_ - 1]; }
    [[nodiscard]] const T& top() const { return values_[size_ - 1]; }
    const T& operator[](std::uint32_t at) const { return values_[at]; }

private:
    std::vector<T> values_;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;  // of values_
};

}  // namespace vmacheck
