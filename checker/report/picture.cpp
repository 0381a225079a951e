#include "checker/report/picture.hpp"

#include "model/op/short_flags.hpp"
#include "traces/format/names.hpp"
#include "traces/format/text.hpp"
#include "traces/observe/vma_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace vmacheck {
namespace {

constexpr std::size_t least_width = 8;           // columns between two boundaries
constexpr std::size_t most_width = 24;           // of one VMA
constexpr std::uint64_t small_window = 0x10000;  // pages; within it addresses are written relative to its start

// The letter of each VMA object: by first address it has in either picture.
class Letters {
public:
    char of(const VmaView& vma) {
        const std::uint64_t key = key_of(vma);
        const auto found = std::find(keys_.begin(), keys_.end(), key);
        const auto index = static_cast<std::size_t>(found - keys_.begin());
        if (found == keys_.end()) keys_.push_back(key);
        static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        return letters[index % letters.size()];
    }

private:
    std::vector<std::uint64_t> keys_;
};

const VmaView* find(const std::vector<VmaView>& vmas, const VmaView& wanted) {
    for (const VmaView& each : vmas)
        if (key_of(each) == key_of(wanted)) return &each;
    return nullptr;
}

bool overlaps_or_touches(const VmaView& vma, const std::optional<PageRange>& range) {
    return range && vma.start <= range->end && vma.end >= range->start;
}

// The VMAs that are shown: those that changed, that the range touches, and their neighbours in the list.
std::vector<VmaView> select(const std::vector<VmaView>& vmas, const std::vector<VmaView>& other,
                            const std::optional<PageRange>& range) {
    std::set<std::size_t> chosen;
    std::size_t hint = 0;  // both lists are sorted by address, so the counterpart is near
    for (std::size_t i = 0; i < vmas.size(); ++i) {
        while (hint < other.size() && other[hint].start < vmas[i].start) ++hint;
        const bool unchanged = hint < other.size() && vmas[i] == other[hint];
        if (unchanged && !overlaps_or_touches(vmas[i], range)) continue;
        if (i > 0) chosen.insert(i - 1);
        chosen.insert(i);
        if (i + 1 < vmas.size()) chosen.insert(i + 1);
    }
    std::vector<VmaView> selected;
    for (const std::size_t i : chosen) {
        if (selected.size() == most_drawn) break;
        selected.push_back(vmas[i]);
    }
    if (chosen.empty() && range == std::nullopt)
        for (std::size_t i = 0; i < std::min(vmas.size(), most_drawn); ++i) selected.push_back(vmas[i]);
    return selected;
}

std::vector<PicturedVma> with_letters(const std::vector<VmaView>& vmas, Letters& letters) {
    std::vector<PicturedVma> pictured;
    for (const VmaView& each : vmas) pictured.push_back({letters.of(each), each});
    return pictured;
}

// Appends what happened to one VMA.
void add_changes(char letter, const VmaView& was, const VmaView& is, std::vector<VmaChange>& out) {
    const auto field = [&](std::string_view what, const std::string& before, const std::string& after) {
        if (before != after) out.push_back({letter, std::string(what), before, after});
    };
    const auto number = [](std::optional<std::uint16_t> value) {
        return value.value_or(0) == 0 ? std::string("none") : std::to_string(*value);
    };
    const auto chain = [](const VmaView& vma) {
        return vma.chain_members.empty() ? std::string("empty") : chain_text(vma.chain_members);
    };
    field("start", hex(was.start * page_size), hex(is.start * page_size));
    field("end", hex(was.end * page_size), hex(is.end * page_size));
    field("pgoff", hex(was.pgoff.value_or(0)), hex(is.pgoff.value_or(0)));
    field("flags", short_flags(was.flags), short_flags(is.flags));
    field("anon", std::to_string(was.anon_vma.value_or(0)), std::to_string(is.anon_vma.value_or(0)));
    field("chain", chain(was), chain(is));
    field("policy", number(was.policy), number(is.policy));
    field("uffd", number(was.uffd), number(is.uffd));
    field("name", number(was.name), number(is.name));
}

// Those of the first moment that are gone or other ones at the second.
std::vector<VmaView> changed_from(const std::vector<VmaView>& vmas, const std::vector<VmaView>& others) {
    std::map<std::uint64_t, const VmaView*> by_key;
    for (const VmaView& each : others) by_key[key_of(each)] = &each;
    std::vector<VmaView> changed;
    for (const VmaView& each : vmas) {
        const auto at = by_key.find(key_of(each));
        if (at == by_key.end() || !(*at->second == each)) changed.push_back(each);
    }
    return changed;
}

// Columns of the boundaries, and what is written above them.
class Ruler {
public:
    explicit Ruler(std::set<std::uint64_t> boundaries) : pages_(boundaries.begin(), boundaries.end()) {
        relative_ = !pages_.empty() && pages_.back() - pages_.front() <= small_window;
        std::size_t column = 0;
        for (std::size_t i = 0; i < pages_.size(); ++i) {
            columns_.push_back(column);
            if (i + 1 < pages_.size()) column += width(pages_[i + 1] - pages_[i], label(i).size() + 1);
        }
    }

    [[nodiscard]] bool empty() const { return pages_.empty(); }
    [[nodiscard]] std::size_t size() const { return pages_.size(); }
    [[nodiscard]] std::size_t total() const { return columns_.back() + 1; }
    [[nodiscard]] std::uint64_t page(std::size_t i) const { return pages_[i]; }
    [[nodiscard]] std::size_t column(std::size_t i) const { return columns_[i]; }
    [[nodiscard]] std::size_t column_of(std::uint64_t page) const {
        return columns_[static_cast<std::size_t>(std::lower_bound(pages_.begin(), pages_.end(), page) -
                                                 pages_.begin())];
    }
    // Whether the space after boundary i is drawn shorter than it is.
    [[nodiscard]] bool cut(std::size_t i) const { return (pages_[i + 1] - pages_[i]) * 2 > most_width; }
    [[nodiscard]] std::string labels() const {
        std::string line;
        for (std::size_t i = 0; i < pages_.size(); ++i) {
            line.resize(columns_[i], ' ');
            line += label(i);
        }
        if (relative_) line += fmt::format("   pages; +0x0 is {}", hex(pages_.front() * page_size));
        return line;
    }

private:
    [[nodiscard]] std::string label(std::size_t i) const {
        return relative_ ? fmt::format("+{:#x}", pages_[i] - pages_.front()) : hex(pages_[i] * page_size);
    }
    static std::size_t width(std::uint64_t pages, std::size_t label) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(pages * 2, most_width));
        return std::max({wanted, least_width, label});
    }

    std::vector<std::uint64_t> pages_;
    std::vector<std::size_t> columns_;
    bool relative_ = false;
};

void fill(std::string& line, const Ruler& ruler, std::uint64_t start, std::uint64_t end, char with) {
    const std::size_t from = ruler.column_of(start);
    const std::size_t to = ruler.column_of(end);
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(from), line.begin() + static_cast<std::ptrdiff_t>(to), with);
    line[from] = '|';
    line[to] = '|';
}

std::string bar(const Ruler& ruler, const std::vector<PicturedVma>& vmas) {
    std::string line(ruler.total(), '.');
    for (std::size_t i = 0; i + 1 < ruler.size(); ++i)
        if (ruler.cut(i)) line[(ruler.column(i) + ruler.column(i + 1)) / 2] = '~';
    for (const PicturedVma& each : vmas) fill(line, ruler, each.vma.start, each.vma.end, each.letter);
    return line;
}

void legend(std::string& out, std::string_view title, const std::vector<PicturedVma>& vmas, std::size_t left_out) {
    for (const PicturedVma& each : vmas) out += fmt::format("  {:<7} {} {}\n", title, each.letter, describe(each.vma));
    if (left_out > 0)
        out += fmt::format("  {:<7} and {} that {} not drawn\n", title, plural(left_out, "VMA"),
                           left_out == 1 ? "is" : "are");
}

}  // namespace

std::uint64_t key_of(const VmaView& vma) {
    return vma.identity != 0 ? vma.identity : (std::uint64_t{1} << 63) + vma.start;
}

ProcessStory story_of(const StepViews& views, const std::optional<PageRange>& range) {
    const auto& [before, after, before_elsewhere, after_elsewhere] = views;
    Letters letters;
    ProcessStory story;
    Picture& picture = story.picture;
    picture.range = range;
    picture.before = with_letters(select(before.vmas, after.vmas, range), letters);
    picture.after = with_letters(select(after.vmas, before.vmas, range), letters);
    picture.before_left_out = before.vmas.size() - picture.before.size() + before_elsewhere;
    picture.after_left_out = after.vmas.size() - picture.after.size() + after_elsewhere;
    for (const auto& [letter, was] : picture.before) {
        if (const VmaView* is = find(after.vmas, was))
            add_changes(letter, was, *is, story.vmas);
        else
            story.vmas.push_back({letter, "freed", {}, {}});
    }
    for (const auto& [letter, is] : picture.after)
        if (find(before.vmas, is) == nullptr) story.vmas.push_back({letter, "new", {}, {}});
    story.was = changed_from(before.vmas, after.vmas);
    story.is = changed_from(after.vmas, before.vmas);
    return story;
}

std::string draw(const Picture& picture) {
    std::set<std::uint64_t> boundaries;
    for (const auto* vmas : {&picture.before, &picture.after})
        for (const PicturedVma& each : *vmas) boundaries.insert({each.vma.start, each.vma.end});
    if (picture.range) boundaries.insert({picture.range->start, picture.range->end});
    const Ruler ruler(std::move(boundaries));
    if (ruler.empty()) return "  nothing is mapped\n";

    std::string out = fmt::format("  {:<7} {}\n", "page", ruler.labels());
    out += fmt::format("  {:<7} {}\n", "before", bar(ruler, picture.before));
    if (picture.range) {
        std::string line(ruler.column_of(picture.range->end) + 1, ' ');
        fill(line, ruler, picture.range->start, picture.range->end, '=');
        out += fmt::format("  {:<7} {}\n", "range", line);
    }
    if (!picture.abandoned) out += fmt::format("  {:<7} {}\n", "after", bar(ruler, picture.after));
    legend(out, "before", picture.before, picture.before_left_out);
    if (picture.abandoned)
        out += fmt::format("  {:<7} none: the step was abandoned where it broke the property\n", "after");
    else
        legend(out, "after", picture.after, picture.after_left_out);
    return out;
}

std::string text_of(const VmaChange& change) {
    const std::string start = fmt::format("{} {}", change.letter, change.what);
    return change.was.empty() && change.is.empty() ? start : fmt::format("{} {} -> {}", start, change.was, change.is);
}

}  // namespace vmacheck
