#include "checker/conform/shipped_bugs.hpp"

#include "checker/conform/probe.hpp"
#include "checker/subject/model_factory.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/reader.hpp"

namespace vmacheck {
namespace {

// What the model does from where the subject started, with these bugs.
ProbeRun on_model(const Trace& trace, Setup setup, std::string_view profile, std::vector<std::string> faults) {
    const auto model = new_model();
    setup.profile = profile;
    setup.shipped = false;
    setup.faults = std::move(faults);
    if (const auto wrong = model->reset(setup)) {
        ProbeRun run;
        run.refused = *wrong;
        return run;
    }
    return perform_probe(trace, *model, setup);
}

bool is_fixed(const Trace& trace, Subject& subject, std::string_view profile, const std::vector<std::string>& shipped,
              std::string_view bug) {
    Setup wanted;
    wanted.parameters.files = trace.header.parameters.files;
    auto start = subject.start(wanted);
    if (std::holds_alternative<std::string>(start)) return false;
    const Setup& started = std::get<Setup>(start);
    const ProbeRun seen = perform_probe(trace, subject, started);
    if (!seen.refused.empty()) return false;
    std::vector<std::string> others;
    for (const std::string& each : shipped)
        if (each != bug) others.push_back(each);
    const ProbeRun with = on_model(trace, started, profile, shipped);
    const ProbeRun without = on_model(trace, started, profile, others);
    if (!with.refused.empty() || !without.refused.empty()) return false;
    return !first_difference(with, seen).empty() && first_difference(without, seen).empty();
}

}  // namespace

ShippedBugs shipped_bugs(Subject& subject, std::string_view profile, const std::string& folder) {
    ShippedBugs bugs;
    std::vector<std::string> shipped;
    for (const FaultInfo& each : all_faults())
        if (profile_named(profile)->shipped.has(each.fault)) shipped.emplace_back(each.name);
    for (const std::string& each : shipped) {
        ReadResult read = read_trace_file(folder + "/" + each + ".jsonl");
        const auto* trace = std::get_if<Trace>(&read);
        const bool fixed = trace != nullptr && is_fixed(*trace, subject, profile, shipped, each);
        (fixed ? bugs.fixed : bugs.present).push_back(each);
    }
    return bugs;
}

}  // namespace vmacheck
