// Probes: which value of each policy does a subject have? A stable kernel carries rules of later releases, so that its
// version does not say.
//
// A probe is a short trace on which the values of one policy give different results (traces/probes). It is performed on
// the subject, and on the model under each value, with the other policies as in the profile that is nearest so far.
#pragma once

#include "checker/subject/comparison.hpp"
#include "checker/subject/subject.hpp"
#include "model/profiles/policy_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// The trace of a policy, by its name; empty: it has none.
std::string_view probe_text(std::string_view policy);

// One side of a probe: what came of the steps that were performed, and what was to be seen after each.
struct ProbeRun {
    std::string refused;  // why it could not be performed, or not to its end; empty: it was
    std::vector<TraceStep> steps;
    std::vector<SeenResult> results;  // without events
    std::vector<Observation> observations;
};

// Performs the steps on a subject that started from this setup.
ProbeRun perform_probe(const Trace& trace, Subject& subject, const Setup& started);
// Performs the probe on a subject that starts as the setup says, near what the probe asks for. *started: the setup it
// started from.
ProbeRun run_probe(std::string_view text, Subject& subject, Setup* started);
// The same on the model of a profile, from that setup.
ProbeRun run_probe_on_model(std::string_view text, const Setup& started, std::string_view profile);
// The first difference in what both performed: "step 2, ret: 0 and EINVAL"; empty: there is none.
std::string first_difference(const ProbeRun& expected, const ProbeRun& actual);

enum class ProbeAnswer : std::uint8_t {
    found,   // one value gives what the subject does
    none,    // no value does
    untold,  // the subject cannot perform it, or several values give what it does
};

struct PolicyAnswer {
    PolicyId policy = 0;
    ProbeAnswer answer = ProbeAnswer::untold;
    std::uint8_t value = 0;  // if found
    std::string why;         // if not found: what differed from the nearest profile, or why it is not known
};

struct ProbeResult {
    std::vector<PolicyAnswer> answers;  // one for each policy, in the order of the table
    std::string profile;                // the nearest profile: the fewest of the policies found differ from it
    std::size_t differing = 0;          // how many differ
    std::string settings;  // the profile with the policies that differ set over it: what models the subject
};

ProbeResult probe(Subject& subject);

}  // namespace vmacheck
