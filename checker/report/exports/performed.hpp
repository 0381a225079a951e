// The steps of a trace that a program outside the model can perform, and what the model expects of them.
//
// Some steps are no calls: an allocation that fails, a page that is reclaimed, a file that only a model has. They are
// left out, by name, where the other steps come out the same without them. Where not, there is no program.
#pragma once

#include "model/state/observation.hpp"
#include "traces/format/trace.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace vmacheck {

// Why a trace cannot be exported, in a few words.
struct NoExport {
    std::string why;
};

struct LeftOutStep {
    std::size_t number = 0;  // in the trace, from 1
    std::string call;
    std::string why;  // "it is no system call"
};

struct PerformedStep {
    std::size_t number = 0;  // in the trace, from 1
    Op<Plain> op;
    Errno error = Errno::ok;
    std::uint64_t value = 0;  // bytes: the address, break or slot
    ProcessView after;        // the caller
};

struct Performed {
    TraceHeader header;
    std::vector<PerformedStep> steps;
    std::vector<LeftOutStep> left_out;
};

// Why a form has no call for an operation; empty: it has one.
using WhyNoCall = std::function<std::string(const Op<Plain>&)>;

// Throws as results_on_model.
std::variant<Performed, NoExport> performed_steps(const Trace& trace, const WhyNoCall& why_no_call);

// "step 3, reclaim of 0x10000: it is no system call"
std::string text_of(const LeftOutStep& step);

}  // namespace vmacheck
