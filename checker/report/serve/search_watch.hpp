// How far the search behind the page has come. The search writes it and requests read it, each in its own thread.
#pragma once

#include "checker/exhaustive/search.hpp"
#include "checker/run/verdict.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace vmacheck {

class SearchWatch {
public:
    void show(const SearchSoFar& now);
    // The search is over. `path`: the calls of the result's finding, as numbers.
    void end(const ExploreResult& result, Verdict verdict, const std::vector<std::uint32_t>& path);

    // {"ended":false,"verdict":"inconclusive","states":26,"transitions":374,"depth":6,"findings":[]}
    [[nodiscard]] std::string json() const;

private:
    struct Found {
        std::string property;
        std::string text;
        std::vector<std::uint32_t> path;
    };
    mutable std::mutex mutex_;
    SearchSoFar now_;
    bool ended_ = false;
    Verdict verdict_ = Verdict::undecided;
    std::string stopped_by_;
    std::vector<Found> found_;
};

}  // namespace vmacheck
