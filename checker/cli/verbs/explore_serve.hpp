// explore --serve: the search in the background, and a page on the states of its scope.
#pragma once

#include "checker/cli/verbs/explore_output.hpp"
#include "checker/report/serve/search_watch.hpp"

#include <functional>

namespace vmacheck::cli {

// Runs the search in a thread, and serves the page from before it begins until the stop signal (a StopSignal has to
// live), or until the search throws. Prints the address first. `watch` is what the search shows how far it is; `run`
// returns its result.
ExploreResult serve_while(const ExploreVerb& verb, const Search& search, SearchWatch& watch,
                          const std::function<ExploreResult()>& run);

}  // namespace vmacheck::cli
