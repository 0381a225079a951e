#include "checker/progress.hpp"

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

std::string Progress::line_for(std::uint64_t steps, std::uint64_t ops, double elapsed) const {
    return fmt::format("{}: {} of {} steps, {:.0f}/s", verb_, steps, ops, rate(steps, elapsed));
}

namespace {

std::string time_left(std::uint64_t steps, std::uint64_t ops, double per_second) {
    if (per_second <= 0 || steps >= ops) return {};
    return fmt::format(", {:.0f} s left", static_cast<double>(ops - steps) / per_second);
}

}  // namespace

void Progress::show(std::uint64_t steps, std::uint64_t ops, bool found) {
    const double elapsed = elapsed_s();
    if (!due(elapsed)) return;
    const std::string line = line_for(steps, ops, elapsed);
    print_line(line + (found ? ", found something: finishing the cases before it"
                             : time_left(steps, ops, rate(steps, elapsed))));
}

void Progress::show(std::uint64_t steps, std::uint64_t ops, std::string_view more) {
    const double elapsed = elapsed_s();
    if (!due(elapsed)) return;
    print_line(
        fmt::format("{}, {}{}", line_for(steps, ops, elapsed), more, time_left(steps, ops, rate(steps, elapsed))));
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

void Progress::finish(std::uint64_t steps) {
    if (line_shown_) clear_line();
    if (style_ == ProgressStyle::none) return;
    const double elapsed = elapsed_s();
    fmt::print(stderr, "{}: {} steps in {:.2f} s, {:.0f}/s\n", verb_, steps, elapsed, rate(steps, elapsed));
}

void Progress::clear_line() {
    fmt::print(stderr, "\r\033[K");
    line_shown_ = false;
}

}  // namespace vmacheck
