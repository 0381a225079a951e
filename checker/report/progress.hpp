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

// What is worth knowing of a search by cases.
constexpr std::string_view found_something(bool found) {
    return found ? "found something: finishing the cases before it" : "";
}

class Progress {
public:
    // `unit`: what is counted, "steps". `grows`: how many there are is not known before the end, so that nothing is
    // said of the time left.
    Progress(std::string verb, ProgressStyle style, std::string unit = "steps", bool grows = false)
        : verb_(std::move(verb)), style_(style), unit_(std::move(unit)), grows_(grows) {}

    // How many are done of how many, and what else is worth knowing: "412 of 420 cells, 1 finding". Plain lines come at
    // most every ten seconds.
    void show(std::uint64_t done, std::uint64_t of, std::string_view more = {});
    // The last line: the rate of all, of these or of something else that was counted.
    void finish(std::uint64_t count, std::string_view what = {});
    [[nodiscard]] double elapsed_s() const;

private:
    void print_line(const std::string& line);
    // Whether it is time for a line.
    bool due(double elapsed);
    void clear_line();

    std::string verb_;
    ProgressStyle style_;
    std::string unit_;
    bool grows_;
    bool line_shown_ = false;
    double last_shown_s_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace vmacheck
