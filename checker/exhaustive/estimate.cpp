#include "checker/exhaustive/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <stdexcept>

namespace vmacheck {
namespace {

struct Sample {
    unsigned pages = 0;
    double states = 0;
    double transitions = 0;
    double bytes = 0;
    double seconds = 0;
};

// The value so many sizes beyond the last: log values as a parabola through the last three, a line through two.
double extrapolate(const std::vector<Sample>& samples, double Sample::*member, unsigned steps) {
    const auto log_of = [&](std::size_t back) { return std::log(samples[samples.size() - 1 - back].*member + 1); };
    const double slope = log_of(0) - log_of(1);
    const double bend = samples.size() > 2 ? std::max(0.0, slope - (log_of(1) - log_of(2))) : 0;
    const double n = steps;
    // Later ratios grow by less and less; the full bend would overshoot.
    return std::exp(log_of(0) + n * slope + bend * n * (n + 1) / 4) - 1;
}

// nullptr: there is no scope with so few pages.
std::unique_ptr<Search> smaller_search(const std::function<Scope(unsigned)>& with_pages, unsigned pages,
                                       const ExploreOptions& options) {
    try {
        return std::make_unique<Search>(with_pages(pages), options);
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

}  // namespace

std::optional<Estimate> estimate_search(const Scope& scope, const ExploreOptions& options,
                                        const std::function<Scope(unsigned)>& with_pages, double seconds) {
    ExploreOptions quick = options;
    quick.limits = {.states = 200'000, .seconds = seconds};
    quick.store.clear();
    std::vector<Sample> samples;
    std::string sizes;
    for (unsigned pages = least_pages; pages < scope.pages; ++pages) {
        const std::unique_ptr<Search> search = smaller_search(with_pages, pages, quick);
        if (search == nullptr) {  // what is compared are neighbouring sizes
            samples.clear();
            sizes.clear();
            continue;
        }
        const auto begun = std::chrono::steady_clock::now();
        const ExploreResult result = search->run();
        if (!result.complete) break;
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
        samples.push_back({pages, static_cast<double>(result.states), static_cast<double>(result.counts.transitions),
                           static_cast<double>(result.bytes), elapsed.count()});
        sizes += fmt::format("{}{}", sizes.empty() ? "" : ", ", pages);
    }
    if (samples.size() < 2) return std::nullopt;
    const unsigned steps = scope.pages - samples.back().pages;
    Estimate estimate;
    estimate.states = extrapolate(samples, &Sample::states, steps);
    estimate.transitions = extrapolate(samples, &Sample::transitions, steps);
    // By the largest sibling, where fixed costs matter least.
    const Sample& last = samples.back();
    estimate.bytes = estimate.states * last.bytes / last.states;
    estimate.seconds = estimate.transitions * last.seconds / last.transitions;
    estimate.basis = "judged by " + sizes + " pages";
    return estimate;
}

RankEstimate estimate_ranks(const Estimate& estimate, std::size_t calls, unsigned ranks) {
    // Measured but for the last, which is a guess at a network (MPI.md).
    constexpr double sent_part = 1.0 / 8;   // of the transitions of a state: those to a state that its rank has to send
    constexpr double sent_bytes = 28;       // for one of these: predecessor, size, key
    constexpr double more_work = 0.2;       // of all ranks together, waiting included
    constexpr double round_seconds = 1e-4;  // of the exchanges and sums of a round, for each doubling of the ranks
    const double n = ranks;
    RankEstimate each;
    each.ranks = ranks;
    each.states = estimate.states / n;
    // Hashes deal states out as dice would.
    each.most_states = each.states + std::sqrt(2 * each.states * std::log(n));
    each.bytes = estimate.bytes / estimate.states * each.most_states;
    const double round = std::clamp(65'536 / static_cast<double>(calls), 8.0, 1024.0);  // states, on each rank
    each.batch_bytes = round * estimate.transitions / estimate.states * sent_part * sent_bytes / n;
    const double rounds = estimate.states / (n * round) + 1;
    each.seconds = estimate.seconds / n * (1 + more_work) + rounds * round_seconds * std::log2(n);
    return each;
}

}  // namespace vmacheck
