#include "checker/report/exports/performed.hpp"

#include "checker/conform/model_results.hpp"
#include "traces/format/call_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

bool same_layout(const ProcessView& a, const ProcessView& b) {
    return std::equal(a.vmas.begin(), a.vmas.end(), b.vmas.begin(), b.vmas.end(),
                      [](const VmaView& one, const VmaView& other) {
                          return one.start == other.start && one.end == other.end && one.flags == other.flags &&
                                 one.pgoff == other.pgoff && one.file == other.file && one.name == other.name;
                      });
}

// Without the VMAs that a trace starts with: of a kernel's process they are what performs the calls.
ProcessView without(ProcessView view, const std::vector<ProcessSpec>& layout) {
    for (const ProcessSpec& process : layout)
        for (const VmaSpec& there : process.vmas)
            std::erase_if(view.vmas, [&](const VmaView& each) {
                return each.start == there.start && each.end == there.end && each.flags == there.flags;
            });
    return view;
}

// Whether a step of the whole trace and of what is left of it came out the same.
bool same_outcome(const ModelResults& whole, std::size_t at, const ModelResults& part, std::size_t there) {
    return whole.results[at].error == part.results[there].error &&
           whole.results[at].value == part.results[there].value && same_layout(whole.after[at], part.after[there]);
}

}  // namespace

std::string text_of(const LeftOutStep& step) {
    return fmt::format("step {}, {}: {}", step.number, step.call, step.why);
}

std::variant<Performed, NoExport> performed_steps(const Trace& trace, const WhyNoCall& why_no_call) {
    Performed performed{trace.header, {}, {}};
    performed.header.layout.clear();
    performed.header.anon_vmas.clear();
    performed.header.shared_objects.clear();
    Trace part{performed.header, {}};
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        const Op<Plain>& op = trace.steps[i].op;
        const std::string why = op.fail_alloc.nth != 0  ? "an allocation fails"
                                : op.meanwhile.nth != 0 ? "another task takes a step within a call"
                                                        : why_no_call(op);
        if (!why.empty()) {
            performed.left_out.push_back({i + 1, call_text(op), why});
            continue;
        }
        part.steps.push_back({op, {}, {}, 0});
        performed.steps.push_back({i + 1, op, Errno::ok, 0, {}});
    }
    const auto left_out = [&](std::size_t at) { return text_of(performed.left_out[at]); };
    if (part.steps.empty())
        return NoExport{trace.steps.empty() ? "it has no steps" : "no step is left: " + left_out(0)};
    const ModelResults results = results_on_model(part);
    const bool all = performed.left_out.empty() && trace.header.layout.empty();
    ModelResults whole = all ? results : results_on_model(trace);
    for (ProcessView& each : whole.after) each = without(std::move(each), trace.header.layout);
    for (std::size_t i = 0; i < performed.steps.size(); ++i) {
        PerformedStep& step = performed.steps[i];
        if (!all && !same_outcome(whole, step.number - 1, results, i)) {
            if (performed.left_out.empty() || performed.left_out.front().number > step.number)
                return NoExport{fmt::format("step {} depends on the layout that it starts from", step.number)};
            const auto after = std::partition_point(performed.left_out.begin(), performed.left_out.end(),
                                                    [&](const auto& each) { return each.number < step.number; });
            const auto last = static_cast<std::size_t>(after - performed.left_out.begin()) - 1;
            return NoExport{fmt::format("step {} depends on {}", step.number, left_out(last))};
        }
        if (!results.results[i].error) return NoExport{fmt::format("the model abandons step {}", step.number)};
        step.error = *results.results[i].error;
        step.value = results.results[i].value.value_or(0);
        step.after = results.after[i];
    }
    return performed;
}

}  // namespace vmacheck
