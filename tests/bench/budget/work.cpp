// What the budget is counted on: a search of `peer` with four pages, or 20,000 steps of `random`, on one thread, with
// every check. Prints how many transitions or steps were made.
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/search.hpp"
#include "checker/random/engine.hpp"

#include <cstdio>
#include <string_view>

namespace {

using namespace vmacheck;

std::uint64_t transitions() {
    ExploreOptions options;
    options.expand.fingerprint = true;
    const ExploreResult result = Search(*built_in_scope("peer", 4), options).run();
    return result.complete ? result.counts.transitions : 0;
}

std::uint64_t steps() {
    RandomOptions options;
    options.ops = 20'000;
    const RandomResult result = run_random(options);
    return result.complete ? result.steps : 0;
}

}  // namespace

int main(int count, char** words) {
    const std::string_view work = count == 2 ? words[1] : "";
    if (work != "transitions" && work != "steps") return 2;
    const std::uint64_t made = work == "steps" ? steps() : transitions();
    std::printf("%llu\n", static_cast<unsigned long long>(made));
    return made != 0 ? 0 : 1;
}
