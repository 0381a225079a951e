#include "checker/report/text.hpp"

#include "checker/report/picture.hpp"
#include "checker/run/replay.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

namespace vmacheck {
namespace {

// "step 2 (line 3): process 1: fork() = process 2", and a line break.
std::string call_line(const StoryStep& step) {
    const std::string line = step.line != 0 ? fmt::format(" (line {})", step.line) : "";
    const std::string caller = step.caller != 0 ? fmt::format("process {}: ", step.caller) : "";
    return fmt::format("step {}{}: {}{} = {}\n", step.number, line, caller, step.call, step.result);
}

std::string events_line(const std::vector<StoryEvent>& events) {
    std::string line;
    for (const StoryEvent& each : events) {
        if (!line.empty()) line += ", ";
        line += each.name;
        if (!each.detail.empty()) line += fmt::format(" ({})", each.detail);
        if (each.times > 1) line += fmt::format(" x{}", each.times);
    }
    return line;
}

std::string counters_line(const std::vector<CounterChange>& counters) {
    std::vector<std::string> parts;
    for (const CounterChange& each : counters)
        parts.push_back(fmt::format("{} {} -> {}", each.what, each.was, each.is));
    return fmt::format("{}", fmt::join(parts, ", "));
}

void add_process(std::string& out, const ProcessStory& process) {
    out += draw(process.picture);
    if (process.vmas.empty() && process.counters.empty() && !process.picture.abandoned) out += "  nothing changed\n";
    for (const VmaChange& each : process.vmas) out += fmt::format("  changed {}\n", text_of(each));
    if (!process.counters.empty()) out += fmt::format("  changed {}\n", counters_line(process.counters));
}

void add_step(std::string& out, const StoryStep& step) {
    out += call_line(step);
    if (!step.note.empty()) out += fmt::format("  note    {}\n", escape_control(step.note));
    for (const StoryMerge& each : step.merges) out += fmt::format("  case {}  {}\n", each.which, each.sentence);
    if (!step.events.empty()) out += fmt::format("  events  {}\n", events_line(step.events));
    for (const std::string& each : step.reasons) out += fmt::format("  why     {}\n", each);
    for (std::size_t i = 0; i < step.processes.size(); ++i) {
        if (i > 0) out += fmt::format("  process {}:\n", step.processes[i].slot);
        add_process(out, step.processes[i]);
    }
}

void add_end(std::string& out, const Story& story) {
    out += '\n' + end_text_of(story);
}

}  // namespace

std::string end_text_of(const Story& story) {
    std::string out;
    for (const StoryViolation& each : story.violations)
        out += fmt::format("violated at {}: {}: {}\n", place_of(each.step, each.line), each.property, each.text);
    for (const Difference& each : story.differences)
        out += fmt::format("differs at {}: {}: expected {}, is {}\n", place_of(each.step, each.line), each.what,
                           each.expected, each.actual);
    if (story.holds())
        out += fmt::format("{}: all properties hold, {} as stated\n", plural(story.performed, "step"),
                           plural(story.compared, "result"));
    return out;
}

std::string text_of(const Story& story) {
    std::string out =
        fmt::format("{} ({})\n", story.title.empty() ? "a trace" : escape_control(story.title), story.profile);
    for (const StoryStep& each : story.steps) {
        out += '\n';
        add_step(out, each);
    }
    add_end(out, story);
    return out;
}

std::string short_text_of(const Story& story) {
    if (story.steps.empty()) return {};
    std::string out;
    for (std::size_t i = 0; i + 1 < story.steps.size(); ++i) out += call_line(story.steps[i]);
    add_step(out, story.steps.back());
    add_end(out, story);
    return out;
}

}  // namespace vmacheck
