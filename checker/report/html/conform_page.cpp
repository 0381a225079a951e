#include "checker/report/html/conform_page.hpp"

#include "checker/conform/subject_differences.hpp"
#include "checker/report/exports/c_program.hpp"
#include "checker/report/html/finding_box.hpp"
#include "checker/report/html/finding_story.hpp"
#include "checker/report/html/markup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

std::size_t number_of(const ConformReport& report, const FoundDifference* found) {
    return static_cast<std::size_t>(found - report.result.found.data()) + 1;
}

std::string row(const ConformReport& report, const StatementRow& each) {
    std::string evidence = plural(each.compared, "result") + " compared";
    if (each.difference != nullptr)
        evidence += fmt::format(", <a href=\"#difference-{0}\">difference {0}</a>", number_of(report, each.difference));
    std::string_view mark = each.verdict == "conforms" ? "✓ " : each.verdict == "differs" ? "✕ " : "";
    return fmt::format("<tr{}><td><code>{}</code><td><code>{}</code><td>{}{}<td>{}</tr>",
                       each.verdict == "differs" ? " class=differs" : "", escape(each.operation), escape(each.result),
                       mark, escape(each.verdict), evidence);
}

std::string statement(const ConformReport& report, const std::vector<StatementRow>& rows) {
    std::string text;
    for (const StatementRow& each : rows) text += row(report, each);
    return fmt::format(
        "<section id=statement><h2>Statement</h2><p class=soft>A row is an operation and a result that the "
        "model gives.</p><table class=rows><thead><tr><th>operation<th>result<th>verdict<th>evidence</tr>"
        "</thead><tbody>{}</tbody></table></section>\n",
        text);
}

std::string program_of(const FoundDifference& found) {
    const auto program = c_program(found.finding.trace);
    const auto* made = std::get_if<Exported>(&program);
    if (made == nullptr) return "not possible, " + escape(std::get<NoExport>(program).why);
    const std::string& text = made->text;
    std::string lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines += escape(std::string_view(text).substr(at, end - at)) + "\n";
        at = end + 1;
    }
    const std::string name =
        found.program.empty() ? "difference.c" : found.program.substr(found.program.rfind('/') + 1);
    return fmt::format(
        "<a download=\"{}\" href=\"{}\">{}</a><details><summary>Show it</summary><pre "
        "class=lines>{}</pre></details>",
        escape(name), data_link("text/x-c", text), escape(found.program.empty() ? name : found.program), lines);
}

std::string difference(const ConformReport& report, const FoundDifference& found, std::size_t number) {
    const Finding& finding = found.finding;
    std::string rows = term("calls", calls_of(finding.trace));
    for (const Violation& each : finding.violations)
        rows += term(escape(each.property), fmt::format("<strong>{}</strong>", escape(each.text)));
    rows += term("so ended", plural(found.times, "case"));
    if (!found.explained_by.empty())
        rows += term("a policy would explain it", escape(fmt::format("{}", fmt::join(found.explained_by, ", or "))));
    if (!found.calls.empty())
        rows += term("the last call goes through",
                     fmt::format("<pre class=lines>{}</pre>", escape(tree_calls_text(found.calls, ""))));
    if (!finding.path.empty()) {
        rows += term("trace", trace_link(finding));
        rows += term("again", command(replay_command(report, finding)));
    }
    rows += term("as a C program", program_of(found));
    return fmt::format(
        "<section class=\"headline wrong\" id=difference-{0}><h2>Difference {0}: {1}</h2><dl>{2}</dl>"
        "<details><summary>What the model does</summary>{3}</details></section>\n",
        number, escape(finding.property()), rows, finding_story(finding));
}

std::string performed(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    std::string rows;
    for (const SourceTotal& each : result.sources)
        rows += fmt::format("<tr><td>{}<td>{}<td>{}<td>{}</tr>", escape(each.name), each.traces, each.steps,
                            each.differing);
    std::string text = fmt::format(
        "<section><h2>What was performed</h2><table class=\"rows numbers\"><thead><tr><th>source"
        "<th>traces or cases<th>steps<th>with a difference</tr></thead><tbody>{}</tbody></table>",
        rows);
    std::string left_out;
    for (const auto& [why, times] : result.left_out)
        left_out += fmt::format("<tr><td>{}<td>{}</tr>", escape(why), times);
    if (!left_out.empty())
        text += fmt::format(
            "<details><summary>Left out</summary><table class=\"rows numbers\"><thead><tr><th>because"
            "<th>times</tr></thead><tbody>{}</tbody></table></details>",
            left_out);
    std::string known;
    for (const SubjectDifference& each : subject_differences())
        if (const auto at = result.known.find(std::string(each.name)); at != result.known.end())
            known += fmt::format("<tr><td>{}<td>{}<td>{}</tr>", code(each.name), at->second, escape(each.reason));
    if (!known.empty())
        text += fmt::format(
            "<details><summary>Known differences</summary><table class=rows><thead><tr><th>name<th>times"
            "<th>reason</tr></thead><tbody>{}</tbody></table></details>",
            known);
    return text + "</section>\n";
}

std::string first_that_differs(const ConformReport& report, const std::vector<StatementRow>& rows) {
    const auto differs = [](const StatementRow& each) { return each.difference != nullptr; };
    const auto first = std::find_if(rows.begin(), rows.end(), differs);
    if (first == rows.end()) return {};
    const FoundDifference& found = *first->difference;
    return fmt::format(
        "<section class=\"headline wrong\"><h2>The first row that differs</h2><table "
        "class=rows><tbody>{}</tbody></table>"
        "<dl>{}{}{}</dl></section>\n",
        row(report, *first), term("calls", calls_of(found.finding.trace)),
        term("found", fmt::format("<strong>{}</strong>", escape(found.finding.text()))),
        term("the program that shows it", program_of(found)));
}

}  // namespace

std::string conform_page(const ConformReport& report) {
    const SubjectCheckResult& result = report.result;
    const std::vector<StatementRow> rows = statement_rows(report);
    const std::string_view verdict = word(result.verdict());
    std::string notes;
    for (const std::string& each : {result.lost, result.ended})
        if (!each.empty()) notes += fmt::format("<p class=note>{}</p>", escape(each));
    std::string body = fmt::format(
        "<header><p class=eyebrow>vmacheck conform</p><h1>{} against {}</h1><p class=facts><span class=\"verdict "
        "{}\">{}</span> {}, {} compared; seed {}; version {}</p>{}</header>\n",
        escape(report.on), escape(report.model), verdict, verdict, plural(result.steps(), "step"),
        plural(result.compared, "result"), report.seed, escape(result.subject.version), notes);
    body += first_that_differs(report, rows);
    for (const FoundDifference& each : result.found) body += difference(report, each, number_of(report, &each));
    body += statement(report, rows) + performed(report);
    return page(fmt::format("Conformance of {}", report.on), "<main>" + body + "</main>\n");
}

}  // namespace vmacheck::html
