// What the verbs share that search (random, guide, explore, reach, tour, prove): the frame around the search, the
// verdict, and the JSON object.
#pragma once

#include "checker/cli/options/output_files.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/verdict.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>

namespace vmacheck::cli {

// Runs a search: first makes sure that its outputs can be written. `search` prints the result and returns the verdict;
// an output that it could not write is reported after it.
int run_search_verb(const std::string& verb, const SearchOptions& options,
                    const std::function<Verdict(OutputErrors&)>& search);

// Of a search that ends at its first finding.
Verdict verdict_of(const std::optional<Finding>& finding, bool complete);

// A search by cases, with its progress and until a signal; then its result as text or JSON.
//   search(const OnProgress&)                                     its result has `steps`, `found` and `complete`
//   text(options, result, verdict, errors), json(options, result, verdict, elapsed_s, errors)
template <class Options, class Search, class Text, class Json>
Verdict search_by_cases(const std::string& verb, const Options& options, const Search& search, const Text& text,
                        const Json& json, OutputErrors& errors) {
    ProgressDisplay progress(verb, progress_style(options.progress));
    const auto result = [&] {
        const StopSignal stop;
        return search([&](const Progress& now) { progress.show(now); });
    }();
    const double elapsed_s = progress.elapsed_s();
    progress.finish(result.steps);
    const Verdict verdict = verdict_of(result.found, result.complete);
    if (options.json())
        json(options, result, verdict, elapsed_s, errors);
    else
        text(options, result, verdict, errors);
    return verdict;
}

// Prints the object of a search: verb, verdict, model, then `fields`. Errors and timing are among them.
void print_search_json(const std::string& verb, Verdict verdict, const Setup& setup, const boost::json::object& fields);

// "0x0123456789abcdef".
std::string digest_text(std::uint64_t digest);

}  // namespace vmacheck::cli
