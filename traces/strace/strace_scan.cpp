// Walks along one line of strace's text: brackets, strings, annotations, results.
#include "traces/strace/strace_scan.hpp"

#include "traces/format/input_error.hpp"

#include <limits>

namespace vmacheck {

void Scanner::fail(const std::string& what) const {
    throw InputError(line_, column(), what);
}

void Scanner::expect(char wanted, const char* where) {
    if (peek() != wanted) fail(std::string("expected '") + wanted + "' " + where);
    ++at_;
}

std::string Scanner::name(const char* what) {
    const std::size_t start = at_;
    while (!at_end() && is_name_character(peek())) ++at_;
    if (at_ == start) fail(std::string("expected ") + what);
    return std::string(text_.substr(start, at_ - start));
}

std::uint64_t Scanner::decimal(const char* what) {
    const std::size_t start = at_;
    std::uint64_t value = 0;
    for (; is_digit(peek()); ++at_) {
        const std::uint64_t digit = static_cast<std::uint64_t>(peek() - '0');
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) fail(std::string(what) + " is too large");
        value = value * 10 + digit;
    }
    if (at_ == start) fail(std::string("expected ") + what);
    return value;
}

std::uint64_t Scanner::number() {
    const bool negative = skip("-");
    unsigned base = 10;
    if (skip("0x"))
        base = 16;
    else if (peek() == '0')
        base = 8;
    const std::size_t start = at_;
    std::uint64_t value = 0;
    for (;; ++at_) {
        const char c = peek();
        unsigned digit = 99;
        if (is_digit(c))
            digit = static_cast<unsigned>(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = static_cast<unsigned>(c - 'a') + 10;
        if (digit >= base) break;
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base) fail("the number is too large");
        value = value * base + digit;
    }
    if (at_ == start) fail("expected a number");
    return negative ? 0 - value : value;
}

void Scanner::string_literal() {
    const std::size_t start = at_++;
    for (; peek() != '"'; ++at_) {
        if (peek() == '\\') ++at_;
        if (at_end()) {
            at_ = start;
            fail("the string has no end");
        }
    }
    ++at_;
    skip("...");
}

// <...> after a descriptor. A '>' belongs to it ("->" of a socket) unless the value can end there.
void Scanner::annotation() {
    const std::size_t start = at_;
    for (++at_; !at_end(); ++at_) {
        if (peek() != '>') continue;
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : ',';
        if (next == ',' || next == ')' || next == ' ' || next == '(' || next == ']' || next == '}') {
            ++at_;
            skip("(deleted)");
            return;
        }
    }
    at_ = start;
    fail("the annotation of the descriptor has no end");
}

std::string_view Scanner::value(std::string_view stop) {
    const std::size_t start = at_;
    std::string open;  // brackets that wait for their end
    for (; !at_end(); ++at_) {
        const char c = peek();
        if (c == '"') {
            string_literal();
            --at_;
        } else if (c == '/' && starts_with("/*")) {
            const std::size_t end = text_.find("*/", at_ + 2);
            if (end == std::string_view::npos) fail("the comment has no end");
            at_ = end + 1;
        } else if (c == '<' && starts_with(stop)) {
            break;
        } else if (c == '<' && at_ > start && text_[at_ - 1] != ' ' && text_[at_ - 1] != '<' && !starts_with("<<")) {
            annotation();
            --at_;
        } else if (c == '(' || c == '[' || c == '{') {
            open.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
        } else if (!open.empty() && c == open.back()) {
            open.pop_back();
        } else if (open.empty() && (c == ',' || c == ')' || c == '}' || c == ']')) {
            break;
        }
    }
    if (at_end() && !open.empty()) fail(std::string("expected '") + open.back() + "'");
    std::size_t end = at_;
    while (end > start && text_[end - 1] == ' ') --end;
    return text_.substr(start, end - start);
}

bool Scanner::arguments(std::vector<StraceArgument>& out, std::string_view stop) {
    for (;;) {
        blanks();
        if (starts_with(",")) {  // the first half broke off behind a value
            ++at_;
            continue;
        }
        if (skip(")")) return true;
        if (starts_with(stop)) return false;
        if (at_end()) fail("the list of arguments has no end");
        const std::size_t where = column();
        const std::size_t before = at_;
        const std::string_view text = value(stop);
        if (at_ == before) fail("expected an argument");
        out.push_back({std::string(text), line_, where});
    }
}

StraceResult Scanner::result() {
    StraceResult result;
    if (skip("?")) {
        blanks();
        if (peek() == 'E') result.error = name("an error");
        return result;
    }
    const bool minus = peek() == '-';
    result.known = true;
    result.value = number();
    if (peek() == '<') {
        const std::size_t start = at_ + 1;
        annotation();
        result.path = std::string(text_.substr(start, text_.rfind('>', at_ - 1) - start));
    }
    blanks();
    if (minus && peek() == 'E') {
        result.failed = true;
        result.error = name("an error");
        result.value = 0;
    }
    return result;
}

}  // namespace vmacheck
