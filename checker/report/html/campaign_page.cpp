#include "checker/report/html/campaign_page.hpp"

#include "checker/report/html/finding_box.hpp"
#include "checker/report/html/finding_story.hpp"
#include "checker/report/html/markup.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/setup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

using ReachedBy = std::map<std::string, CellTrace>;

constexpr std::size_t few_unreachable = 4;  // cells of a row; more are folded

// What counts comes first, then the shortest.
std::vector<std::size_t> ranked(const CampaignReport& report) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < report.findings.size(); ++i)
        if (report.findings[i].is_shown() && report.findings[i].cause == i) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const auto key = [&](const ReportedFinding& each) { return std::pair(!each.accepted.empty(), each.ops()); };
        return key(report.findings[a]) < key(report.findings[b]);
    });
    return order;
}

std::string finding_section(const CampaignReport& report, std::size_t index, std::size_t rank) {
    const ReportedFinding& each = report.findings[index];
    const Finding& finding = each.finding();
    std::string rows = terms_of(finding.property(), finding.text());
    rows += term("found by", fmt::format("{}, {}", escape(finding.origin.engine), escape(finding.origin.unit)));
    rows += term("so ended", plural(each.stored.times, "case"));
    rows += term("trace", fmt::format("{}, {}", trace_link(finding), plural(each.ops(), "operation")));
    rows += term("replay it", command(replay_command(each, report.config)));
    if (!each.accepted.empty()) rows += term("accepted, because", escape(each.accepted));
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const ReportedFinding& other = report.findings[i];
        if (i == index || other.cause != index || !other.is_shown()) continue;
        rows += term("also", fmt::format("{} by {}: {}", escape(other.finding().property()),
                                         escape(other.finding().last_op()), trace_link(other.finding())));
    }
    return fmt::format("<section class=\"headline{}\" id=finding-{}><h2>{}. {} by {}</h2><dl>{}</dl>{}</section>\n",
                       each.accepted.empty() ? " wrong" : "", rank, rank, escape(finding.property()),
                       escape(finding.last_op()), rows, finding_story(finding));
}

std::string findings_section(const CampaignReport& report) {
    const std::vector<std::size_t> order = ranked(report);
    if (order.empty()) return "<section class=headline><h2>Nothing was found</h2></section>\n";
    std::string list;
    std::string text;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const ReportedFinding& each = report.findings[order[i]];
        list += fmt::format("<tr><td>{0}<td><a href=\"#finding-{0}\">{1} by {2}</a>{3}<td>{4}<td>{5}<td>{6}</tr>",
                            i + 1, escape(each.finding().property()), escape(each.finding().last_op()),
                            each.accepted.empty() ? "" : " <span class=tag>accepted</span>", each.ops(),
                            each.stored.times, escape(each.finding().text()));
        text += finding_section(report, order[i], i + 1);
    }
    return fmt::format(
        "<section><h2>Findings, the shortest first</h2><table class=rows><thead><tr><th>#<th>property and "
        "operation<th>operations<th>cases<th>found</tr></thead><tbody>{}</tbody></table></section>\n{}",
        list, text);
}

// ------------------------------------------------------------------------------------------- coverage

// Cells, and for those that a trace reaches how it does, in packs that the script opens.
class CellMap {
public:
    CellMap(const ReachedBy& reached_by, const CampaignConfig& config)
        : reached_by_(reached_by), model_(model_arguments_of(config.setup)) {}

    std::string cell(const Cell& each, std::string_view label) {
        std::string hint = each.reason;
        std::string story;
        if (each.state == CellState::open) hint = "./vmacheck reach " + shell_quote(each.name);
        const auto by = reached_by_.find(each.name);
        if (by != reached_by_.end() && each.state == CellState::reached) {
            const auto& [path, trace] = by->second;
            hint = fmt::format("./vmacheck explain {}{} --step {}", shell_quote(path), model_, trace.steps.size());
            story = fmt::format(" data-story={}", stories_.size());
            stories_.push_back(trace_story(trace));
        }
        const std::string state =
            each.state == CellState::reached ? fmt::format("{}", each.count) : std::string(name(each.state));
        return fmt::format("<span class=\"cell {}\" data-cell=\"{}\"{}{}>{} {}</span>", name(each.state),
                           escape(each.name), hint.empty() ? "" : fmt::format(" title=\"{}\"", escape(hint)), story,
                           escape(label), state);
    }

    [[nodiscard]] std::string stories() const { return packs("cell", 0, stories_); }

private:
    const ReachedBy& reached_by_;
    std::string model_;  // options of explain
    std::vector<std::string> stories_;
};

// Rows of a map: those with open cells first, and of each row the open cells first.
struct MapRow {
    std::string title;
    std::vector<std::pair<const Cell*, std::string>> cells;  // and how each is called in the row
    [[nodiscard]] std::size_t unreachable() const {
        return static_cast<std::size_t>(std::count_if(
            cells.begin(), cells.end(), [](const auto& each) { return each.first->state == CellState::unreachable; }));
    }
    [[nodiscard]] std::size_t open() const {
        return static_cast<std::size_t>(std::count_if(cells.begin(), cells.end(), [](const auto& each) {
            return each.first->state == CellState::open || each.first->state == CellState::undeclared;
        }));
    }
};

// "errno/mmap/ENOMEM": row "mmap", cell "ENOMEM"; of merge situations case and backing are the row.
std::pair<std::string, std::string> row_and_label(const std::string& group, const std::string& name) {
    const std::string rest = name.substr(group.size() + 1);
    if (group == "errno") {
        const std::size_t slash = rest.find('/');
        return {rest.substr(0, slash), rest.substr(slash + 1)};
    }
    if (group == "merge") {
        const std::size_t slash = rest.find('/', rest.find('/') + 1);
        std::string row = rest.substr(0, slash);
        std::replace(row.begin(), row.end(), '/', ' ');
        std::string label = rest.substr(slash + 1);
        std::replace(label.begin(), label.end(), '/', ' ');
        return {"case " + row, label};
    }
    return {"", rest};
}

std::vector<MapRow> rows_of(const Grid& grid, const std::string& group) {
    std::vector<MapRow> rows;
    for (const Cell& each : grid.cells) {
        if (!each.name.starts_with(group + "/")) continue;
        auto [title, label] = row_and_label(group, each.name);
        auto at = std::find_if(rows.begin(), rows.end(), [&](const MapRow& row) { return row.title == title; });
        if (at == rows.end()) at = rows.insert(rows.end(), MapRow{title, {}});
        at->cells.emplace_back(&each, std::move(label));
    }
    const auto rank = [](const Cell& each) {
        switch (each.state) {
            case CellState::undeclared: return 0;
            case CellState::open: return 1;
            case CellState::reached: return 2;
            case CellState::unreachable: break;
        }
        return 3;
    };
    for (MapRow& row : rows)
        std::stable_sort(row.cells.begin(), row.cells.end(),
                         [&](const auto& a, const auto& b) { return rank(*a.first) < rank(*b.first); });
    std::stable_sort(rows.begin(), rows.end(), [](const MapRow& a, const MapRow& b) { return a.open() > b.open(); });
    return rows;
}

std::string map_of(const Grid& grid, const std::string& group, std::string_view title, CellMap& map) {
    const auto [reached, all] = grid.reached_of(group);
    const std::vector<MapRow> rows = rows_of(grid, group);
    const bool open = std::any_of(rows.begin(), rows.end(), [](const MapRow& row) { return row.open() > 0; });
    std::string text;
    for (const MapRow& row : rows) {
        std::string cells;
        std::string unreachable;
        for (const auto& [each, label] : row.cells)
            (each->state == CellState::unreachable ? unreachable : cells) += map.cell(*each, label);
        const std::size_t count = row.unreachable();
        if (count > few_unreachable)
            unreachable = fmt::format("<details><summary>{} unreachable</summary>{}</details>", count, unreachable);
        text += fmt::format("<tr><th>{}</th><td>{}{}</td></tr>", escape(row.title), cells, unreachable);
    }
    return fmt::format("<details{}><summary>{}: {} of {} reached</summary><table class=cells>{}</table></details>",
                       open || group == "errno" ? " open" : "", title, reached, all, text);
}

std::string coverage_section(const CampaignReport& report, const ReachedBy& reached_by) {
    const Grid& grid = report.grid;
    std::string text = fmt::format(
        "<section id=coverage><h2>Coverage</h2><p>{}; {}, each for a stated reason. A cell says how often it was "
        "reached. Click one for a trace that reaches it, for the command that searches for one, or for the "
        "reason.</p>"
        "<p><span class=\"cell open\">open</span> not reached in this campaign <span class=\"cell reached\">12</span> "
        "reached <span class=\"cell unreachable\">unreachable</span> it cannot be reached, for a stated reason</p>",
        plural(grid.count(CellState::open), "open cell"),
        plural(grid.count(CellState::unreachable), "unreachable cell"));
    CellMap map(reached_by, report.config);
    text += map_of(grid, "errno", "Results of operations", map);
    text += map_of(grid, "merge", "Merge situations", map);
    text += map_of(grid, "alloc", "Failed allocations", map);
    text += map_of(grid, "event", "Events", map);
    return text + map.stories() + "</section>\n";
}

std::string engines_section(const CampaignReport& report) {
    std::string rows;
    for (const EngineTotal& each : report.totals)
        rows += fmt::format("<tr><td>{}<td>{} of {}<td>{}<td>{}</tr>", escape(each.name), each.done, each.units,
                            each.cases, each.steps);
    return fmt::format(
        "<section><h2>Engines and budgets</h2><table class=\"rows numbers\"><thead><tr><th>engine<th>units "
        "done<th>cases"
        "<th>steps</tr></thead><tbody>{}</tbody></table><p class=soft>The budget of random operations is {}; seed {}; "
        "digest {:#018x}.</p></section>\n",
        rows, report.config.ops, report.config.seed, report.digest);
}

}  // namespace

std::string campaign_page(const CampaignReport& report, const std::string& again, const ReachedBy& reached_by) {
    const std::string_view verdict = word(report.verdict);
    std::string body = fmt::format(
        "<header><p class=eyebrow>vmacheck campaign</p><h1>A campaign on the model of {}</h1><p class=facts><span "
        "class=\"verdict {}\">{}</span> {} in {}, {} and {}, every property after each{}</p><p "
        "class=soft>Next:</p>{}</header>\n",
        escape(model_name(report.config.setup)), verdict, verdict, plural(report.steps(), "step"),
        plural(report.cases(), "case"), plural(report.guided(), "guided trace"), plural(report.known(), "known trace"),
        report.because.empty() ? "" : "; " + escape(report.because), command(again));
    body += findings_section(report) + coverage_section(report, reached_by) + engines_section(report);
    return page(fmt::format("Campaign: {}", verdict), "<main>" + body + "</main>\n");
}

}  // namespace vmacheck::html
