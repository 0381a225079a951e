// Words that reports share.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace vmacheck {

// "1 step", "2 steps": for nouns that take an s.
inline std::string plural(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// One line, whatever was written: control characters (of a trace's title or a file's name, say) are shown as \x0a.
inline std::string escape_control(std::string_view text) {
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

// A word of a proposed command, as a POSIX shell reads it back. A name with control characters takes the $'...' of bash.
inline std::string shell_quote(std::string_view text) {
    constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    const std::string start = text.starts_with('-') ? "./" : "";  // it is no option
    if (!text.empty() && text.find_first_not_of(harmless) == std::string_view::npos) return start + std::string(text);
    const bool control = escape_control(text) != text;
    std::string quoted = control ? "$'" : "'";
    for (const char each : text) {
        if (control && (each == '\\' || each == '\''))
            quoted += std::string("\\") + each;
        else if (each == '\'')
            quoted += "'\\''";
        else
            quoted += control ? escape_control(std::string_view(&each, 1)) : std::string(1, each);
    }
    return start + quoted + "'";
}

}  // namespace vmacheck
