#include "checker/report/html/tree_coverage_page.hpp"

#include "checker/report/html/markup.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

// The files, in the order in which they come.
std::vector<std::string> files_of(const std::vector<CoveredFunction>& functions) {
    std::vector<std::string> files;
    for (const CoveredFunction& each : functions)
        if (files.empty() || files.back() != each.file) files.push_back(each.file);
    return files;
}

bool is_reached(const CoveredFunction& function) {
    return std::any_of(function.lines.begin(), function.lines.end(),
                       [](const CoveredLine& line) { return line.count > 0; });
}

std::string share(std::uint64_t part, std::uint64_t all) {
    return all == 0 ? ""
                    : fmt::format("{} of {} ({:.1f} %)", part, all,
                                  100.0 * static_cast<double>(part) / static_cast<double>(all));
}

std::string totals(const std::vector<CoveredFunction>& functions) {
    std::string rows;
    for (const std::string& each : files_of(functions)) {
        const CoverageTotal total = coverage_total(functions, each);
        rows += fmt::format("<tr><td><code>{}</code><td>{}<td>{}<td>{}</tr>", escape(each),
                            share(total.functions_reached, total.functions), share(total.lines_reached, total.lines),
                            share(total.branches_taken, total.branches));
    }
    return fmt::format(
        "<section><h2>Reached</h2><table class=\"rows\"><thead><tr><th>file<th>functions<th>lines<th>branches</tr>"
        "</thead><tbody>{}</tbody></table></section>\n",
        rows);
}

std::string functions_not_reached(const std::vector<CoveredFunction>& functions) {
    std::string rows;
    for (const std::string& file : files_of(functions)) {
        std::string names;
        for (const CoveredFunction& each : functions)
            if (each.file == file && !is_reached(each))
                names += fmt::format("{}{}", names.empty() ? "" : ", ", code(each.name));
        if (!names.empty()) rows += fmt::format("<tr><td><code>{}</code><td>{}</tr>", escape(file), names);
    }
    if (rows.empty()) return "";
    return fmt::format(
        "<section><h2>Functions that no call reached</h2><table class=rows><tbody>{}</tbody></table></section>\n",
        rows);
}

// A mark, the line's number, how often, the branches, and the line itself.
std::string line_text(const CoveredLine& line) {
    const bool missed = line.count == 0;
    const bool one_way = !missed && line.taken < line.branches;
    const std::string branches = line.branches == 0 ? "" : fmt::format("{}/{}", line.taken, line.branches);
    const std::string text =
        fmt::format("{} {:>5} {:>10} {:>6}  {}",
                    missed    ? "✕"
                    : one_way ? "◐"
                              : " ",
                    line.number, missed ? "-" : fmt::to_string(line.count), branches, escape(line.text));
    return missed ? fmt::format("<strong>{}</strong>\n", text) : text + "\n";
}

std::string function_section(const CoveredFunction& function) {
    std::uint64_t missed = 0, one_way = 0;
    std::string lines;
    for (const CoveredLine& each : function.lines) {
        missed += each.count == 0 ? 1 : 0;
        one_way += each.count > 0 && each.taken < each.branches ? 1 : 0;
        lines += line_text(each);
    }
    std::string facts = missed == function.lines.size() ? "not reached"
                        : missed == 0                   ? "all lines reached"
                                      : fmt::format("{} of {} lines not reached", missed, function.lines.size());
    if (one_way > 0 && missed != function.lines.size())
        facts += fmt::format(", {} lines not left by every branch", one_way);
    return fmt::format("<details><summary>{} <span class=soft>{}</span></summary><pre class=lines>{}</pre></details>\n",
                       code(function.name), facts, lines);
}

std::string sources(const std::vector<CoveredFunction>& functions) {
    std::string text;
    for (const std::string& file : files_of(functions)) {
        text += fmt::format("<section><h2>{}</h2>", escape(file));
        for (const CoveredFunction& each : functions)
            if (each.file == file) text += function_section(each);
        text += "</section>\n";
    }
    return text;
}

}  // namespace

std::string tree_coverage_page(const std::string& tree, const std::string& version, const std::string& again,
                               const std::vector<CoveredFunction>& functions) {
    std::string body = fmt::format(
        "<header><p class=eyebrow>vmacheck conform --coverage</p><h1>Lines of {} that the run reached</h1><p "
        "class=facts>Linux {}</p></header>\n",
        escape(tree), escape(version));
    body += totals(functions) + functions_not_reached(functions);
    body +=
        "<section><p class=soft>✕ a line that was not reached; ◐ one that was not left by every branch. Before each "
        "line: its number, how often it was executed, branches taken of those there are. Lines without code are left "
        "out; what the compiler inlines counts at its own place.</p>" +
        command(again) + "</section>\n";
    body += sources(functions);
    return page(fmt::format("Coverage of {}", tree), "<main>" + body + "</main>\n");
}

}  // namespace vmacheck::html
