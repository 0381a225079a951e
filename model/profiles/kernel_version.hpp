// Versions of kernels, as their tags name them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace vmacheck {

// "v2.6.34", "v5.10", "v5.10.198". Until 2.6 three numbers name a mainline release and a fourth a stable one; since 3.0
// two and a third.
class KernelVersion {
public:
    // tag: as above. What is no number counts as the end.
    constexpr explicit KernelVersion(std::string_view tag) {
        std::size_t at = 0;
        for (const char each : tag.substr(tag.starts_with('v') ? 1 : 0)) {
            if (each == '.')
                ++at;
            else if (each >= '0' && each <= '9' && at < numbers_.size())
                numbers_[at] = static_cast<std::uint16_t>(numbers_[at] * 10 + (each - '0'));
            else
                break;
        }
    }

    // The mainline release that a stable one is based on.
    [[nodiscard]] constexpr KernelVersion mainline() const {
        KernelVersion base = *this;
        if (numbers_[0] >= 3) base.numbers_[2] = 0;
        base.numbers_[3] = 0;
        return base;
    }

    friend constexpr auto operator<=>(const KernelVersion&, const KernelVersion&) = default;

private:
    std::array<std::uint16_t, 4> numbers_{};
};

}  // namespace vmacheck
