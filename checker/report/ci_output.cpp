#include "checker/report/ci_output.hpp"
#include "model/state/digest.hpp"

#include "checker/campaign/property_source.hpp"
#include "checker/run/setup.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vmacheck {
namespace {

namespace json = boost::json;

constexpr std::size_t most_annotations = 10;
constexpr std::size_t most_cells = 20;  // named in the summary
constexpr std::string_view catalogue_file = "properties/run/catalogue_list.hpp";

struct Place {
    std::string file;
    std::size_t line = 1;
};

// The property's line; of one from outside the tree, the finding's trace.
Place place_of(const ReportedFinding& finding) {
    const SourcePlace source = source_of_property(finding.finding().property());
    if (!source.file.empty()) return {std::string(source.file), source.line};
    return {finding.is_shown() ? finding.finding().path : std::string(catalogue_file), 1};
}

std::string xml(std::string_view text) {
    std::string escaped;
    for (const char each : text) {
        switch (each) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            default: escaped += static_cast<unsigned char>(each) < 0x20 && each != '\n' ? '?' : each;
        }
    }
    return escaped;
}

// Workflow commands take % and line breaks for their own; their properties : and , too.
std::string github(std::string_view text, bool property) {
    std::string escaped;
    for (const char each : text) {
        const bool special = each == '%' || each == '\r' || each == '\n' || (property && (each == ':' || each == ','));
        if (special)
            escaped += fmt::format("%{:02X}", static_cast<unsigned char>(each));
        else
            escaped += each;
    }
    return escaped;
}

// The violation, the trace, and the command that shows it, in one line.
std::string message(const ReportedFinding& finding, const CampaignConfig& config) {
    std::string text = finding.finding().text();
    if (finding.is_shown())
        text += fmt::format("; {} in {}; {}", plural(finding.ops(), "operation"), finding.finding().path,
                            replay_command(finding, config));
    return text;
}

struct Cases {
    std::string text;
    std::size_t count = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;

    void add(std::string_view group, std::string_view name, const std::string& inside) {
        ++count;
        const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(group), xml(name));
        text += inside.empty() ? head + "/>\n" : head + ">\n" + inside + "    </testcase>\n";
    }
    std::string bad(std::string_view element, std::string_view message, const std::string& details) {
        if (element == "failure") ++failures;
        if (element == "error") ++errors;
        if (element == "skipped") ++skipped;
        return fmt::format("      <{0} message=\"{1}\">{2}</{0}>\n", element, xml(message), xml(details));
    }
};

// All findings of one property as the inside of its test case.
std::string findings_of(std::string_view property, const CampaignReport& report, Cases& cases) {
    std::string counted_text;
    std::string accepted;
    std::string first;
    for (const ReportedFinding& each : report.findings) {
        if (each.finding().property() != property) continue;
        if (!each.accepted.empty()) {
            accepted = each.accepted;
            continue;
        }
        if (first.empty()) first = each.finding().text();
        counted_text += fmt::format("{}: {}\n", each.finding().origin.unit, message(each, report.config));
    }
    if (!first.empty())
        return cases.bad(property == internal_assertion_name ? "error" : "failure", first, counted_text);
    return accepted.empty() ? std::string() : cases.bad("skipped", "accepted: " + accepted, "");
}

json::object location(const Place& place) {
    return {{"physicalLocation",
             json::object{{"artifactLocation", json::object{{"uri", place.file}, {"uriBaseId", "%SRCROOT%"}}},
                          {"region", json::object{{"startLine", place.line}}}}}};
}

}  // namespace

std::string junit_xml(const CampaignReport& report) {
    Cases cases;
    for (const PropertyInfo& each : whole_catalogue())
        cases.add(fmt::format("properties.{}", name(each.kind)), each.name, findings_of(each.name, report, cases));
    for (const std::string_view own :
         {std::string_view("bug-on"), std::string_view("use-after-free"), internal_assertion_name, stated_result_name})
        cases.add("model", own, findings_of(own, report, cases));
    std::string open;
    for (const Cell* each : report.grid.in(CellState::open)) open += each->name + "\n";
    for (const Cell* each : report.grid.in(CellState::undeclared)) open += each->name + ": " + each->reason + "\n";
    const bool coverage_fails =
        !open.empty() && (report.config.wants_every_cell() || report.verdict == Verdict::internal);
    cases.add("campaign", "coverage", coverage_fails ? cases.bad("failure", "cells are open or undeclared", open) : "");
    cases.add("campaign", "complete", report.complete ? "" : cases.bad("error", report.because, ""));
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "  <testsuite name=\"vmacheck campaign\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
        "skipped=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
        cases.count, cases.failures, cases.errors, cases.skipped, cases.text);
}

std::string sarif(const CampaignReport& report) {
    json::array rules;
    std::vector<std::string> ids;
    const auto rule = [&](const std::string& id) {
        const auto at = std::find(ids.begin(), ids.end(), id);
        if (at != ids.end()) return static_cast<std::size_t>(at - ids.begin());
        ids.push_back(id);
        const PropertyInfo* info = whole_property_named(id);
        json::object made{{"id", id}};
        if (info != nullptr) {
            made["shortDescription"] = json::object{{"text", info->statement}};
            made["help"] = json::object{{"text", fmt::format("Relied on by {}", info->relied_on_by)}};
        }
        rules.push_back(std::move(made));
        return ids.size() - 1;
    };
    json::array results;
    for (const ReportedFinding& each : report.findings) {
        const std::size_t index = rule(each.finding().property());
        json::object result{{"ruleId", each.finding().property()},
                            {"ruleIndex", index},
                            {"level", "error"},
                            {"message", json::object{{"text", message(each, report.config)}}},
                            {"locations", json::array{location(place_of(each))}},
                            {"partialFingerprints", json::object{{"vmacheck/v1", each.stored.found.key()}}}};
        if (!each.accepted.empty())
            result["suppressions"] = json::array{json::object{{"kind", "external"}, {"justification", each.accepted}}};
        results.push_back(std::move(result));
    }
    const json::object driver{{"name", "vmacheck"}, {"version", report.id.version}, {"rules", rules}};
    const json::object run{{"tool", json::object{{"driver", driver}}},
                           {"results", results},
                           {"properties", json::object{{"digest", fmt::format("{:#018x}", report.digest)}}}};
    return json::serialize(json::object{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                                        {"version", "2.1.0"},
                                        {"runs", json::array{run}}}) +
           "\n";
}

std::string github_annotations(const CampaignReport& report) {
    std::vector<std::string> lines;
    for (const ReportedFinding& each : report.findings) {
        const Place place = place_of(each);
        const std::string_view level = each.accepted.empty() ? "error" : "notice";
        lines.push_back(fmt::format("::{} file={},line={},title={}::{}\n", level, github(place.file, true), place.line,
                                    github(each.finding().property(), true),
                                    github(message(each, report.config), false)));
    }
    // What counts comes first.
    std::stable_partition(lines.begin(), lines.end(), [](const std::string& l) { return l.rfind("::error", 0) == 0; });
    if (!report.because.empty())
        lines.insert(lines.begin(), fmt::format("::error title=campaign::{}\n", github(report.because, false)));
    std::string text;
    for (std::size_t i = 0; i < std::min(lines.size(), most_annotations); ++i) text += lines[i];
    return text;
}

std::string markdown(const CampaignReport& report) {
    std::string text = fmt::format(
        "### vmacheck campaign: {}\n\n{}, seed {}: {} in {}, {} replayed. Digest `{:#018x}`.\n\n", word(report.verdict),
        model_name(report.config.setup), report.config.seed, plural(report.steps(), "step"),
        plural(report.cases(), "case"), plural(report.replayed(), "earlier failure"), report.digest);
    if (!report.because.empty()) text += report.because + "\n\n";
    text += "| cells | reached | of |\n| --- | --- | --- |\n";
    for (const auto& [group, what] :
         {std::pair{"event", "events"}, std::pair{"errno", "errnos of operations"},
          std::pair{"alloc", "failed allocations"}, std::pair{"merge", "merge situations"}}) {
        const auto [reached, all] = report.grid.reached_of(group);
        text += fmt::format("| {} | {} | {} |\n", what, reached, all);
    }
    std::size_t named = 0;
    const std::size_t open = report.grid.count(CellState::open) + report.grid.count(CellState::undeclared);
    for (const CellState state : {CellState::open, CellState::undeclared})
        for (const Cell* each : report.grid.in(state))
            if (named++ < most_cells) text += fmt::format("\n- {}: `{}`", name(state), each->name);
    if (open > most_cells) text += fmt::format("\n- and {} more", open - most_cells);
    if (!report.findings.empty())
        text += "\n\n| property | found in | operations | trace |\n| --- | --- | --- | --- |\n";
    for (const ReportedFinding& each : report.findings)
        text += fmt::format("| {}{} | {} | {} | `{}` |\n", each.finding().property(),
                            each.accepted.empty() ? "" : " (accepted)", plural(each.stored.times, "case"), each.ops(),
                            each.finding().path);
    return text + "\n";
}

}  // namespace vmacheck
