// Walks along one line of strace's text. Internal to traces/strace.
#pragma once

#include "traces/strace/strace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_name_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Scanner {
public:
    // The text starts at `column` (from 1) of its line.
    Scanner(std::string_view text, std::size_t line, std::size_t column = 1)
        : text_(text), line_(line), first_(column) {}

    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
    [[nodiscard]] std::size_t line() const { return line_; }
    [[nodiscard]] std::size_t column() const { return first_ + at_; }
    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] bool starts_with(std::string_view prefix) const { return text_.substr(at_, prefix.size()) == prefix; }
    [[nodiscard]] bool contains(std::string_view part) const { return text_.find(part, at_) != std::string_view::npos; }
    void advance() { ++at_; }
    void back_to(std::size_t position) { at_ = position; }
    void blanks() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }
    bool skip(std::string_view prefix) {
        if (!starts_with(prefix)) return false;
        at_ += prefix.size();
        return true;
    }
    [[noreturn]] void fail(const std::string& what) const;
    void expect(char wanted, const char* where);
    std::string name(const char* what);
    std::uint64_t decimal(const char* what);
    // A number with its sign, in base 10, 16 (0x) or 8 (0); negative ones as their 64-bit two's complement.
    std::uint64_t number();

    // Reads arguments up to and including the closing parenthesis: true. Where the list breaks off with `stop`, reads
    // up to it: false. What was read is appended.
    bool arguments(std::vector<StraceArgument>& out, std::string_view stop);
    // One value up to a comma or closing bracket of its level, or `stop`.
    std::string_view value(std::string_view stop);
    // The result, after "= ".
    StraceResult result();

private:
    void string_literal();
    void annotation();

    std::string_view text_;
    std::size_t line_;
    std::size_t first_;
    std::size_t at_ = 0;
};

}  // namespace vmacheck
