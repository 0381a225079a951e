#include "checker/report/exports/markdown.hpp"

#include "checker/report/explain.hpp"
#include "checker/report/text.hpp"
#include "checker/run/setup.hpp"
#include "model/op/op_table.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// In text, and not in a block: what Markdown would read as its own is escaped.
std::string plain(std::string_view text) {
    std::string escaped;
    for (const char each : escape_control(text)) {
        if (std::string_view("\\`*_<>[]#|").find(each) != std::string_view::npos) escaped += '\\';
        escaped += each;
    }
    return escaped;
}

// The step, from 1, that the report is about.
std::size_t step_of(const Story& story) {
    if (!story.violations.empty()) return story.violations.front().step;
    if (!story.differences.empty()) return story.differences.front().step;
    return story.steps.size();
}

std::string decided_by(const StoryStep& step, const Op<Plain>& op) {
    std::string text;
    for (const StoryMerge& each : step.merges)
        text += fmt::format("{}`vma_merge`: case {}, {}", text.empty() ? "" : "; ", each.which, plain(each.sentence));
    return text.empty() ? fmt::format("`{}`", operation(op.kind).stands_for) : text;
}

std::string expected_and_actual(const Story& story) {
    std::string text;
    for (const StoryViolation& each : story.violations)
        text +=
            fmt::format("**Violated** at {}: `{}`: {}\n\n", place_of(each.step, 0), each.property, plain(each.text));
    for (const Difference& each : story.differences)
        text += fmt::format("**Differs** at {}, `{}`: expected `{}`, is `{}`\n\n", place_of(each.step, 0), each.what,
                            each.expected, each.actual);
    if (story.holds())
        text +=
            fmt::format("Every property holds after each step; {} as stated.\n\n", plural(story.compared, "result"));
    return text;
}

}  // namespace

std::variant<Exported, NoExport> markdown_report(const Trace& trace, const std::string& again,
                                                 const ReplayOptions& options) {
    ReplayResult result;
    Story story = explain(trace, options, result);
    if (result.verdict == Verdict::bad_input) return NoExport{result.error};
    std::string text =
        fmt::format("### {}\n\nKernel: {} (vmacheck's model).\n\n",
                    plain(story.title.empty() ? "A trace" : story.title), plain(model_name(trace.header)));
    text += expected_and_actual(story);
    const std::size_t at = step_of(story);
    if (at > 0 && at <= story.steps.size()) {
        text +=
            fmt::format("Step {} is decided by {}.\n\n", at, decided_by(story.steps[at - 1], trace.steps[at - 1].op));
        story.steps.resize(at);
    }
    const std::string drawn = short_text_of(story);
    if (!drawn.empty()) text += fmt::format("```\n{}```\n\n", drawn);
    return Exported{text + fmt::format("Again: `{}`\n", again), {}};
}

}  // namespace vmacheck
