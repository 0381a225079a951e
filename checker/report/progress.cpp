#include "checker/report/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace vmacheck {

namespace {

constexpr double between_plain_lines_s = 10;

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

}  // namespace

ProgressStyle progress_style(std::string_view name) {
    if (name == "none") return ProgressStyle::none;
    return name == "auto" && isatty(STDERR_FILENO) != 0 ? ProgressStyle::terminal : ProgressStyle::plain;
}

double ProgressDisplay::elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool ProgressDisplay::due(double elapsed) {
    if (style_ == ProgressStyle::none) return false;
    if (style_ == ProgressStyle::plain && elapsed - last_shown_s_ < between_plain_lines_s) return false;
    last_shown_s_ = elapsed;
    return true;
}

void ProgressDisplay::show(const Progress& progress) {
    const auto& [done, of, note] = progress;
    const double elapsed = elapsed_s();
    if (!due(elapsed)) return;
    const double per_second = rate(done, elapsed);
    std::string line = fmt::format("{}: {} of {} {}, {:.0f}/s", verb_, done, of, unit_, per_second);
    if (!note.empty()) line += fmt::format(", {}", note);
    if (!grows_ && per_second > 0 && done < of)
        line += fmt::format(", {:.0f} s left", static_cast<double>(of - done) / per_second);
    print_line(line);
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
    fmt::print(stderr, "{}: {} {} in {:.2f} s, {:.0f}/s\n", verb_, count, what.empty() ? unit_ : what, elapsed,
               rate(count, elapsed));
}

void ProgressDisplay::clear_line() {
    fmt::print(stderr, "\r\033[K");
    line_shown_ = false;
}

}  // namespace vmacheck
