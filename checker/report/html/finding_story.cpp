#include "checker/report/html/finding_story.hpp"

#include "checker/report/explain.hpp"
#include "checker/report/html/finding_box.hpp"
#include "checker/report/html/markup.hpp"
#include "checker/report/html/timeline.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>

namespace vmacheck::html {
namespace {

constexpr std::size_t most_rows = 60;  // the last steps of a longer trace

std::string result_of(const TraceStep& step) {
    if (!step.seen.error) return {};
    if (*step.seen.error != Errno::ok) return std::string(name(*step.seen.error));
    return step.seen.value && returns_value(step.op.kind) ? hex(*step.seen.value) : "0";
}

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string calls_of(const Trace& trace) {
    std::string text = "<ol class=calls>";
    for (const TraceStep& each : trace.steps) {
        const std::string process =
            each.op.process == 0 ? "" : fmt::format("<b class=who>process {}</b> ", each.op.process);
        const std::string result = result_of(each);
        text += fmt::format("<li>{}{}{}</li>", process, code(call_text(each.op)),
                            result.empty() ? "" : fmt::format(" <span class=eq>=</span> {}", code(result)));
    }
    return text + "</ol>";
}

std::string trace_link(const Finding& finding) {
    return fmt::format("<a download=\"{}\" href=\"{}\">{}</a>", escape(file_name(finding.path)),
                       data_link("application/jsonl", write_trace(finding.trace)), escape(finding.path));
}

std::string finding_story(const Finding& finding) {
    return finding.is_internal() ? std::string() : trace_story(finding.trace);
}

std::string trace_story(const Trace& trace) {
    ReplayOptions options;
    options.checker = make_full_checker();
    ReplayResult result;
    const Story story = explain(trace, options, result, Depth::details);
    if (story.steps.empty()) return {};
    VmaNames names;
    Timeline timeline(story);
    std::string rows = timeline.first_row(names);
    std::size_t left = story.steps.size();
    for (const StoryStep& each : story.steps) {
        const std::string lanes = timeline.lanes(each, names);
        if (left-- <= most_rows) rows += timeline.row(each, lanes, Anchored::no);
    }
    return fmt::format(
        "<div class=timeline>{}{}</div>{}", timeline.head(), rows,
        without_part_ends(step_section(story, story.steps.back(), timeline.layouts(), names, Anchored::no)));
}

}  // namespace vmacheck::html
