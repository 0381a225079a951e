// vmacheck compare: what differs between the results of two campaigns.
#include "checker/campaign/results.hpp"
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <set>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

// What only one of two sets of results has.
struct Comparison {
    std::vector<std::string> only_first;
    std::vector<std::string> only_second;

    void add(const std::set<std::string>& first, const std::set<std::string>& second) {
        for (const std::string& each : first)
            if (second.count(each) == 0) only_first.push_back(each);
        for (const std::string& each : second)
            if (first.count(each) == 0) only_second.push_back(each);
    }
};

struct CompareOptions {
    std::string first;
    std::string second;
    std::string format = "text";
};

struct Side {
    explicit Side(const std::string& path) : results(path) {
        digest = results.digest();
        config = results.id().config;
        steps = results.steps();
        const double seconds = results.seconds();
        rate = seconds > 0 ? static_cast<double>(steps) / seconds : 0;
        for (const auto& [cell, count] : results.cells()) cells.insert(cell);
        findings = results.finding_keys();
    }
    Results results;
    std::uint64_t digest = 0;
    std::uint64_t steps = 0;
    double rate = 0;  // steps a second
    std::string config;
    std::set<std::string> cells;
    std::set<std::string> findings;
};

json::array names_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

void print_json(const Side& a, const Side& b, const Comparison& cells, const Comparison& findings, Verdict verdict) {
    const auto side = [](const Side& each) {
        return json::object{{"digest", digest_text(each.digest)},
                            {"steps", each.steps},
                            {"cells", each.cells.size()},
                            {"findings", each.findings.size()},
                            {"configuration", json::string(each.config)}};
    };
    const json::object object{{"verb", "compare"},
                              {"verdict", json_name(verdict)},
                              {"first", side(a)},
                              {"second", side(b)},
                              {"cells_only_first", names_of(cells.only_first)},
                              {"cells_only_second", names_of(cells.only_second)},
                              {"findings_only_first", names_of(findings.only_first)},
                              {"findings_only_second", names_of(findings.only_second)},
                              {"timing", json::object{{"first_steps_per_s", a.rate}, {"second_steps_per_s", b.rate}}}};
    fmt::print("{}\n", json::serialize(object));
}

int run_compare(const CompareOptions& options) {
    Side a(options.first);
    Side b(options.second);
    Comparison cells;
    cells.add(a.cells, b.cells);
    Comparison findings;
    findings.add(a.findings, b.findings);
    const bool same = a.digest == b.digest;
    const Verdict verdict = same ? Verdict::holds : Verdict::differs;
    if (options.format == "json") {
        print_json(a, b, cells, findings, verdict);
        return exit_code(verdict);
    }
    fmt::print("{:<11} {}, {}\n", same ? "same" : "differs", options.first, options.second);
    const auto row = [](std::string_view what, const auto& first, const auto& second) {
        fmt::print("{:<11} {:<22} {}\n", what, fmt::format("{}", first), fmt::format("{}", second));
    };
    row("digest", digest_text(a.digest), digest_text(b.digest));
    row("steps", a.steps, b.steps);
    row("cells", a.cells.size(), b.cells.size());
    row("findings", a.findings.size(), b.findings.size());
    row("steps/s", fmt::format("{:.0f}", a.rate), fmt::format("{:.0f}", b.rate));
    if (a.config != b.config) fmt::print("configured  {}\n            {}\n", a.config, b.config);
    const auto lines = [](const std::vector<std::string>& only, std::string_view what, const std::string& path) {
        for (const std::string& each : only) fmt::print("{:<11} {} in {} only\n", what, each, path);
    };
    lines(findings.only_first, "finding", options.first);
    lines(findings.only_second, "finding", options.second);
    lines(cells.only_first, "cell", options.first);
    lines(cells.only_second, "cell", options.second);
    return exit_code(verdict);
}

}  // namespace

void add_compare(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("compare", "what differs between the results of two campaigns");
    const auto options = std::make_shared<CompareOptions>();
    verb.add_option("A", options->first, "results, of 'vmacheck campaign --db FILE'").required();
    verb.add_option("B", options->second, "results to compare with").required();
    add_format_option(verb, options->format);
    verb.callback([options, &run] {
        run = [options] { return run_verb("compare", options->format, [&] { return run_compare(*options); }); };
    });
}

}  // namespace vmacheck::cli
