#include "checker/cli/options/recording_summary.hpp"

#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace vmacheck::cli {

void RecordingSummary::calls(const Import& import, const Lockstep& lockstep, const std::string& name) const {
    const double share = lockstep.calls == 0
                             ? 100.0
                             : 100.0 * static_cast<double>(lockstep.agreed) / static_cast<double>(lockstep.calls);
    fmt::print(out_, "{}: {}, {} agree ({:.2f} %), {} differ\n", name, plural(lockstep.calls, "call"), lockstep.agreed,
               share, lockstep.differences.size());
    for (const std::string& note : import.notes) fmt::print(out_, "  note: {}\n", note);
    causes(lockstep.differences, name);
    const auto skipped = import.skip_counts();
    for (std::size_t reason = 0; reason < skipped.size(); ++reason)
        if (skipped[reason] > 0)
            fmt::print(out_, "  {} left out as {}: {}\n", plural(skipped[reason], "call"),
                       vmacheck::name(static_cast<SkipReason>(reason)), meaning(static_cast<SkipReason>(reason)));
}

void RecordingSummary::layouts(const LayoutComparison& comparison, const std::string& maps) const {
    fmt::print(out_, "{}: {}, {} equal, {}\n", maps, plural(comparison.vmas, "VMA"), comparison.equal,
               plural(comparison.differences.size(), "difference"));
    causes(comparison.differences, maps);
}

void RecordingSummary::seen_layouts(const Lockstep& lockstep, const std::string& name) const {
    if (lockstep.layouts_compared == 0) return;
    fmt::print(out_, "  {} compared, {} equal VMA by VMA, {}\n", plural(lockstep.layouts_compared, "layout"),
               lockstep.layouts_equal, plural(lockstep.layout_differences.size(), "difference"));
    causes(lockstep.layout_differences, name);
    fmt::print(out_, "  {} added where memory was found{}{}\n", plural(lockstep.faults, "page fault"),
               lockstep.faults_unordered == 0
                   ? ""
                   : fmt::format(", {} of them undetermined in their order", lockstep.faults_unordered),
               lockstep.faults_refused == 0 ? "" : fmt::format(", {} that the model refuses", lockstep.faults_refused));
    const double share = lockstep.calls == 0
                             ? 100.0
                             : 100.0 * static_cast<double>(lockstep.equal_calls) / static_cast<double>(lockstep.calls);
    fmt::print(out_, "  {} of {} equal in result and layout ({:.2f} %)\n", lockstep.equal_calls,
               plural(lockstep.calls, "call"), share);
}

void RecordingSummary::replayed(const ReplayResult& result) const {
    for (const Violation& each : result.broken.violations)
        fmt::print(out_, "  {}: {}: {}\n", place_of(result.broken.step, result.line), each.property, each.text);
    for (const Difference& each : result.differences)
        fmt::print(out_, "  {}: {}: expected {}, is {}\n", place_of(each.step, each.line), each.what, each.expected,
                   each.actual);
    fmt::print(out_, "  replayed {} with every property: {}\n", plural(result.steps, "step"), word(result.verdict));
}

void RecordingSummary::next(const std::string& verb, const std::string& trace) const {
    fmt::print(out_, "next: ./vmacheck {} {}\n", verb, shell_quote(trace));
}

void RecordingSummary::causes(const std::vector<ExplainedDifference>& differences, const std::string& file) const {
    for (const ExplainedDifference& each : differences)
        fmt::print(out_, "    {}:{}: {}: {}{}\n", file, each.line, info(each.cause).name, each.text,
                   each.detail.empty() ? "" : " (" + each.detail + ")");
    const KnownDifferenceCounts counts = count_causes(differences);
    for (std::size_t cause = 0; cause < counts.size(); ++cause)
        if (counts[cause] > 0)
            fmt::print(out_, "  {} x {}: {}\n", counts[cause], info(static_cast<KnownDifference>(cause)).name,
                       info(static_cast<KnownDifference>(cause)).sentence);
}

Verdict replay_checked(const Trace& trace, const RecordingSummary& summary) {
    ReplayOptions options;
    options.checker = make_full_checker();
    const ReplayResult result = replay(trace, options);
    if (result.verdict == Verdict::bad_input) throw std::runtime_error(result.error);
    summary.replayed(result);
    return result.verdict;
}

bool none_unexplained(const std::vector<ExplainedDifference>& differences) {
    return count_causes(differences)[static_cast<std::size_t>(KnownDifference::unexplained)] == 0;
}

}  // namespace vmacheck::cli
