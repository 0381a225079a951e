// What an export makes: a text, or a reason.
#pragma once

#include "checker/report/exports/performed.hpp"

#include <string>
#include <variant>
#include <vector>

namespace vmacheck {

struct Exported {
    std::string text;
    std::vector<LeftOutStep> left_out;
};

// The lines of a comment at the top: the title, the model, and what is left out. `prefix` begins each line.
std::string export_heading(const TraceHeader& header, const std::vector<LeftOutStep>& left_out,
                           std::string_view prefix);

}  // namespace vmacheck
