#include "checker/report/html/step_section.hpp"

#include "checker/report/html/event_words.hpp"
#include "checker/report/html/family_graph.hpp"
#include "checker/report/html/finding_box.hpp"
#include "checker/report/html/interval_trees.hpp"
#include "checker/report/html/markup.hpp"
#include "checker/report/html/merge_figure.hpp"
#include "checker/report/picture.hpp"
#include "model/op/short_flags.hpp"
#include "traces/format/names.hpp"
#include "traces/format/text.hpp"
#include "traces/observe/vma_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

constexpr double picture_pixels = 560;   // that a picture has at least
constexpr std::size_t most_listed = 60;  // VMAs of a process, in the table of all

// A part that can be folded; open where it says something new.
std::string folded(std::string_view title, const std::string& inside, bool open) {
    if (inside.empty()) return {};
    return fmt::format("<details{}><summary>{}</summary>{}</details>", open ? " open" : "", title, inside);
}

std::string picture_row(std::string_view title, const std::vector<PicturedVma>& vmas,
                        const std::vector<PicturedVma>& others, const AddressAxis& axis, VmaNames& names) {
    std::string text = fmt::format("<b>{}</b><div class=l>", title);
    for (const PicturedVma& each : vmas) {
        const auto same = [&](const PicturedVma& other) { return other.vma == each.vma; };
        const bool changed = std::find_if(others.begin(), others.end(), same) == others.end();
        text += bar(each.vma, names.index(key_of(each.vma)), axis, picture_pixels, changed);
    }
    return text + "</div>";
}

std::string picture_of(const Picture& picture, VmaNames& names) {
    std::vector<PageRange> ranges;
    for (const auto* vmas : {&picture.before, &picture.after})
        for (const PicturedVma& each : *vmas) ranges.push_back({each.vma.start, each.vma.end});
    if (picture.range) ranges.push_back(*picture.range);
    const AddressAxis axis(ranges);
    if (axis.empty()) return "<p class=soft>Nothing is mapped.</p>";
    std::string text = fmt::format("<div class=grid><b></b><div class=axis>{}</div>", axis.labels(picture_pixels));
    text += picture_row("before", picture.before, picture.after, axis, names);
    if (picture.range)
        text +=
            fmt::format("<b>range</b><div class=l><i class=range style=\"{}\"></i></div>", axis.style(*picture.range));
    text += picture_row("after", picture.after, picture.before, axis, names) + "</div>";
    if (picture.before_left_out + picture.after_left_out > 0)
        text += fmt::format("<p class=soft>Not drawn: {} before, {} after.</p>", plural(picture.before_left_out, "VMA"),
                            picture.after_left_out);
    return text;
}

const VmaView* with_letter(const Picture& picture, char letter) {
    for (const auto* vmas : {&picture.after, &picture.before})
        for (const PicturedVma& each : *vmas)
            if (each.letter == letter) return &each.vma;
    return nullptr;
}

// `is`: HTML.
std::string change_row(const std::string& who, std::string_view what, const std::string& is) {
    return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", who, escape(what), is);
}

std::string was_and_is(const std::string& was, const std::string& is) {
    return fmt::format("<del>{}</del> → <ins>{}</ins>", escape(was), escape(is));
}

std::string changes_of(const ProcessStory& process, VmaNames& names) {
    if (process.vmas.empty() && process.counters.empty()) return "<p class=soft>Nothing changed.</p>";
    std::string rows;
    char last = 0;
    for (const VmaChange& each : process.vmas) {
        const VmaView* vma = with_letter(process.picture, each.letter);
        if (vma == nullptr) continue;
        const std::string who = each.letter != last ? chip(*vma, names.index(key_of(*vma))) : std::string();
        last = each.letter;
        const bool whole = each.was.empty() && each.is.empty();
        rows += change_row(who, each.what, whole ? code(describe(*vma)) : was_and_is(each.was, each.is));
    }
    for (const CounterChange& each : process.counters) rows += change_row("", each.what, was_and_is(each.was, each.is));
    return fmt::format("<table class=changes>{}</table>", rows);
}

std::string process_part(const ProcessStory& process, bool several, VmaNames& names) {
    const std::string title = several ? fmt::format("<h4>Process {}</h4>", process.slot) : std::string();
    return fmt::format("<div class=process>{}<figure>{}</figure>{}</div>", title, picture_of(process.picture, names),
                       changes_of(process, names));
}

// Which VMAs P, N and X are, as far as the picture shows it.
std::string merge_roles(const Picture& picture, int which, VmaNames& names) {
    if (!picture.range) return {};
    const PageRange& range = *picture.range;
    std::string text;
    const auto role = [&](std::string_view letter, auto&& holds) {
        for (const PicturedVma& each : picture.before)
            if (holds(each.vma)) {
                text += fmt::format("{}{} is {}", text.empty() ? "" : ", ", letter,
                                    chip(each.vma, names.index(key_of(each.vma))));
                return;
            }
    };
    const std::uint64_t n_starts = which >= 5 ? range.start : range.end;
    role("P", [&](const VmaView& vma) { return vma.start < range.start && vma.end >= range.start; });
    if (which != 2) role("N", [&](const VmaView& vma) { return vma.start == n_starts; });
    if (which == 6 || which == 8) role("X", [&](const VmaView& vma) { return vma.start == range.end; });
    return text.empty() ? text : fmt::format("<p class=soft>{}</p>", text);
}

std::string merges_of(const StoryStep& step, VmaNames& names) {
    std::string text;
    for (const StoryMerge& each : step.merges) {
        text += merge_figure(each.which, each.sentence);
        if (step.merges.size() == 1 && !step.processes.empty())
            text += merge_roles(step.processes.front().picture, each.which, names);
    }
    return text;
}

std::string events_of(const StoryStep& step) {
    if (step.events.empty()) return {};
    std::string text = "<h4>Events, in order</h4><ol class=events>";
    for (const StoryEvent& each : step.events) {
        const EventWords words = words_of_event(each.name);
        const std::string function =
            words.function.empty() ? std::string() : fmt::format(" in {}", code(words.function));
        text += fmt::format("<li><code>{}</code>{}{}<br><span class=soft>{}{}</span></li>", escape(each.name),
                            each.detail.empty() ? "" : " (" + escape(each.detail) + ")",
                            each.times > 1 ? fmt::format(" × {}", each.times) : "", words.words, function);
    }
    return text + "</ol>";
}

std::string reasons_of(const StoryStep& step) {
    if (step.reasons.empty()) return {};
    std::string text = "<h4>Why</h4><ul class=events>";
    for (const std::string& each : step.reasons) text += fmt::format("<li>{}</li>", escape(each));
    return text + "</ul>";
}

std::string specification_of(const StepDetails& details) {
    std::string text;
    for (const SpecifiedMap& map : details.specified) {
        if (map.pages.empty()) continue;
        text += fmt::format(
            "<p class=soft>Rule: {}</p><table class=rows><thead><tr><th>pages<th>the specification "
            "says<th>there is<th></tr></thead><tbody>",
            escape(map.rule));
        for (const SpecifiedPages& each : map.pages) {
            const auto words = [](const std::string& what) {
                return what.empty() ? std::string("<span class=soft>nothing</span>") : code(what);
            };
            text +=
                fmt::format("<tr{}><td><code>{}-{}</code><td>{}<td>{}<td>{}</tr>", each.same() ? "" : " class=wrong",
                            hex(each.start * page_size), hex(each.end * page_size), words(each.expected),
                            words(each.found), each.same() ? "✓ same" : "✕ differs");
        }
        text += "</tbody></table>";
    }
    return text;
}

bool differs(const StepDetails& details) {
    for (const SpecifiedMap& map : details.specified)
        for (const SpecifiedPages& each : map.pages)
            if (!each.same()) return true;
    return false;
}

std::string all_vmas(const Layouts& layouts, VmaNames& names) {
    std::string text;
    for (const auto& [slot, layout] : layouts)
        text += fmt::format("<h4>Process {}</h4>{}", slot, vma_table(layout, names));
    return text;
}

std::string findings_of(const Story& story, const StoryStep& step) {
    std::string text;
    for (const StoryViolation& each : story.violations)
        if (each.step == step.number) text += finding_box(each);
    for (const Difference& each : story.differences)
        if (each.step == step.number) text += difference_box(each);
    return text;
}

std::string details_of(const StepDetails& details, bool broken, VmaNames& names) {
    const bool changed = !(details.before == details.after);
    std::string text = folded("anon_vma family", family_graph(details, names), changed || broken);
    text += part_end;
    text += folded("Interval trees after the step, by page offset", interval_trees(details.after, names), changed);
    text += part_end;
    return text + folded("Specification, page by page", specification_of(details), differs(details) || !changed);
}

}  // namespace

std::string vma_table(const Layout& layout, VmaNames& names) {
    if (layout.vmas().empty()) return "<p class=soft>Nothing is mapped.</p>";
    std::string text =
        "<table class=rows><thead><tr><th>VMA<th>range<th>flags<th>pgoff<th>backing<th>anon_vma<th>chain</tr>"
        "</thead><tbody>";
    std::size_t listed = 0;
    for (const auto& [start, vma] : layout.vmas()) {
        if (++listed > most_listed) break;
        const bool tied = vma.anon_vma.value_or(0) != 0 || !vma.chain_members.empty();
        text += fmt::format("<tr><td>{}<td><code>{}-{}</code><td><code>{}</code><td>{:#x}<td>{}<td>{}<td>{}</tr>",
                            chip(vma, names.index(key_of(vma))), hex(vma.start * page_size), hex(vma.end * page_size),
                            escape(short_flags(vma.flags)), vma.pgoff.value_or(0), backing_of(vma),
                            tied ? std::to_string(vma.anon_vma.value_or(0)) : "none", chain_text(vma.chain_members));
    }
    text += "</tbody></table>";
    if (layout.vmas().size() > most_listed)
        text += fmt::format("<p class=soft>and {} more</p>", layout.vmas().size() - most_listed);
    return text;
}

std::string step_anchor(std::size_t number) {
    return fmt::format("step={}", number);
}

std::string call_line(const StoryStep& step) {
    return fmt::format("{}<code>{}</code> <span class=eq>=</span> <code>{}</code>",
                       step.caller == 0 ? "" : fmt::format("<b class=who>process {}</b> ", step.caller),
                       escape(step.call), escape(step.result));
}

std::string step_section(const Story& story, const StoryStep& step, const Layouts& layouts, VmaNames& names,
                         Anchored anchored) {
    const std::string findings = findings_of(story, step);
    const std::string id = anchored == Anchored::yes ? fmt::format(" id=\"{}\"", step_anchor(step.number)) : "";
    std::string text = fmt::format("<section class=step{} data-step={}>", id, step.number);
    text += fmt::format("<h3>Step {} <small>of {}{}</small></h3><p class=call>{}</p>", step.number, story.steps.size(),
                        step.line != 0 ? fmt::format(", line {} of the trace", step.line) : "", call_line(step));
    if (!step.note.empty()) text += fmt::format("<p class=note>{}</p>", escape(step.note));
    text += findings;
    std::string pictures;
    for (const ProcessStory& each : step.processes) pictures += process_part(each, step.processes.size() > 1, names);
    text += fmt::format("<div class=two><div>{}</div><div class=side>{}{}</div></div>", pictures,
                        merges_of(step, names), events_of(step) + reasons_of(step));
    text += part_end;
    if (step.details) text += details_of(*step.details, !findings.empty(), names);
    text += part_end;
    return text + folded("All VMAs after the step", all_vmas(layouts, names), false) + "</section>\n";
}

}  // namespace vmacheck::html
