#include "checker/report/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>

#include <cstdio>

namespace vmacheck {

namespace json = boost::json;

namespace {

// The least time between two lines.
constexpr double between_lines_s(ProgressStyle style) {
    if (style == ProgressStyle::plain) return 10;
    return style == ProgressStyle::json ? 1 : 0.1;
}

double rate(std::uint64_t steps, double elapsed_s) {
    return elapsed_s > 0 ? static_cast<double>(steps) / elapsed_s : 0;
}

// The columns of the terminal, less one that the cursor needs. A line that wraps would not be overwritten by the next.
std::size_t columns_of_terminal() {
    constexpr std::size_t usual = 80;
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return (known ? size.ws_col : usual) - 1;
}

// Of this process so far.
std::uint64_t most_memory_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

ProgressStyle progress_style(std::string_view name) {
    if (name == "none") return ProgressStyle::none;
    if (name == "json") return ProgressStyle::json;
    return name == "auto" && isatty(STDERR_FILENO) != 0 ? ProgressStyle::terminal : ProgressStyle::plain;
}

double ProgressDisplay::elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool ProgressDisplay::due(double elapsed) {
    if (style_ == ProgressStyle::none) return false;
    if (elapsed - last_shown_s_ < between_lines_s(style_)) return false;
    last_shown_s_ = elapsed;
    return true;
}

void ProgressDisplay::show(const Progress& progress) {
    const auto& [done, of, note] = progress;
    const double elapsed = elapsed_s();
    if (!due(elapsed)) return;
    const double per_second = rate(done, elapsed);
    const bool foretold = !grows_ && per_second > 0 && done < of;
    const double left_s = foretold ? static_cast<double>(of - done) / per_second : 0;
    if (style_ == ProgressStyle::json) {
        json::object object = counted(false, done, unit_, elapsed);
        if (of != 0) object["of"] = of;
        if (foretold) object["left_s"] = left_s;
        if (!note.empty()) object["note"] = note;
        return print_line(json::serialize(object));
    }
    std::string line =
        fmt::format("{}: {}{} {}, {:.0f}/s", verb_, done, of == 0 ? "" : fmt::format(" of {}", of), unit_, per_second);
    if (!note.empty()) line += fmt::format(", {}", note);
    line += fmt::format(", {} MiB", most_memory_bytes() >> 20);
    if (foretold) line += fmt::format(", {:.0f} s left", left_s);
    print_line(line);
}

json::object ProgressDisplay::counted(bool ended, std::uint64_t count, std::string_view unit, double elapsed) const {
    return {{"verb", verb_},
            {"ended", ended},
            {"done", count},
            {"unit", unit},
            {"elapsed_s", elapsed},
            {"per_second", rate(count, elapsed)},
            {"memory_bytes", most_memory_bytes()}};
}

void ProgressDisplay::print_line(const std::string& line) {
    if (style_ == ProgressStyle::terminal) {
        fmt::print(stderr, "\r\033[K{}", line.substr(0, columns_of_terminal()));
        line_shown_ = true;
    } else {
        fmt::print(stderr, "{}\n", line);
    }
    std::fflush(stderr);
}

void ProgressDisplay::finish(std::uint64_t count, std::string_view what) {
    if (line_shown_) clear_line();
    if (style_ == ProgressStyle::none) return;
    const double elapsed = elapsed_s();
    if (style_ == ProgressStyle::json)
        return print_line(json::serialize(counted(true, count, what.empty() ? unit_ : what, elapsed)));
    fmt::print(stderr, "{}: {} {} in {:.2f} s, {:.0f}/s\n", verb_, count, what.empty() ? unit_ : what, elapsed,
               rate(count, elapsed));
}

void ProgressDisplay::clear_line() {
    fmt::print(stderr, "\r\033[K");
    line_shown_ = false;
}

}  // namespace vmacheck
