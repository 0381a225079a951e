#include "checker/report/exports/exported.hpp"

#include "checker/run/setup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

namespace vmacheck {

std::string export_heading(const TraceHeader& header, const std::vector<LeftOutStep>& left_out,
                           std::string_view prefix) {
    std::string title = escape_control(header.title.empty() ? "a trace" : header.title);
    for (std::size_t at = 0; (at = title.find("*/", at)) != std::string::npos;) title.replace(at, 2, "* /");
    std::string text = fmt::format("{}{}\n{}Expected is what vmacheck's model of {} does.\n", prefix, title, prefix,
                                   model_name(header));
    for (const LeftOutStep& each : left_out) text += fmt::format("{}Left out: {}.\n", prefix, text_of(each));
    return text;
}

}  // namespace vmacheck
