// What import and record say of a recording, in text: calls, layouts, the cause of each difference, what was left out.
#pragma once

#include "checker/conform/layout_comparison.hpp"
#include "checker/conform/lockstep.hpp"
#include "checker/run/replay.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace vmacheck::cli {

class RecordingSummary {
public:
    explicit RecordingSummary(std::FILE* out) : out_(out) {}

    // `name`: of the log or the program.
    void calls(const Import& import, const Lockstep& lockstep, const std::string& name) const;
    // Of a maps text.
    void layouts(const LayoutComparison& comparison, const std::string& maps) const;
    // Of those that a recorder saw. Nothing where it saw none.
    void seen_layouts(const Lockstep& lockstep, const std::string& name) const;
    void replayed(const ReplayResult& result) const;
    void next(const std::string& verb, const std::string& trace) const;

private:
    void causes(const std::vector<ExplainedDifference>& differences, const std::string& file) const;

    std::FILE* out_;
};

// Replays what was made of a recording with every property, and says how it went.
Verdict replay_checked(const Trace& trace, const RecordingSummary& summary);

bool none_unexplained(const std::vector<ExplainedDifference>& differences);

}  // namespace vmacheck::cli
