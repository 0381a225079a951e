#include "checker/report/html/timeline.hpp"

#include "checker/report/html/markup.hpp"
#include "checker/report/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck::html {
namespace {

constexpr std::size_t most_columns = 4;
constexpr double all_lanes_pixels = 700;  // that all columns have together, at least

std::vector<PageRange> ranges_of(const Story& story) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const StartingProcess& each : story.start)
        for (const VmaView& vma : each.vmas) ranges.emplace(vma.start, vma.end);
    for (const StoryStep& step : story.steps)
        for (const ProcessStory& process : step.processes) {
            for (const VmaView& vma : process.is) ranges.emplace(vma.start, vma.end);
            if (process.picture.range && process.picture.range->start <= process.picture.range->end)
                ranges.emplace(process.picture.range->start, process.picture.range->end);
        }
    std::vector<PageRange> all;
    for (const auto& [start, end] : ranges) all.push_back({start, end});
    return all;
}

std::vector<std::size_t> columns_of(const Story& story) {
    std::set<std::size_t> slots{0};
    for (const StartingProcess& each : story.start) slots.insert(each.slot);
    for (const StoryStep& step : story.steps)
        for (const ProcessStory& process : step.processes) slots.insert(process.slot);
    if (slots.size() > most_columns) return {};
    return {slots.begin(), slots.end()};
}

std::string marks_of(const Story& story, const StoryStep& step) {
    std::string text;
    for (const StoryMerge& each : step.merges) text += fmt::format(" <span class=tag>case {}</span>", each.which);
    for (const StoryViolation& each : story.violations)
        if (each.step == step.number)
            text += fmt::format(" <span class=\"tag bad\">✕ {}</span>", escape(each.property));
    for (const Difference& each : story.differences)
        if (each.step == step.number) text += fmt::format(" <span class=\"tag bad\">≠ {}</span>", escape(each.what));
    return text;
}

}  // namespace

Timeline::Timeline(const Story& story) : story_(story), columns_(columns_of(story)), axis_(ranges_of(story)) {
    for (const StartingProcess& each : story.start)
        for (const VmaView& vma : each.vmas) layouts_[each.slot].add(vma);
    for (const StartingProcess& each : story.start) layouts_.try_emplace(each.slot);
}

double Timeline::lane_pixels() const {
    return columns_.empty() ? all_lanes_pixels : all_lanes_pixels / static_cast<double>(columns_.size());
}

std::string Timeline::head() const {
    const std::string labels = fmt::format("<div class=axis>{}</div>", axis_.labels(lane_pixels()));
    std::string text =
        "<div class=\"row head\"><span class=n>step</span><span class=call>call and result</span><div "
        "class=lanes>";
    if (columns_.empty()) return text + fmt::format("<div>{}</div></div></div>", labels);
    for (const std::size_t slot : columns_)
        text += fmt::format("<div>{}{}</div>",
                            columns_.size() > 1 ? fmt::format("<b class=who>process {}</b>", slot) : "", labels);
    return text + "</div></div>";
}

std::string Timeline::lane(std::size_t slot, const ProcessStory* process, VmaNames& names) const {
    const auto at = layouts_.find(slot);
    const std::string who = columns_.empty() ? fmt::format("<b class=who>process {}</b>", slot) : std::string();
    if (at == layouts_.end()) return fmt::format("{}<div class=\"l dead\"></div>", who);
    std::string text = fmt::format("{}<div class=\"l{}\">", who, process == nullptr ? " still" : "");
    for (const auto& [start, vma] : at->second.vmas()) {
        const auto same = [&vma = vma](const VmaView& each) { return key_of(each) == key_of(vma); };
        const bool changed = process != nullptr && std::any_of(process->is.begin(), process->is.end(), same);
        text += bar(vma, names.index(key_of(vma)), axis_, lane_pixels(), changed);
    }
    if (process != nullptr && process->picture.range)
        text += fmt::format("<u style=\"{}\"></u>", axis_.style(*process->picture.range));
    return text + "</div>";
}

std::string Timeline::lanes(const StoryStep& step, VmaNames& names) {
    for (const ProcessStory& each : step.processes) {
        if (!each.alive) {
            layouts_.erase(each.slot);
            continue;
        }
        Layout& layout = layouts_[each.slot];
        for (const VmaView& vma : each.was) layout.remove(vma);
        for (const VmaView& vma : each.is) layout.add(vma);
    }
    std::string text;
    const auto process = [&](std::size_t slot) -> const ProcessStory* {
        for (const ProcessStory& each : step.processes)
            if (each.slot == slot) return &each;
        return nullptr;
    };
    if (columns_.empty())
        for (const ProcessStory& each : step.processes) text += lane(each.slot, &each, names);
    for (const std::size_t slot : columns_) text += lane(slot, process(slot), names);
    return text;
}

std::string Timeline::row(const StoryStep& step, const std::string& lanes, Anchored anchored) const {
    const bool bad = std::any_of(story_.violations.begin(), story_.violations.end(),
                                 [&](const StoryViolation& each) { return each.step == step.number; });
    const std::string number =
        anchored == Anchored::yes ? fmt::format("<a class=n href=\"#{}\">{}</a>", step_anchor(step.number), step.number)
                                  : fmt::format("<span class=n>{}</span>", step.number);
    return fmt::format("<div class=\"row{}\"{}>{}<span class=call>{}{}</span><div class=lanes>{}</div></div>\n",
                       bad ? " bad" : "", anchored == Anchored::yes ? fmt::format(" data-row={}", step.number) : "",
                       number, call_line(step), marks_of(story_, step), lanes);
}

std::string Timeline::first_row(VmaNames& names) {
    const bool mapped = std::any_of(story_.start.begin(), story_.start.end(),
                                    [](const StartingProcess& each) { return !each.vmas.empty(); });
    if (!mapped) return {};
    std::string lanes;
    if (columns_.empty())
        for (const auto& [slot, layout] : layouts_) lanes += lane(slot, nullptr, names);
    for (const std::size_t slot : columns_) lanes += lane(slot, nullptr, names);
    return fmt::format(
        "<div class=row><span class=n>–</span><span class=call>the starting layout</span><div "
        "class=lanes>{}</div></div>\n",
        lanes);
}

}  // namespace vmacheck::html
