// Words that reports share.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace vmacheck {

// "1 step", "2 steps": for nouns that take an s.
inline std::string counted(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// One line, whatever was written: control characters (of a trace's title or a file's name, say) are shown as \x0a.
inline std::string visible(std::string_view text) {
    std::string line;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte < 0x20 || byte == 0x7f)
            line += fmt::format("\\x{:02x}", byte);
        else
            line += each;
    }
    return line;
}

}  // namespace vmacheck
