// Which engine finds which fault: the engines one by one against the model with a single fault switched on, each with a
// default budget, and none with a hint which fault it is.
//
// Budgets count operations, states, and units of the solver, so that a row is the same on every machine, but for its
// elapsed_s.
#pragma once

#include "checker/campaign/config.hpp"
#include "checker/campaign/corpus.hpp"
#include "checker/run/progress.hpp"
#include "model/faults/fault_table.hpp"

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct DetectOptions {
    std::vector<std::string> engines;  // by name, of detect_engines(); empty: all
    std::uint64_t seed = 1;
    std::uint64_t ops = CampaignConfig().ops;  // of random operations; guided exploration has a campaign's share of it
    std::uint64_t scope_states = 50'000;       // states of each built-in scope
    std::uint64_t prove_units = 15'000'000;    // units of the solver, in the small scope of `prove`
    std::vector<CorpusTrace> traces;           // of known situations; a campaign replays them too
    unsigned jobs = 1;                         // threads; each fault is one thread's
    const std::atomic<bool>* stop = nullptr;   // where it becomes true, no fault is begun any more
};

// What one engine did with one fault.
struct Detection {
    std::string_view engine;
    bool found = false;
    std::string property;      // the headline of what was found
    std::uint64_t ops = 0;     // until it was found, or in all: operations performed; of prove, runs of an operation
    std::size_t shortest = 0;  // operations of the minimised trace
    double elapsed_s = 0;      // minimising included
};

struct FaultRow {
    const FaultInfo* fault = nullptr;
    std::string_view profile;        // that the fault was looked for in
    std::vector<Detection> engines;  // those that were run, in the order of detect_engines()

    // The first that found it; nullptr: none did.
    [[nodiscard]] const Detection* first() const;
};

// "random", "guide", "explore", "prove", "traces": in the order they are run.
std::span<const std::string_view> detect_engines();

// Where a fault is looked for, one after the other until an engine finds it: in the first profile whose release had the
// bug. Where none had, in the last before the bug (v5.10 for older ones, and for synthetic ones), then in the next, then
// in those of no release.
std::vector<std::string_view> profiles_of_fault(const FaultInfo& fault);

// A row for each fault, in the order given; fewer where it was stopped. Progress counts faults. Throws what an engine
// throws.
std::vector<FaultRow> detect(std::span<const FaultInfo* const> faults, const DetectOptions& options,
                             const OnProgress& progress = {});

}  // namespace vmacheck
