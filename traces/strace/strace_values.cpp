#include "traces/strace/strace_values.hpp"

#include "traces/format/input_error.hpp"
#include "traces/strace/strace_scan.hpp"

namespace vmacheck {
namespace {

Scanner scan(const StraceArgument& argument) {
    return {argument.text, argument.line, argument.column};
}

void expect_end(Scanner& scanner) {
    scanner.blanks();
    if (scanner.skip("/*")) return;  // a remark of strace's, to the end
    if (!scanner.at_end()) scanner.fail("expected the end of the argument");
}

}  // namespace

std::uint64_t number_of(const StraceArgument& argument) {
    Scanner scanner = scan(argument);
    if (scanner.skip("NULL")) {
        expect_end(scanner);
        return 0;
    }
    // Wraps as the arguments of a system call do.
    const auto product = [&scanner] {
        std::uint64_t value = scanner.number();
        for (;;) {
            if (scanner.skip("*")) {
                value *= scanner.number();
            } else if (scanner.skip("<<")) {
                const std::uint64_t shift = scanner.number();
                if (shift > 63) scanner.fail("shifts by more than 63");
                value <<= shift;
            } else {
                return value;
            }
        }
    };
    std::uint64_t value = product();
    while (scanner.peek() == '+' || scanner.peek() == '-') {
        const bool plus = scanner.skip("+");
        if (!plus) scanner.advance();
        const std::uint64_t term = product();
        value = plus ? value + term : value - term;
    }
    expect_end(scanner);
    return value;
}

std::uint64_t flags_of(const StraceArgument& argument, std::string_view prefix, FlagLookup lookup) {
    Scanner scanner = scan(argument);
    std::uint64_t bits = 0;
    for (;;) {
        if (is_digit(scanner.peek())) {
            std::uint64_t number = scanner.number();
            if (scanner.skip("<<")) {  // 21<<MAP_HUGE_SHIFT
                if (!scanner.skip("MAP_HUGE_SHIFT")) scanner.fail("expected MAP_HUGE_SHIFT");
                number <<= 26;
            }
            bits |= number;
        } else {
            const std::size_t start = scanner.position();
            const std::string name = scanner.name("the name of a flag");
            const std::string_view bare = std::string_view(name).substr(0, prefix.size()) == prefix
                                              ? std::string_view(name).substr(prefix.size())
                                              : std::string_view();
            const std::optional<std::uint64_t> found = bare == "NONE" ? 0 : lookup(bare);
            if (bare.empty() || !found) {
                scanner.back_to(start);
                scanner.fail("unknown flag " + name);
            }
            bits |= *found;
        }
        scanner.blanks();
        if (!scanner.skip("|")) break;
    }
    expect_end(scanner);
    return bits;
}

std::vector<std::string> names_of(const StraceArgument& argument) {
    std::vector<std::string> names;
    Scanner scanner = scan(argument);
    do {
        names.push_back(scanner.name("the name of a flag"));
    } while (scanner.skip("|"));
    expect_end(scanner);
    return names;
}

Descriptor descriptor_of(const StraceArgument& argument) {
    Scanner scanner = scan(argument);
    Descriptor descriptor;
    if (scanner.skip("AT_FDCWD")) {
        descriptor.number = -100;
    } else {
        descriptor.number = static_cast<std::int32_t>(scanner.number());  // an int, whatever was in the register
    }
    if (scanner.peek() == '<') {
        const std::size_t end = argument.text.rfind('>');
        if (end == std::string::npos) scanner.fail("the annotation of the descriptor has no end");
        descriptor.path = argument.text.substr(scanner.position() + 1, end - scanner.position() - 1);
        // A path that ended before "(deleted)" is another file than one of the same name.
        if (argument.text.compare(end + 1, std::string::npos, "(deleted)") == 0) descriptor.path += " (deleted)";
    }
    return descriptor;
}

std::string string_of(const StraceArgument& argument) {
    Scanner scanner = scan(argument);
    scanner.expect('"', "at the start of a string");
    std::string text;
    while (scanner.peek() != '"') {
        if (scanner.at_end()) scanner.fail("the string has no end");
        if (scanner.peek() == '\\') scanner.advance();  // escapes stay as letters: a name, not data
        text.push_back(scanner.peek());
        scanner.advance();
    }
    return text;
}

std::optional<StraceArgument> field_of(const StraceArgument& argument, std::string_view name) {
    Scanner scanner = scan(argument);
    scanner.expect('{', "at the start of a struct");
    for (;;) {
        scanner.blanks();
        if (scanner.at_end() || scanner.peek() == '}') return std::nullopt;
        if (!is_name_character(scanner.peek())) return std::nullopt;  // "..." of an abbreviated struct
        const std::string field = scanner.name("the name of a field");
        if (!scanner.skip("=")) return std::nullopt;
        StraceArgument value{{}, scanner.line(), scanner.column()};
        value.text = std::string(scanner.value("<unfinished ...>"));
        if (field == name) return value;
        scanner.blanks();
        if (!scanner.skip(",")) return std::nullopt;
    }
}

}  // namespace vmacheck
