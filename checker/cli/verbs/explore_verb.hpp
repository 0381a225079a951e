// The options of explore, and what it prints.
#pragma once

#include "checker/cli/options/explore_options.hpp"
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/rerun_command.hpp"
#include "checker/exhaustive/estimate.hpp"
#include "checker/exhaustive/search.hpp"

#include <optional>

namespace vmacheck::cli {

struct ExploreVerb {
    ScopeOptions scope;
    ExploreOptions explore;
    std::string fingerprint = "auto";  // on, off
    std::uint64_t mem_mib = 0;
    bool cells = false;  // list them
    std::string graph;   // file for the explored graph, .dot or .json
    std::string traces;  // directory for a shortest trace to each cell
    bool check_reduction = false;
    bool estimate_only = false;
    std::string out = "findings";
    std::string format = "text";
    std::string progress = "auto";
    RerunCommand again;
};

// A finding's trace, as it is written.
struct ToldFinding {
    std::string path;
    Trace trace;
};

int exit_code(const ExploreResult& result);
// An assertion of the model or of the checks failed.
bool is_internal(const ExploreResult& result);
// Of JSON: "holds", "violated", "inconclusive" or "error".
std::string_view verdict(const ExploreResult& result);
void print_explored(const ExploreVerb& verb, const Search& search, const ExploreResult& result,
                    const std::optional<ToldFinding>& told);
void print_explored_json(const ExploreVerb& verb, const Search& search, const ExploreResult& result,
                         const std::optional<ToldFinding>& told, const std::optional<Estimate>& estimate,
                         double elapsed_s, const OutputErrors& writing);

// Of --estimate and --check-reduction.
void print_estimate_json(const Scope& scope, const std::optional<Estimate>& estimate);
void print_reduction_json(const Scope& scope, const std::vector<std::string>& compared);

}  // namespace vmacheck::cli
