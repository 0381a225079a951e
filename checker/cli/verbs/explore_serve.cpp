#include "checker/cli/verbs/explore_serve.hpp"

#include "checker/cli/options/messages.hpp"
#include "checker/report/serve/explorer_site.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <thread>

namespace vmacheck::cli {
namespace {

// With --format json standard output is the object alone.
void print_address(const ExploreVerb& verb, const std::string& address) {
    if (verb.json()) return print_error("explore: " + address);
    fmt::print("{}\n", address);
    std::fflush(stdout);
}

std::vector<std::uint32_t> path_of(const Search& search, const ExploreResult& result) {
    if (!result.finding || result.finding->trace.steps.empty()) return {};
    const Predecessor last = Predecessor::unpack(result.finding->origin.number);
    std::vector<std::uint32_t> path = calls_to(search.store().links(), last.parent);
    path.push_back(last.op);
    return path;
}

}  // namespace

ExploreResult serve_while(const ExploreVerb& verb, const Search& search, SearchWatch& watch,
                          const std::function<ExploreResult()>& run) {
    Explorer explorer(search.scope(), search.options().expand.reduction);
    const PageServer server(static_cast<std::uint16_t>(verb.port),
                            [&](const PageRequest& request) { return answer_of_explorer(explorer, watch, request); });
    print_address(verb, server.address());
    ExploreResult result;
    std::exception_ptr failure;
    std::atomic<bool> failed{false};
    std::thread searching([&] {
        try {
            result = run();
            watch.end(result, verdict_of(result.finding, result.complete), path_of(search, result));
        } catch (...) {
            failure = std::current_exception();
            failed = true;
        }
    });
    while (!*StopSignal::flag() && !failed) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    searching.join();
    if (failure) std::rethrow_exception(failure);
    return result;
}

}  // namespace vmacheck::cli
