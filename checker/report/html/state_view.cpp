#include "checker/report/html/state_view.hpp"

#include "checker/report/html/markup.hpp"
#include "checker/report/html/timeline.hpp"
#include "checker/report/picture.hpp"
#include "traces/format/names.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

namespace vmacheck::html {
namespace {

constexpr double state_pixels = 480;  // that the picture of a state has at least

AddressAxis axis_of(const Scope& scope, const Layouts& layouts) {
    std::vector<PageRange> ranges;
    for (std::uint64_t page = 0; page < scope.pages; ++page) ranges.push_back({page, page + 1});
    for (const auto& [slot, layout] : layouts)
        for (const auto& [start, vma] : layout.vmas()) ranges.push_back({vma.start, vma.end});
    return AddressAxis(ranges);
}

// "rw" as the entry allows, with a line below where it is dirty; "0" the zero page; "sw" swapped out.
std::string entry_bar(const TableEntry& entry, const AddressAxis& axis) {
    const char* text = entry.what == TableEntry::What::swapped     ? "sw"
                       : entry.what == TableEntry::What::zero_page ? "0"
                       : entry.writable                            ? "rw"
                                                                   : "r";
    return fmt::format("<i class=\"pte{}{}\" style=\"{}\">{}</i>", entry.dirty ? " dirty" : "",
                       entry.what == TableEntry::What::swapped ? " out" : "", axis.style({entry.page, entry.page + 1}),
                       text);
}

std::string process_picture(const Layout& layout, const std::vector<TableEntry>& entries, const AddressAxis& axis,
                            VmaNames& names) {
    std::string text = fmt::format("<div class=grid><b></b><div class=axis>{}</div><b>VMAs</b><div class=l>",
                                   axis.labels(state_pixels));
    for (const auto& [start, vma] : layout.vmas())
        text += bar(vma, names.index(key_of(vma)), axis, state_pixels, false);
    text += "</div>";
    if (!entries.empty()) {
        text += "<b>pages</b><div class=l>";
        for (const TableEntry& each : entries) text += entry_bar(each, axis);
        text += "</div>";
    }
    return text + "</div>";
}

void add_count(std::string& text, std::string_view name, const std::string& value) {
    text += fmt::format("<li><span>{}</span> <b>{}</b></li>", name, value);
}

std::string counters_of(const ProcessView& process) {
    std::string text = "<ul class=figures>";
    const auto add = [&text](std::string_view name, const auto& value) {
        if (value) add_count(text, name, std::to_string(*value));
    };
    add("map_count", process.map_count);
    add("total_vm", process.total_vm);
    add("data_vm", process.data_vm);
    add("exec_vm", process.exec_vm);
    add("stack_vm", process.stack_vm);
    add("locked_vm", process.locked_vm);
    add("hiwater_vm", process.hiwater_vm);
    if (process.brk_bytes) add_count(text, "brk", hex(*process.brk_bytes));
    return text + "</ul>";
}

std::string file_row(const OpenFile& file) {
    std::string cached;
    for (const std::uint64_t page : file.cached) cached += fmt::format("{}{}", cached.empty() ? "" : " ", page);
    return fmt::format("<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
                       file.number == 0 ? "shared object" : fmt::format("file {}", file.number),
                       escape(name(file.kind)), file.pages ? plural(*file.pages, "page") : "no end", file.vmas,
                       file.descriptors, cached.empty() ? "none" : cached);
}

std::string files_of(const PathState& state) {
    if (state.files.empty()) return {};
    std::string text =
        "<h3>Files</h3><table class=rows><thead><tr><th>file<th>kind<th>size<th>VMAs<th>descriptors<th>page cache</tr>"
        "</thead><tbody>";
    for (const OpenFile& each : state.files) text += file_row(each);
    return text + "</tbody></table>";
}

bool has_entries(const PathState& state) {
    for (const auto& table : state.tables)
        if (!table.empty()) return true;
    return false;
}

std::string state_part(const Scope& scope, const PathState& state, const Layouts& layouts, VmaNames& names) {
    const AddressAxis axis = axis_of(scope, layouts);
    std::string text;
    for (const auto& [slot, layout] : layouts) {
        text += "<div class=process>";
        if (layouts.size() > 1 || scope.processes > 1) text += fmt::format("<h3>Process {}</h3>", slot);
        text += process_picture(layout, state.tables.at(slot), axis, names);
        text += vma_table(layout, names) + counters_of(state.seen.processes.at(slot)) + "</div>";
    }
    if (has_entries(state))
        text += "<p class=soft>pages: rw writable, r read only, 0 the zero page, sw swapped out; underlined: dirty</p>";
    text += files_of(state);
    if (state.seen.committed)
        text += fmt::format("<ul class=figures><li><span>committed, of all processes</span> <b>{}</b></li></ul>",
                            *state.seen.committed);
    return text;
}

// The section of a step in two: its first part, and what follows but for the list of VMAs, which the state has.
void split_step(const std::string& section, StateParts& parts) {
    const std::size_t first = section.find(part_end);
    const std::size_t last = section.rfind(part_end);
    parts.step = section.substr(0, first) + "</section>";
    parts.more = without_part_ends("<section class=step>" + section.substr(first, last - first) + "</section>");
}

}  // namespace

StateParts state_parts(const Scope& scope, const PathState& state, const Story& story) {
    VmaNames names;
    Timeline timeline(story);
    std::string rows = timeline.first_row(names);
    const std::size_t left_out = story.steps.size() > most_path_rows ? story.steps.size() - most_path_rows : 0;
    if (left_out != 0) rows.clear();
    for (const StoryStep& each : story.steps) {
        const std::string lanes = timeline.lanes(each, names);
        if (each.number > left_out) rows += timeline.row(each, lanes, Anchored::no);
    }
    StateParts parts;
    parts.state = state_part(scope, state, timeline.layouts(), names);
    if (story.steps.empty()) return parts;
    parts.path = fmt::format("<div class=timeline tabindex=0>{}{}</div>", timeline.head(), rows);
    if (left_out != 0) parts.path += fmt::format("<p class=soft>Before them: {}.</p>", plural(left_out, "call"));
    split_step(step_section(story, story.steps.back(), timeline.layouts(), names, Anchored::no), parts);
    return parts;
}

}  // namespace vmacheck::html
