// A story as a page: the finding, the address space over time, and each step in full.
#pragma once

#include "checker/report/story.hpp"
#include "checker/run/verdict.hpp"

#include <string>

namespace vmacheck::html {

struct ExplainPage {
    const Story& story;  // with details
    Verdict verdict = Verdict::holds;
    std::string path;    // of the trace
    std::string replay;  // the command that replays it
    std::string trace;   // as text, for those who have only the page
};

std::string explain_page(const ExplainPage& page);

}  // namespace vmacheck::html
