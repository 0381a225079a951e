// What is wrong with a text that came from outside, and where.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace vmacheck {

// Thrown by the parsers of foreign text (maps, strace). line and column count from 1; what() is one clear sentence
// without the position.
class InputError : public std::runtime_error {
public:
    InputError(std::size_t line, std::size_t column, const std::string& text)
        : std::runtime_error(text), line_(line), column_(column) {}

    [[nodiscard]] std::size_t line() const { return line_; }
    [[nodiscard]] std::size_t column() const { return column_; }
    // "file:3:17: text"
    [[nodiscard]] std::string located(const std::string& file) const {
        return file + ":" + std::to_string(line_) + ":" + std::to_string(column_) + ": " + what();
    }

private:
    std::size_t line_;
    std::size_t column_;
};

}  // namespace vmacheck
