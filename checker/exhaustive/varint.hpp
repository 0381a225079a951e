// Numbers in as few bytes as they need: seven bits a byte, the lowest first. And what reads them back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace vmacheck {

// Into a string or a vector of bytes.
template <class Container>
void put_varint(Container& out, std::uint64_t value) {
    using Byte = typename Container::value_type;
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<Byte>((value & 0x7f) | 0x80));
    out.push_back(static_cast<Byte>(value));
}

// Throws std::out_of_range where the bytes end too soon.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (at_end()) break;
            const std::uint8_t byte = bytes_[at_++];
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if ((byte & 0x80) == 0) return value;
        }
        throw std::out_of_range("a number without end");
    }
    std::span<const std::uint8_t> take(std::size_t size) {
        if (size > bytes_.size() - at_) throw std::out_of_range("bytes without end");
        at_ += size;
        return bytes_.subspan(at_ - size, size);
    }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

}  // namespace vmacheck
