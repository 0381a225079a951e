#include "checker/report/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace vmacheck {

namespace {

constexpr double between_plain_lines_s = 10;

double rate(std::uint64_t steps, double elapsed_s) {
    return elapsed_s > 0 ? static_cast<double>(steps) / elapsed_s : 0;
}

}  // namespace

ProgressStyle progress_style(std::string_view name) {
    if (name == "none") return ProgressStyle::none;
    return name == "auto" && isatty(STDERR_FILENO) != 0 ? ProgressStyle::terminal : ProgressStyle::plain;
}

double Progress::elapsed_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool Progress::due(double elapsed) {
    if (style_ == ProgressStyle::none) return false;
    if (style_ == ProgressStyle::plain && elapsed - last_shown_s_ < between_plain_lines_s) return false;
    last_shown_s_ = elapsed;
    return true;
}

void Progress::show(std::uint64_t done, std::uint64_t of, std::string_view more) {
    const double elapsed = elapsed_s();
    if (!due(elapsed)) return;
    const double per_second = rate(done, elapsed);
    std::string line = fmt::format("{}: {} of {} {}, {:.0f}/s", verb_, done, of, unit_, per_second);
    if (!more.empty()) line += fmt::format(", {}", more);
    if (!grows_ && per_second > 0 && done < of)
        line += fmt::format(", {:.0f} s left", static_cast<double>(of - done) / per_second);
    print_line(line);
}

void Progress::print_line(const std::string& line) {
    if (style_ == ProgressStyle::terminal) {
        fmt::print(stderr, "\r\033[K{}", line);
        line_shown_ = true;
    } else {
        fmt::print(stderr, "{}\n", line);
    }
    std::fflush(stderr);
}

void Progress::finish(std::uint64_t count, std::string_view what) {
    if (line_shown_) clear_line();
    if (style_ == ProgressStyle::none) return;
    const double elapsed = elapsed_s();
    fmt::print(stderr, "{}: {} {} in {:.2f} s, {:.0f}/s\n", verb_, count, what.empty() ? unit_ : what, elapsed,
               rate(count, elapsed));
}

void Progress::clear_line() {
    fmt::print(stderr, "\r\033[K");
    line_shown_ = false;
}

}  // namespace vmacheck
