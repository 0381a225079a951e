// The options of explore, and what it prints.
#pragma once

#include "checker/cli/options/scope_options.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/exhaustive/estimate.hpp"
#include "checker/exhaustive/search.hpp"

#include <optional>

namespace vmacheck::cli {

struct ExploreVerb : SearchOptions {
    ScopeOptions scope;  // with the model
    ExploreOptions explore;
    std::string fingerprint = "auto";  // on, off
    std::uint64_t mem_mib = 0;
    bool cells = false;  // list them
    std::string graph;   // file for the explored graph, .dot or .json
    std::string traces;  // directory for a shortest trace to each cell
    bool check_reduction = false;
    bool estimate_only = false;
    bool mpi = false;
    unsigned ranks = 0;  // that the estimate is for; 0: those that search
    bool serve = false;
    std::uint64_t port = 0;  // of the page; 0: one that is free
};

constexpr unsigned most_ranks = 65'536;

// The finding of the result has the path of its trace.
void print_explored(const ExploreVerb& verb, const Search& search, const ExploreResult& result, Verdict verdict);
void print_explored_json(const ExploreVerb& verb, const Search& search, const ExploreResult& result, Verdict verdict,
                         const std::optional<Estimate>& estimate, double elapsed_s, const OutputErrors& errors);

// Of --estimate and --check-reduction.
void print_estimate_json(const Scope& scope, const std::optional<Estimate>& estimate,
                         const std::optional<RankEstimate>& ranks);
void print_reduction_json(const Scope& scope, const std::vector<std::string>& compared);

}  // namespace vmacheck::cli
