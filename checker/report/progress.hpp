// How far a search has come, on standard error: one line that is written anew on a terminal, plain lines elsewhere, or a
// JSON object a line for programs. Never on standard output, which is the same on every run.
#pragma once

#include "checker/run/progress.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace vmacheck {

enum class ProgressStyle : std::uint8_t { none, plain, terminal, json };

// "auto", "plain", "json" or "none"; "auto" is a terminal's line if standard error is one.
ProgressStyle progress_style(std::string_view name);

class ProgressDisplay {
public:
    // `unit`: what is counted, "steps". `grows`: how many there are is not known before the end, so that nothing is
    // said of the time left.
    ProgressDisplay(std::string verb, ProgressStyle style, std::string unit = "steps", bool grows = false)
        : verb_(std::move(verb)), style_(style), unit_(std::move(unit)), grows_(grows) {}

    // Plain lines come at most every ten seconds, objects at most every second.
    void show(const Progress& progress);
    // The last line: the rate of all, of these or of something else that was counted.
    void finish(std::uint64_t count, std::string_view what = {});
    [[nodiscard]] double elapsed_s() const;

private:
    [[nodiscard]] boost::json::object counted(bool ended, std::uint64_t count, std::string_view unit,
                                              double elapsed) const;
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
