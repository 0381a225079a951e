#include "checker/report/html/explain_page.hpp"

#include "checker/report/html/event_words.hpp"
#include "checker/report/html/finding_box.hpp"
#include "checker/report/html/markup.hpp"
#include "checker/report/html/timeline.hpp"
#include "checker/report/picture.hpp"
#include "model/faults/fault_table.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

constexpr std::size_t most_whole = 60;     // steps of a trace that is written out as a whole
constexpr std::size_t whole_at_ends = 20;  // of a longer one: so many first steps, and so many last ones
constexpr std::size_t most_trace_lines = 200;
constexpr std::size_t rows_in_block = most_in_pack;

bool has_finding(const Story& story, std::size_t step) {
    const auto at = [step](const auto& each) { return each.step == step; };
    return std::any_of(story.violations.begin(), story.violations.end(), at) ||
           std::any_of(story.differences.begin(), story.differences.end(), at);
}

bool is_whole(const Story& story, const StoryStep& step) {
    return story.steps.size() <= most_whole || step.number <= whole_at_ends ||
           step.number + whole_at_ends > story.steps.size() || has_finding(story, step.number);
}

std::string fault_text(const std::string& name) {
    const auto fault = fault_named(name);
    if (!fault) return code(name);
    const FaultInfo& row = info(*fault);
    std::string text = fmt::format("{}: {}", code(name), escape(row.effect));
    if (row.kind == FaultKind::synthetic) return text + " (synthetic)";
    std::vector<std::string> parts;
    if (!row.introduced.empty()) parts.push_back(fmt::format("since {}", row.introduced));
    if (!row.fixed.empty()) parts.push_back(fmt::format("fixed in {}", row.fixed));
    if (!row.commit.empty()) parts.push_back(fmt::format("by {}", code(row.commit)));
    return parts.empty() ? text : fmt::format("{}<br><span class=soft>{}</span>", text, fmt::join(parts, ", "));
}

// The kernel functions that the events of a step come from, the last first: they decided what it did.
std::string functions_of(const StoryStep& step) {
    std::vector<std::string> texts;
    for (auto each = step.events.rbegin(); each != step.events.rend(); ++each) {
        const EventWords words = words_of_event(each->name);
        if (words.function.empty()) continue;
        std::string text = fmt::format("{}: {}", code(words.function), words.words);
        if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
    }
    return fmt::format("{}", fmt::join(texts, "<br>"));
}

// Where and in which call it went wrong.
std::string broken_at(const Story& story, std::size_t number) {
    if (number == 0 || number > story.steps.size()) return "The starting layout";
    const StoryStep& step = story.steps[number - 1];
    return fmt::format("<a href=\"#{}\">Step {}</a> of {}: {}", step_anchor(number), number, story.steps.size(),
                       call_line(step));
}

std::string headline(const ExplainPage& page) {
    const Story& story = page.story;
    std::string rows;
    std::size_t step = 0;
    std::string title;
    if (!story.violations.empty()) {
        const StoryViolation& first = story.violations.front();
        step = first.step;
        title = fmt::format("What went wrong: {}", escape(first.property));
        rows = term("where", broken_at(story, step)) + terms_of(first.property, first.text);
        std::string more;
        for (std::size_t i = 1; i < story.violations.size(); ++i)
            more += fmt::format("{}<strong>{}</strong>: {}", i > 1 ? "<br>" : "", escape(story.violations[i].property),
                                escape(story.violations[i].text));
        if (!more.empty()) rows += term("also", more);
    } else if (!story.differences.empty()) {
        const Difference& first = story.differences.front();
        step = first.step;
        title = "A result is not what the trace states";
        rows = term("where", broken_at(story, step)) + term("what", escape(first.what)) +
               term("stated", code(first.expected)) + term("on the model", code(first.actual));
    } else {
        return fmt::format(
            "<section class=headline><h2>Every property holds</h2><p>{}, every property after each; {} as "
            "the trace states.</p>{}</section>",
            plural(story.steps.size(), "step"), plural(story.compared, "result"), command(page.replay));
    }
    if (step > 0 && step <= story.steps.size())
        if (const std::string functions = functions_of(story.steps[step - 1]); !functions.empty())
            rows += term("the kernel decided in", functions);
    for (const std::string& each : story.faults) rows += term("bug switched on", fault_text(each));
    return fmt::format("<section class=\"headline wrong\"><h2>{}</h2><dl>{}{}</dl></section>", title, rows,
                       term("replay it", command(page.replay)));
}

std::string header(const ExplainPage& page) {
    const Story& story = page.story;
    std::string model = escape(story.profile);
    if (story.shipped) model += ", with the bugs that it was released with";
    if (!story.faults.empty())
        model += fmt::format(", with {}", escape(fmt::format("{}", fmt::join(story.faults, ", "))));
    return fmt::format(
        "<header><p class=eyebrow>vmacheck explain <span>{}</span></p><h1>{}</h1><p class=facts><span class=\"verdict "
        "{}\">{}</span> {} on the model of {}</p></header>\n",
        escape(page.path), story.title.empty() ? "A trace" : escape(story.title), word(page.verdict),
        word(page.verdict), plural(story.steps.size(), "step"), model);
}

// Of each VMA, what happened to it: in the order of names.
std::vector<std::string> histories(const Story& story, VmaNames& names) {
    std::vector<std::string> texts;
    for (const StoryStep& step : story.steps)
        for (const ProcessStory& process : step.processes) {
            for (const VmaChange& each : process.vmas) {
                const VmaView* vma = nullptr;
                for (const auto* vmas : {&process.picture.before, &process.picture.after})
                    for (const PicturedVma& pictured : *vmas)
                        if (pictured.letter == each.letter) vma = &pictured.vma;
                if (vma == nullptr) continue;
                const std::size_t index = names.index(key_of(*vma));
                if (texts.size() <= index) texts.resize(index + 1);
                texts[index] += fmt::format("<li><a href=\"#{}\">step {}</a> process {}: {}", step_anchor(step.number),
                                            step.number, process.slot, escape(text_of(each).substr(2)));
            }
        }
    texts.resize(names.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
        texts[i] = fmt::format("<h4>VMA {}</h4><ul>{}</ul>", VmaNames::text(i),
                               texts[i].empty() ? "<li>it is as it was at the start" : texts[i]);
    return texts;
}

std::string history_section(const Story& story, VmaNames& names) {
    const std::vector<std::string> texts = histories(story, names);
    if (story.steps.size() > most_whole) return packs("history", 0, texts);
    std::string text = "<details id=histories><summary>The history of each VMA</summary><div class=histories>";
    for (std::size_t i = 0; i < texts.size(); ++i) text += fmt::format("<div data-history={}>{}</div>", i, texts[i]);
    return text + "</div></details>\n";
}

std::string trace_section(const ExplainPage& page) {
    std::string text = fmt::format(
        "<section id=trace><h2>The trace</h2><p><a id=download download=\"{}\" href=\"{}\">Download it</a> <button "
        "id=copy hidden>Copy it</button> and replay it:</p>{}",
        escape(page.path.substr(page.path.rfind('/') + 1)), data_link("application/jsonl", page.trace),
        command(page.replay));
    if (static_cast<std::size_t>(std::count(page.trace.begin(), page.trace.end(), '\n')) <= most_trace_lines) {
        std::string lines;
        for (std::size_t at = 0; at < page.trace.size();) {
            const std::size_t end = std::min(page.trace.find('\n', at), page.trace.size());
            lines += escape(page.trace.substr(at, end - at)) + "\n";
            at = end + 1;
        }
        text += fmt::format("<details><summary>Show it</summary><pre class=lines>{}</pre></details>", lines);
    }
    return text + "</section>\n";
}

// Timeline and steps. What is not whole goes into packs.
class Body {
public:
    explicit Body(const Story& story) : story_(story), timeline_(story) {}

    std::string text(VmaNames& names) {
        std::string rows = timeline_.first_row(names);
        std::string steps;
        for (const StoryStep& each : story_.steps) {
            const std::string lanes = timeline_.lanes(each, names);
            const std::string section = step_section(story_, each, timeline_.layouts(), names);
            const bool whole = is_whole(story_, each);
            if (each.number % rows_in_block == 1) rows += "<div class=block>";
            rows += timeline_.row(each, whole ? lanes : std::string());
            if (each.number % rows_in_block == 0 || each.number == story_.steps.size()) rows += "</div>";
            if (whole) steps += without_part_ends(section);
            keep(whole, lanes, section);
        }
        return fmt::format(
            "<section class=over><h2>The address space over time</h2>{}<div class=timeline "
            "tabindex=0>{}{}</div></section>\n"
            "<nav id=keys hidden><button data-go=-1>← previous</button> <output></output> <button data-go=1>next "
            "→</button> "
            "<button data-go=bad>finding</button> <span class=soft>keys: ← → or k j, Home, End, f for the finding, "
            "Esc; "
            "click a VMA for its history</span></nav>\n<div id=steps>{}</div>\n{}",
            bar_key(), timeline_.head(), rows, steps, packed_);
    }

private:
    // Packs have no holes: one ends where a whole step comes.
    void keep(bool whole, const std::string& lanes, const std::string& section) {
        const bool last = lanes_.size() + 1 == most_in_pack;
        if (!whole) {
            lanes_.push_back(lanes);
            sections_.push_back(section);
        }
        seen_++;
        if (lanes_.empty() || !(whole || last)) return;
        const std::size_t first = seen_ - lanes_.size() + (whole ? 0 : 1);
        packed_ += pack("lanes", first, lanes_) + pack("step", first, sections_);
        lanes_.clear();
        sections_.clear();
    }

    const Story& story_;
    Timeline timeline_;
    std::vector<std::string> lanes_;
    std::vector<std::string> sections_;
    std::string packed_;
    std::size_t seen_ = 0;
};

}  // namespace

std::string explain_page(const ExplainPage& page) {
    VmaNames names;
    std::string body = header(page) + headline(page) + Body(page.story).text(names);
    body += history_section(page.story, names) + trace_section(page);
    return html::page(page.story.title.empty() ? page.path : page.story.title, "<main>" + body + "</main>\n");
}

}  // namespace vmacheck::html
