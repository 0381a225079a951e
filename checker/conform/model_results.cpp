#include "checker/conform/model_results.hpp"

#include "checker/subject/model_subject.hpp"

#include <stdexcept>

namespace vmacheck {

ModelResults results_on_model(const Trace& trace) {
    ModelSubject model;
    if (const auto wrong = model.reset(trace.header)) throw std::runtime_error(*wrong);
    ModelResults all;
    for (const TraceStep& each : trace.steps) {
        Answer answer = model.step(each.op);
        all.results.push_back({.error = answer.seen.error, .value = answer.seen.value});
        all.after.push_back(model.observe({.process = each.op.process}).processes.at(each.op.process));
    }
    all.last = model.observe({.process = 0}).processes.front();
    return all;
}

}  // namespace vmacheck
