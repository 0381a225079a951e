// What CI systems are given: JUnit, SARIF, annotations and the summary.
#include "checker/report/ci_output.hpp"

#include "checker/campaign/property_source.hpp"
#include "properties/run/catalogue.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>

namespace vmacheck {
namespace {

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

ReportedFinding finding(const std::string& property, const std::string& text) {
    ReportedFinding made;
    Finding& found = made.stored.found;
    found.origin = {"random", 3, "case 3"};
    found.violations = {{property, text}};
    found.path = "findings/" + property + ".jsonl";
    found.trace.steps.resize(4);
    found.trace.steps.back().op.kind = OpKind::munmap;
    made.stored.times = 2;
    made.stored.minimised = found;
    return made;
}

CampaignReport report_with(std::vector<ReportedFinding> findings) {
    CampaignReport report;
    report.id.version = "0.1.0";
    report.grid = fill_grid({});
    report.complete = true;
    report.config.every_cell = false;
    report.findings = std::move(findings);
    if (!report.findings.empty()) report.verdict = Verdict::violated;
    return report;
}

TEST(PropertySources, EachPropertyIsWhereItIsSaidToBe) {
    const auto line_of = [](const SourcePlace& place) {
        std::ifstream file(std::string(VMACHECK_SOURCE_DIR) + "/" + std::string(place.file));
        std::string line;
        for (std::size_t i = 0; i < place.line && std::getline(file, line); ++i) {
        }
        return line;
    };
    for (const PropertyInfo& each : all_properties()) {
        const SourcePlace place = source_of_property(each.name);
        EXPECT_GT(place.line, 0u) << each.name;
        EXPECT_NE(line_of(place).find("PropertyInfo info{"), std::string::npos) << each.name;
    }
    for (const std::string own : {"bug-on", "use-after-free", "internal-assertion", "stated-result"})
        EXPECT_NE(line_of(source_of_property(own)).find(own), std::string::npos) << own;
    EXPECT_TRUE(source_of_property("no-such").file.empty());
}

TEST(JUnit, HasACaseForEachPropertyAndFailsForFindings) {
    const std::string good = junit_xml(report_with({}));
    EXPECT_EQ(times(good, "<failure"), 0u);
    EXPECT_EQ(times(good, "<testcase "), all_properties().size() + 6);
    EXPECT_NE(good.find("failures=\"0\" errors=\"0\""), std::string::npos);
    const std::string bad = junit_xml(report_with({finding("gap-cache", "a < b & \"c\"")}));
    EXPECT_EQ(times(bad, "<failure message=\"a &lt; b &amp; &quot;c&quot;\">"), 1u) << bad;
    EXPECT_NE(bad.find("failures=\"1\""), std::string::npos);
    auto accepted = finding("gap-cache", "x");
    accepted.accepted = "known";
    EXPECT_NE(junit_xml(report_with({accepted})).find("<skipped message=\"accepted: known\""), std::string::npos);
}

TEST(Sarif, EachResultHasTheLineOfItsProperty) {
    auto outside = finding("from-outside", "x");
    auto accepted = finding("committed", "y");
    accepted.accepted = "known";
    const auto object =
        boost::json::parse(sarif(report_with({finding("gap-cache", "x"), outside, accepted}))).as_object();
    EXPECT_EQ(object.at("version"), "2.1.0");
    const auto& run = object.at("runs").as_array().at(0).as_object();
    const auto& results = run.at("results").as_array();
    ASSERT_EQ(results.size(), 3u);
    const auto place = [&](std::size_t i) {
        return results.at(i)
            .as_object()
            .at("locations")
            .as_array()
            .at(0)
            .as_object()
            .at("physicalLocation")
            .as_object();
    };
    const SourcePlace source = source_of_property("gap-cache");
    EXPECT_EQ(place(0).at("artifactLocation").as_object().at("uri").as_string(), std::string(source.file));
    EXPECT_EQ(place(0).at("region").as_object().at("startLine").to_number<std::size_t>(), source.line);
    EXPECT_EQ(place(1).at("artifactLocation").as_object().at("uri"), "findings/from-outside.jsonl");
    EXPECT_TRUE(results.at(2).as_object().contains("suppressions"));
    EXPECT_FALSE(results.at(0).as_object().contains("suppressions"));
    EXPECT_EQ(run.at("tool").as_object().at("driver").as_object().at("rules").as_array().size(), 3u);
}

// The trace that is pointed to is the minimised one.
TEST(Sarif, MessagesAreAboutTheMinimisedTrace) {
    auto found = finding("gap-cache", "as it was found");
    found.stored.minimised->violations.front().text = "as it is shown";
    for (const std::string& text : {sarif(report_with({found})), junit_xml(report_with({found}))}) {
        EXPECT_NE(text.find("as it is shown"), std::string::npos) << text;
        EXPECT_EQ(text.find("as it was found"), std::string::npos) << text;
    }
}

TEST(Annotations, AtMostTenAndEscaped) {
    std::vector<ReportedFinding> many(14, finding("gap-cache", "100%\nof it"));
    many[0].accepted = "known";
    const std::string text = github_annotations(report_with(many));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
    const SourcePlace source = source_of_property("gap-cache");
    const std::string start = "::error file=" + std::string(source.file) + ",line=" + std::to_string(source.line) +
                              ",title=gap-cache::100%25%0Aof it";
    EXPECT_EQ(text.rfind(start, 0), 0u) << text;
    EXPECT_EQ(times(text, "::notice"), 0u) << "what counts comes first";
    EXPECT_EQ(github_annotations(report_with({})), "");
}

TEST(Summary, NamesFindingsAndOpenCells) {
    const std::string text = markdown(report_with({finding("gap-cache", "x")}));
    EXPECT_NE(text.find("### vmacheck campaign: violated\n"), std::string::npos);
    EXPECT_NE(text.find("| gap-cache | 2 cases | 4 | `findings/gap-cache.jsonl` |\n"), std::string::npos) << text;
    EXPECT_NE(text.find("- open: `event/merge_case_1`"), std::string::npos);
}

}  // namespace
}  // namespace vmacheck
