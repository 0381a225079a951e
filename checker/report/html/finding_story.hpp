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

// What the model does on a trace: the address space over time, and the last step in full. Nothing where it cannot start.
std::string trace_story(const Trace& trace);
// The same of a finding's, but where the model itself broke.
std::string finding_story(const Finding& finding);

}  // namespace vmacheck::html
