#include "checker/cli/options/finding_output.hpp"
#include "checker/report/text.hpp"

#include "checker/report/explain.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_runner.hpp"
#include "model/state/number.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace vmacheck::cli {

Minimised minimise_into(const std::string& directory, const std::string& name, const Finding& found,
                        OutputErrors& errors) {
    const std::string path = directory + "/" + name;
    const bool written = errors.attempt([&] {
        make_directory(directory);
        write_trace_to(path, found.trace);
    });
    auto minimised = minimise(found.trace, model_runner(), found.property());
    if (!minimised) internal_assertion_failed("the finding did not reproduce in the minimiser");
    Finding& finding = minimised->finding;
    finding.origin = found.origin;
    finding.path = path;
    if (written) errors.attempt([&] { write_trace_to(path, finding.trace); });
    return *std::move(minimised);
}

void print_found(const Finding& found) {
    const std::size_t steps = found.trace.steps.size();
    fmt::print("found       {}, step {}{}: {}: {}\nshrinking   {}\n", found.origin.unit, steps,
               found.at_end ? " (by the full check after it)" : "", found.property(), found.text(),
               plural(steps, "operation"));
    std::fflush(stdout);
}

void print_minimised(const Finding& finding) {
    fmt::print("minimised   to {}: {}\n\n", plural(finding.trace.steps.size(), "operation"), finding.path);
    print_explanation(finding);
}

void print_explanation(const Finding& finding) {
    if (finding.is_internal())
        fmt::print("next: {}\n", trace_command("replay", finding.path));
    else
        fmt::print("{}next: {}\n", short_explanation(finding.trace), trace_command("explain", finding.path));
}

boost::json::object finding_json(const Finding& finding) {
    return {{"property", finding.property()}, {"on", "model"},
            {"text", finding.text()},         {"ops", finding.trace.steps.size()},
            {"trace", finding.path},          {"replay", trace_command("replay", finding.path)}};
}

std::string short_explanation(const Trace& trace) {
    ReplayOptions options;
    options.checker = make_full_checker();
    ReplayResult result;
    return short_text_of(explain(trace, options, result));
}

}  // namespace vmacheck::cli
