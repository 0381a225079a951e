// A list of at most N values that a constant table can hold.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

namespace vmacheck {

template <class T, std::size_t N>
class FixedList {
public:
    constexpr FixedList() = default;
    constexpr FixedList(std::initializer_list<T> values) {
        for (const T& each : values) items_.at(size_++) = each;  // too many: the table does not compile
    }
    friend constexpr FixedList operator+(FixedList a, const FixedList& b) {
        for (const T& each : b) a.items_.at(a.size_++) = each;
        return a;
    }

    [[nodiscard]] constexpr const T* begin() const { return items_.data(); }
    [[nodiscard]] constexpr const T* end() const { return items_.data() + size_; }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }

private:
    std::array<T, N> items_{};
    std::size_t size_ = 0;
};

}  // namespace vmacheck
