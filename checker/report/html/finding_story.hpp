// A finding of a campaign or of a check, explained: its terms, its calls, and its last step in full.
#pragma once

#include "checker/report/html/vma_bars.hpp"
#include "checker/run/finding.hpp"

#include <string>

namespace vmacheck::html {

// The calls of a trace with their results, as a list.
std::string calls_of(const Trace& trace);

// The trace of a finding as a file to download, named as its path.
std::string trace_link(const Finding& finding);

// What the model does on the trace: the terms of what is violated, and the last step. Nothing where it cannot start.
std::string finding_story(const Finding& finding);

}  // namespace vmacheck::html
