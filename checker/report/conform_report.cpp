#include "checker/report/conform_report.hpp"

#include "checker/conform/subject_differences.hpp"
#include "checker/coverage/grid.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

namespace vmacheck {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_reasons = 6;  // why operations were left out

std::string result_of(const TraceStep& step) {
    if (!step.seen.error) return "?";
    if (*step.seen.error != Errno::ok) return std::string(name(*step.seen.error));
    return step.seen.value && returns_value(step.op.kind) ? fmt::format("{:#x}", *step.seen.value) : "0";
}

std::string calls_of(const Trace& trace) {
    std::string text;
    std::size_t number = 0;
    for (const TraceStep& each : trace.steps) {
        const std::string process = each.op.process == 0 ? "" : fmt::format("process {}: ", each.op.process);
        text += fmt::format("  {:>4}  {}{} = {}\n", ++number, process, call_text(each.op), result_of(each));
    }
    return text;
}

std::string_view word_of(const FoundDifference& found) {
    return found.on_subject ? "violated" : "differs";
}

std::string text_of(const ConformReport& report, const FoundDifference& found) {
    const Finding& finding = found.finding;
    std::string text = fmt::format("\n{:<11} {} ({})\n", word_of(found), finding.property(),
                                   plural(found.times, "case") + " ended so");
    text += calls_of(finding.trace);
    for (const Violation& each : finding.violations) text += fmt::format("        {}: {}\n", each.property, each.text);
    if (!found.explained_by.empty())
        text += fmt::format("        the policy would explain it: {}\n", fmt::join(found.explained_by, ", or "));
    if (!found.calls.empty())
        text += "        the last call goes through\n" + tree_calls_text(found.calls, "          ");
    if (!found.no_calls.empty())
        text += fmt::format("        what the last call goes through is not known: {}\n", found.no_calls);
    if (!found.program.empty()) text += fmt::format("  as C:  {}\n", found.program);
    if (!found.no_program.empty()) text += fmt::format("  as C:  not possible, {}\n", found.no_program);
    if (!found.test.empty()) text += fmt::format("  as a test of tools/testing/vma:  {}\n", found.test);
    if (!found.no_test.empty())
        text += fmt::format("  as a test of tools/testing/vma:  not possible, {}\n", found.no_test);
    if (!finding.path.empty()) text += fmt::format("  again: {}\n", replay_command(report, finding));
    return text;
}

// Most frequent first.
std::vector<std::pair<std::string, std::size_t>> sorted(const LeftOut& left_out) {
    std::vector<std::pair<std::string, std::size_t>> rows(left_out.begin(), left_out.end());
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return rows;
}

json::object subject_json(const ConformReport& report) {
    return {{"on", report.on}, {"name", report.result.subject.name}, {"version", report.result.subject.version}};
}

json::array calls_json(const std::vector<TreeCall>& calls) {
    json::array list;
    for (const TreeCall& each : calls)
        list.push_back(json::object{{"function", each.function},
                                    {"depth", each.depth},
                                    {"file", each.file},
                                    {"first_line", each.first_line},
                                    {"last_line", each.last_line}});
    return list;
}

json::object finding_json(const ConformReport& report, const FoundDifference& found) {
    const Finding& finding = found.finding;
    return {{"property", finding.property()},
            {"on", report.on},
            {"text", finding.text()},
            {"ops", finding.trace.steps.size()},
            {"trace", finding.path},
            {"replay", replay_command(report, finding)},
            {"times", found.times},
            {"explained_by", json::array(found.explained_by.begin(), found.explained_by.end())},
            {"program", found.program},
            {"test", found.test},
            {"calls", calls_json(found.calls)}};
}

// ---------------------------------------------------------------------------------------------- statement

// The differences by the operation that shows them and the result that the model gives.
std::multimap<std::pair<std::string, std::string>, const FoundDifference*> by_operation(
    const SubjectCheckResult& result) {
    std::multimap<std::pair<std::string, std::string>, const FoundDifference*> differences;
    for (const FoundDifference& each : result.found) {
        if (each.finding.trace.steps.empty()) continue;
        // "ret: expected EEXIST, is 0x7000": the model's result; otherwise both gave the same.
        std::string expected = "ok";
        const std::string& text = each.finding.text();
        if (const auto at = text.find("ret: expected "); at != std::string::npos) {
            expected = text.substr(at + 14, text.find(',', at) - at - 14);
            if (expected.front() == '0' || expected == "ok") expected = "ok";
        } else if (const auto& error = each.finding.trace.steps.back().seen.error; error && *error != Errno::ok) {
            expected = name(*error);
        }
        differences.emplace(std::pair{std::string(name(each.finding.trace.steps.back().op.kind)), expected}, &each);
    }
    return differences;
}

}  // namespace

// Each cell of the coverage grid that is about an operation's result, "errno/OP/ERRNO", and can be reached.
std::vector<StatementRow> statement_rows(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    const auto differences = by_operation(result);
    const Profile* profile = profile_named(result.started.profile);
    const Grid grid = fill_grid(cell_counts(result.coverage), profile != nullptr ? *profile : default_profile());
    std::vector<StatementRow> rows;
    std::map<std::string, std::uint64_t> of_operation;
    for (const Cell& each : grid.cells) {
        const std::size_t slash = each.name.rfind('/');
        if (!each.name.starts_with("errno/") || each.state == CellState::unreachable) continue;
        StatementRow row{each.name.substr(6, slash - 6), each.name.substr(slash + 1), {}, each.count, {}, nullptr};
        of_operation[row.operation] += row.compared;
        const auto found = differences.find({row.operation, row.result});
        if (found != differences.end()) {
            row.verdict = "differs";
            row.trace = found->second->finding.path;
            row.difference = found->second;
        }
        rows.push_back(std::move(row));
    }
    for (StatementRow& each : rows) {
        if (!each.verdict.empty()) continue;
        each.verdict = each.compared > 0                   ? "conforms"
                       : of_operation[each.operation] == 0 ? "not supported"
                                                           : "not reached";
    }
    return rows;
}

std::string replay_command(const ConformReport& report, const Finding& finding) {
    return fmt::format("./vmacheck conform --on {} --profile {} {}", shell_quote(report.on),
                       report.result.started.profile, shell_quote(finding.path));
}

std::string report_text(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    std::string text = fmt::format("{:<11} {} ({}) against {}: {}, {} compared\n", word(result.verdict()), report.on,
                                   result.subject.version, report.model, plural(result.steps(), "step"),
                                   plural(result.compared, "result"));
    for (const SourceTotal& each : result.sources)
        text += fmt::format("{:<11} {} in {}, {} with a difference\n", each.name, plural(each.steps, "step"),
                            plural(each.traces, each.name == "random" ? "case" : "trace"), each.differing);
    if (result.failures > 0)
        text += fmt::format(
            "failures    {} ended with an allocation that failed, where only the subject's own checks are made\n",
            plural(result.failures, "case"));
    const auto reasons = sorted(result.left_out);
    for (std::size_t i = 0; i < std::min(reasons.size(), shown_reasons); ++i)
        text += fmt::format("left out    {} times: {}\n", reasons[i].second, reasons[i].first);
    if (reasons.size() > shown_reasons)
        text += fmt::format("left out    for {}\n", plural(reasons.size() - shown_reasons, "more reason"));
    for (const SubjectDifference& each : subject_differences())
        if (const auto known = result.known.find(std::string(each.name)); known != result.known.end())
            text += fmt::format("known       {} times {}: {}\n", known->second, each.name, each.reason);
    if (!result.lost.empty()) text += fmt::format("lost        {}\n", result.lost);
    if (result.lost_times > 0) {
        text +=
            fmt::format("undecided   the subject was lost {}, and started again\n", plural(result.lost_times, "time"));
        for (const Loss& each : result.losses)
            text +=
                fmt::format("  {}\n  its operations: {}\n", each.how, each.path.empty() ? "not written" : each.path);
    }
    if (!result.ended.empty()) text += fmt::format("undecided   {}\n", result.ended);
    if (result.steps() == 0) text += "undecided   nothing was performed\n";
    if (result.not_repeated > 0)
        text += fmt::format("undecided   {} did not show again in a second run\n",
                            plural(result.not_repeated, "difference"));
    for (const auto& [property, cases] : result.further)
        text += fmt::format("further     {} broke {} too, and {} not looked into\n", plural(cases, "case"), property,
                            cases == 1 ? "was" : "were");
    for (const FoundDifference& each : result.found) text += text_of(report, each);
    if (result.kinds_not_kept > 0)
        text += fmt::format("\nand {} of further kinds, which were not kept\n",
                            plural(result.kinds_not_kept, "difference"));
    return text;
}

std::string report_tap(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    const auto on_subject = [](const FoundDifference& each) { return each.on_subject; };
    const auto violated = std::count_if(result.found.begin(), result.found.end(), on_subject);
    const auto differing = static_cast<std::ptrdiff_t>(result.found.size()) - violated;
    // A finding decides, whatever was left undone.
    const bool decided = result.verdict() != Verdict::undecided && result.error.empty();
    std::string text = "KTAP version 1\n1..3\n";
    unsigned number = 0;
    const auto test = [&](bool ok, std::string_view what) {
        text += fmt::format("{} {} {} {}\n", ok ? "ok" : "not ok", ++number, report.on, what);
    };
    test(violated == 0, "breaks no property");
    test(differing == 0, "does what the model says");
    test(decided, "was performed to the end, or to a finding");
    std::istringstream lines(report_text(report));
    for (std::string line; std::getline(lines, line);) text += line.empty() ? "#\n" : "# " + line + "\n";
    return text;
}

json::object report_json(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    json::array sources;
    for (const SourceTotal& each : result.sources)
        sources.push_back(json::object{
            {"name", each.name}, {"traces", each.traces}, {"steps", each.steps}, {"differing", each.differing}});
    json::object left_out;
    for (const auto& [why, count] : result.left_out) left_out.emplace(why, count);
    json::object known;
    for (const auto& [name, count] : result.known) known.emplace(name, count);
    json::object further;
    for (const auto& [property, cases] : result.further) further.emplace(property, cases);
    json::array findings;
    for (const FoundDifference& each : result.found) findings.push_back(finding_json(report, each));
    json::array losses;
    for (const Loss& each : result.losses)
        losses.push_back(json::object{{"how", each.how}, {"ops", each.trace.steps.size()}, {"trace", each.path}});
    return {{"subject", subject_json(report)},
            {"seed", report.seed},
            {"steps", result.steps()},
            {"compared", result.compared},
            {"sources", sources},
            {"left_out", left_out},
            {"known", known},
            {"findings", findings},
            {"not_kept", result.kinds_not_kept},
            {"failures", result.failures},
            {"further", further},
            {"not_repeated", result.not_repeated},
            {"lost_times", result.lost_times},
            {"losses", losses},
            {"ended", result.ended},
            {"lost", result.lost}};
}

std::string statement_markdown(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    std::string text =
        fmt::format("# Conformance of {} ({}) to {}\n\n", report.on, result.subject.version, report.model);
    text += fmt::format("{}, {} compared; seed {}. A row is an operation and a result that the model gives.\n\n",
                        plural(result.steps(), "step"), plural(result.compared, "result"), report.seed);
    text += "| operation | result | verdict | compared | trace |\n| --- | --- | --- | ---: | --- |\n";
    for (const StatementRow& each : statement_rows(report))
        text += fmt::format("| {} | {} | {} | {} | {} |\n", each.operation, each.result, each.verdict, each.compared,
                            each.trace.empty() ? "" : "`" + each.trace + "`");
    if (!result.found.empty()) text += "\n## Differences\n";
    for (const FoundDifference& each : result.found)
        text += fmt::format("\n```\n{}```\n", text_of(report, each).substr(1));
    return text;
}

json::object statement_json(const ConformReport& report) {
    json::array rows;
    for (const StatementRow& each : statement_rows(report))
        rows.push_back(json::object{{"operation", each.operation},
                                    {"result", each.result},
                                    {"verdict", each.verdict},
                                    {"compared", each.compared},
                                    {"trace", each.trace}});
    json::object object = report_json(report);
    object.emplace("statement", rows);
    return object;
}

}  // namespace vmacheck
