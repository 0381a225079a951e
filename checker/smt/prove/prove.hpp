// The proof: every obligation, one by one or on several threads, with its outcome. PROOF.md says what is proved.
#pragma once

#include "checker/run/finding.hpp"
#include "checker/run/progress.hpp"
#include "checker/smt/prove/scenarios.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck::prove {

struct ProveOptions {
    const Profile* profile = nullptr;  // v5.10 if none
    FaultSet faults;
    Scope scope = Scope::whole;
    unsigned jobs = 1;
    SolverOptions solver;            // units_in_all is set aside: what follows counts for all obligations
    std::uint64_t units_in_all = 0;  // resource units, 0: no limit. Obligations that are left then are undecided
    std::function<std::unique_ptr<PropertyChecker<Traced>>()>
        checker;  // of the properties to prove; none: all there are
    bool first_finding_only = true;
    std::string only;                         // obligations whose name begins with it; empty: all
    const std::atomic<bool>* stop = nullptr;  // once true, no further obligation is begun
};

// One obligation and its outcome.
struct Proved {
    std::string name;
    std::uint64_t start_states = 0;
    PathCounts counts;
    unsigned cases = 0;  // merge cases that were compared with the table, a bit each; bit 0: no merge
    std::uint64_t digest = 0;
    std::optional<Finding>
        finding;  // a start state that breaks a property, as a trace; its origin's unit: the obligation
    [[nodiscard]] bool decided() const { return counts.undecided == 0; }
};

struct Obligation {
    std::string name;
    std::function<Proved(const ProveOptions&)> prove;
    // Of those at the end, the largest are begun first, so that all threads end at about the same time.
    std::size_t size = 0;
};

// In a fixed order.
std::vector<Obligation> obligations(const ProveOptions& options);

struct ProveResult {
    std::vector<Proved> proved;  // one for each obligation that was looked at, in order
    std::uint64_t start_states = 0;
    PathCounts counts;
    unsigned cases = 0;
    std::size_t left = 0;  // obligations that were not begun: no units were left, or it was stopped
    bool stopped = false;  // before the last was begun
    std::uint64_t digest = 0;
    [[nodiscard]] std::vector<const Finding*> findings() const;
};

// The same for any number of jobs. With first_finding_only nothing after the first obligation that fails is reported.
// `progress` may be called from any thread, one at a time.
ProveResult prove(const ProveOptions& options, const OnProgress& progress = {});

// All start states and paths of one scenario. signatures, if given, receives those of complete paths.
Proved prove_scenario(const Scenario& scenario, const ProveOptions& options,
                      Neighbourhood::Target target = Neighbourhood::Target::operation,
                      std::vector<std::uint64_t>* signatures = nullptr);

}  // namespace vmacheck::prove
