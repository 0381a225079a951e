// Random operations on the model and on a subject, case by case (conform_case.hpp). The cases are numbered, and what came of
// them is looked at in their order, so that several subjects at work give the same findings as one.
#pragma once

#include "checker/conform/conform.hpp"
#include "checker/conform/subject_pool.hpp"
#include "checker/coverage/coverage.hpp"
#include "checker/random/limits.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/progress.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <string>

namespace vmacheck {

struct RandomConformOptions {
    Setup setup;  // profile, faults and shipped; limits, layout and files are the subject's
    std::uint64_t seed = 1;
    std::uint64_t ops = 100'000;  // budget: operations that both performed
    RandomLimits limits{.pages = 40, .vmas = 24, .processes = 3, .case_steps = 1000};
    unsigned batch = 250;                     // operations
    bool failures = true;                     // allocations of a subject that can let its own fail
    bool vma_only = false;                    // only mmap, munmap, mprotect and madvise of one process
    const std::atomic<bool>* stop = nullptr;  // where it becomes true, no batch is begun any more
};

// The subject was lost in a case, a trace or a tour.
struct Loss {
    std::string how;
    Trace trace;       // its operations, with those of batches that were begun and not compared
    std::string path;  // of the file that holds the trace; empty: none
};

// Cases, traces and tours in which the subject was lost whose operations are kept.
inline constexpr std::size_t most_losses = 8;
// Keeps it, unless there are as many already.
void add_loss(std::vector<Loss>& losses, const SubjectLost& lost, TraceHeader header,
              const std::vector<Op<Plain>>& ops);

struct RandomConformResult {
    std::string error;  // why the two cannot start
    std::uint64_t steps = 0;
    std::uint64_t compared = 0;  // results, layouts and counters
    std::uint64_t cases = 0;
    std::uint64_t differing = 0;  // cases that ended with a difference
    std::uint64_t failures = 0;   // cases that ended with an allocation that failed
    LeftOut left_out;
    Coverage coverage;  // of the model's steps
    std::string lost;   // how the subject was lost, and it could not be started again; empty: it was not
    std::uint64_t lost_times = 0;
    std::vector<Loss> losses;                      // the first few of them
    std::map<std::string, std::uint64_t> further;  // property: cases that broke it, which were not looked into
    std::uint64_t not_repeated = 0;                // differences that a second run of the same operations did not show
    bool complete = false;                         // the budget was spent
    std::string ended;                             // why it was not, where no signal ended it and the subject is there
};

// A case that ended with a difference: its trace ends with the operation that shows it. Called in the order of cases.
using OnDifference = std::function<void(Finding&&)>;

RandomConformResult random_conform(SubjectPool& subjects, const RandomConformOptions& options,
                                   const OnDifference& found, const OnProgress& progress = {});
RandomConformResult random_conform(Subject& subject, const RandomConformOptions& options, const OnDifference& found,
                                   const OnProgress& progress = {});

}  // namespace vmacheck
