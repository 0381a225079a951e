// How far a search has come, on standard error: one line that is written anew on a terminal, plain lines elsewhere.
// Never on standard output, which is the same on every run.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace vmacheck {

enum class ProgressStyle : std::uint8_t { none, plain, terminal };

// "auto", "plain" or "none"; "auto" is a terminal's line if standard error is one.
ProgressStyle progress_style(std::string_view name);

class Progress {
public:
    Progress(std::string verb, ProgressStyle style) : verb_(std::move(verb)), style_(style) {}

    // Steps performed of a budget, and whether something was found. Plain lines come at most every ten seconds.
    void show(std::uint64_t steps, std::uint64_t ops, bool found);
    // The same with what else is worth knowing: "412 of 420 cells, 1 finding".
    void show(std::uint64_t steps, std::uint64_t ops, std::string_view more);
    // The last line: the rate of all.
    void finish(std::uint64_t steps);
    [[nodiscard]] double elapsed_s() const;

private:
    void print_line(const std::string& line);
    [[nodiscard]] std::string line_for(std::uint64_t steps, std::uint64_t ops, double elapsed) const;
    // Whether it is time for a line.
    bool due(double elapsed);
    void clear_line();

    std::string verb_;
    ProgressStyle style_;
    bool line_shown_ = false;
    double last_shown_s_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace vmacheck
