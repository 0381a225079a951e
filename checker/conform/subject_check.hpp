// Everything that `conform --on SUBJECT` does: traces, tours of scopes, then random operations, on the model and on the
// subject; what differs, minimised on the subject.
#pragma once

#include "checker/conform/found_differences.hpp"
#include "checker/conform/random_conform.hpp"
#include "checker/exhaustive/scope.hpp"

namespace vmacheck {

struct SubjectCheckOptions {
    std::vector<Trace> traces;
    std::vector<Scope> scopes;                // a tour of each
    std::uint64_t most_tour_calls = 200'000;  // of all tours together
    RandomConformOptions random;              // with the profile; ops 0: none
    std::size_t most_kinds = 16;
};

struct SourceTotal {
    std::string name;          // "traces", "tour of peer", "random"
    std::uint64_t traces = 0;  // or cases
    std::uint64_t steps = 0;
    std::uint64_t differing = 0;  // traces or cases that ended with a difference
};

struct SubjectCheckResult {
    SubjectInfo subject;
    Setup started;
    std::string error;  // why the two cannot start
    std::vector<SourceTotal> sources;
    LeftOut left_out;
    std::uint64_t compared = 0;
    Coverage coverage;  // of the model's steps in random operations and tours
    std::vector<FoundDifference> found;
    std::uint64_t kinds_not_kept = 0;
    std::map<std::string, std::uint64_t> known;    // cases and traces that ended with a known difference, by its name
    std::uint64_t failures = 0;                    // cases that ended with an allocation that failed
    std::map<std::string, std::uint64_t> further;  // property: cases that broke it too, and were not looked into
    std::uint64_t not_repeated = 0;  // differences that a second run did not show, and traces that ended early
    std::uint64_t lost_times = 0;    // the subject was lost and started again: what it did there was not compared
    std::vector<Loss> losses;        // the first few of them
    std::string ended;               // why random operations ended before their budget
    std::string lost;                // the subject is gone; empty: it is not
    bool complete = true;

    [[nodiscard]] std::uint64_t steps() const;
    // Violated where the subject breaks a property of what it shows; undecided where nothing was performed, it was lost, or something
    // that differed did not differ again.
    [[nodiscard]] Verdict verdict() const;
};

// The same result for any number of subjects at work.
SubjectCheckResult check_subject(SubjectPool& subjects, const SubjectCheckOptions& options,
                                 const OnProgress& progress = {});
SubjectCheckResult check_subject(Subject& subject, const SubjectCheckOptions& options, const OnProgress& progress = {});

}  // namespace vmacheck
