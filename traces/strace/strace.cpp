// The text that strace prints, cut into calls: lines, arguments, results, and the halves of interrupted calls.
#include "traces/strace/strace.hpp"

#include "traces/format/input_error.hpp"
#include "traces/strace/strace_scan.hpp"

#include <algorithm>
#include <map>

namespace vmacheck {
namespace {

constexpr std::string_view unfinished = "<unfinished ...>";

// A call whose end has not been read yet.
struct Begun {
    StraceCall call;
    bool open_list = true;  // its argument list continues in the second half
};

class LogParser {
public:
    void line(std::string_view text, std::size_t number) {
        Scanner scan(text, number);
        scan.blanks();
        if (scan.at_end()) return;
        const std::uint32_t thread = thread_of(scan);
        time_stamp(scan);
        scan.blanks();
        if (scan.starts_with("+++")) return ended(scan, thread);
        if (scan.starts_with("---")) return;  // a signal
        if (scan.skip("<... ")) return second_half(scan, thread);
        first_half(scan, thread);
    }

    StraceLog finish(std::size_t lines) {
        log_.lines = lines;
        for (auto& [thread, begun] : begun_) {
            begun.call.ended = lines + 1;
            log_.calls.push_back(std::move(begun.call));
        }
        return std::move(log_);
    }

private:
    static std::uint32_t thread_of(Scanner& scan) {
        if (scan.skip("[pid")) {
            scan.blanks();
            const std::uint32_t thread = thread_number(scan);
            scan.blanks();
            scan.expect(']', "after the thread's id");
            scan.blanks();
            return thread;
        }
        // A number and a blank: an id. "12:00:01" and "0.000123" are time stamps.
        const std::size_t start = scan.position();
        if (!is_digit(scan.peek())) return 0;
        while (is_digit(scan.peek())) scan.advance();
        const bool id = scan.peek() == ' ';
        scan.back_to(start);
        if (!id) return 0;
        const std::uint32_t thread = thread_number(scan);
        scan.blanks();
        return thread;
    }
    static std::uint32_t thread_number(Scanner& scan) {
        const std::uint64_t value = scan.decimal("a thread's id");
        if (value > 0xffffffffU) scan.fail("the thread's id is too large");
        return static_cast<std::uint32_t>(value);
    }
    static void time_stamp(Scanner& scan) {
        if (!is_digit(scan.peek())) return;
        while (is_digit(scan.peek()) || scan.peek() == ':' || scan.peek() == '.') scan.advance();
        if (scan.peek() != ' ') scan.fail("expected a call, a thread's id or a time stamp");
    }

    void ended(Scanner& scan, std::uint32_t thread) {
        if (scan.contains("superseded by execve")) return;  // the main thread takes over this id
        log_.exits.push_back({thread, scan.line()});
    }

    void first_half(Scanner& scan, std::uint32_t thread) {
        Begun begun;
        begun.call.thread = thread;
        begun.call.begun = scan.line();
        begun.call.column = scan.column();
        begun.call.name = scan.name("the name of a call");
        if (begun_.count(thread) != 0)
            scan.fail("this thread's call of line " + std::to_string(begun_[thread].call.begun) + " has not ended");
        scan.expect('(', "after the name of a call");
        begun.open_list = !scan.arguments(begun.call.arguments, unfinished);
        read_rest(scan, std::move(begun));
    }

    void second_half(Scanner& scan, std::uint32_t thread) {
        const std::string name = scan.name("the name of a call");
        const auto entry = begun_.find(thread);
        if (entry == begun_.end()) scan.fail("a call resumes here whose beginning is not in the log");
        Begun begun = std::move(entry->second);
        begun_.erase(entry);
        if (name != begun.call.name) scan.fail("this thread's unfinished call is " + begun.call.name + ", not " + name);
        scan.blanks();
        if (!scan.skip("resumed>")) scan.fail("expected \"resumed>\"");
        if (begun.open_list) begun.open_list = !scan.arguments(begun.call.arguments, unfinished);
        read_rest(scan, std::move(begun));
    }

    // After the argument list, or where it broke off.
    void read_rest(Scanner& scan, Begun begun) {
        scan.blanks();
        if (scan.skip(unfinished)) {
            scan.blanks();
            // The call of a thread that is killed in it: "<unfinished ...>) = ?".
            if (!scan.skip(")")) {
                if (!scan.at_end()) scan.fail("expected the end of the line after an unfinished call");
                begun_.insert_or_assign(begun.call.thread, std::move(begun));
                return;
            }
            scan.blanks();
        }
        scan.expect('=', "and the result of the call");
        scan.blanks();
        begun.call.result = scan.result();
        begun.call.ended = scan.line();
        log_.calls.push_back(std::move(begun.call));
    }

    StraceLog log_;
    std::map<std::uint32_t, Begun> begun_;  // by thread
};

}  // namespace

StraceLog parse_strace(std::string_view text) {
    LogParser parser;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t length = text.find('\n');
        parser.line(text.substr(0, length), ++number);
        text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
    }
    return parser.finish(number);
}

}  // namespace vmacheck
