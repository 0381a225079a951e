#include "checker/subject/plain_results.hpp"

#include "traces/format/names.hpp"

#include <charconv>

namespace vmacheck {
namespace {

// What it does not expect it leaves, and returns false or nothing.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool take(std::string_view wanted) {
        if (!text_.starts_with(wanted)) return false;
        text_.remove_prefix(wanted.size());
        return true;
    }

    [[nodiscard]] bool at_end() const { return text_.empty(); }
    [[nodiscard]] bool at_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }

    std::optional<std::uint64_t> number(int base) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value, base);
        if (error != std::errc()) return std::nullopt;
        text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
        return value;
    }

    // Up to the quote that ends a string, which is taken too.
    std::string_view rest_of_string() {
        const std::size_t length = text_.find('"');
        if (length == std::string_view::npos) return {};
        const std::string_view rest = text_.substr(0, length);
        text_.remove_prefix(length + 1);
        return rest;
    }

private:
    std::string_view text_;
};

// The value of "ret".
bool scan_ret(Scanner& scanner, OpKind kind, SeenResult& seen) {
    seen.error = Errno::ok;
    if (scanner.take("\"0x")) {
        seen.value = scanner.number(16);
        return seen.value && returns_value(kind) && scanner.take("\"");
    }
    if (scanner.take("\"")) {
        seen.error = errno_named(scanner.rest_of_string());
        return seen.error.has_value();
    }
    if (scanner.take("0")) {
        if (scanner.at_digit()) return false;  // no number of JSON
        seen.value = 0;
    } else {
        seen.value = scanner.number(10);
    }
    if (!seen.value) return false;
    if (returns_value(kind)) return true;
    const bool zero = *seen.value == 0;
    seen.value.reset();
    return zero;
}

bool scan_answer(Scanner& scanner, OpKind kind, Answer& answer) {
    if (!scanner.take("{\"ret\":") || !scan_ret(scanner, kind, answer.seen)) return false;
    if (scanner.take("}")) return true;
    if (!scanner.take(",\"layout\":\"0x")) return false;
    answer.layout = scanner.number(16);
    return answer.layout && scanner.take("\"}");
}

}  // namespace

std::optional<std::vector<Answer>> read_plain_results(std::string_view text, std::span<const Op<Plain>> ops) {
    Scanner scanner(text);
    std::vector<Answer> answers(ops.size());
    if (!scanner.take("{\"results\":[")) return std::nullopt;
    for (std::size_t i = 0; i < ops.size(); ++i)
        if ((i > 0 && !scanner.take(",")) || !scan_answer(scanner, ops[i].kind, answers[i])) return std::nullopt;
    if (!scanner.take("]}") || !scanner.at_end()) return std::nullopt;
    return answers;
}

}  // namespace vmacheck
