#include "checker/report/picture.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

constexpr std::size_t least_width = 8;           // columns between two boundaries
constexpr std::size_t most_width = 24;           // of one VMA
constexpr std::size_t most_drawn = 12;           // VMAs at one moment; the rest is counted
constexpr std::uint64_t small_window = 0x10000;  // pages; within it addresses are written relative to its start

// The letter of each VMA object: by first address it has in either picture.
class Letters {
public:
    std::string of(VmaId id) {
        const auto found = std::find(ids_.begin(), ids_.end(), id);
        const auto index = static_cast<std::size_t>(found - ids_.begin());
        if (found == ids_.end()) ids_.push_back(id);
        static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        return std::string(1, letters[index % letters.size()]);
    }

private:
    std::vector<VmaId> ids_;
};

bool same(const VmaSnapshot& a, const VmaSnapshot& b) {
    return a.id == b.id && a.seen == b.seen && a.chain == b.chain;
}

const VmaSnapshot* find(const std::vector<VmaSnapshot>& vmas, VmaId id) {
    for (const VmaSnapshot& each : vmas)
        if (each.id == id) return &each;
    return nullptr;
}

// VMAs of one moment that are shown.
struct Selection {
    std::vector<VmaSnapshot> vmas;
    std::size_t left_out = 0;
};

bool overlaps_or_touches(const VmaSnapshot& vma, const std::optional<PageRange>& range) {
    return range && vma.seen.start <= range->end && vma.seen.end >= range->start;
}

// Those that changed, that the range touches, and their neighbours in the list.
Selection select(const std::vector<VmaSnapshot>& vmas, const std::vector<VmaSnapshot>& other,
                 const std::optional<PageRange>& range) {
    std::set<std::size_t> chosen;
    std::size_t hint = 0;  // both lists are sorted by address, so the counterpart is near
    for (std::size_t i = 0; i < vmas.size(); ++i) {
        while (hint < other.size() && other[hint].seen.start < vmas[i].seen.start) ++hint;
        const bool unchanged = hint < other.size() && same(vmas[i], other[hint]);
        if (unchanged && !overlaps_or_touches(vmas[i], range)) continue;
        if (i > 0) chosen.insert(i - 1);
        chosen.insert(i);
        if (i + 1 < vmas.size()) chosen.insert(i + 1);
    }
    Selection selection;
    for (const std::size_t i : chosen) {
        if (selection.vmas.size() == most_drawn) break;
        selection.vmas.push_back(vmas[i]);
    }
    if (chosen.empty() && range == std::nullopt)
        for (std::size_t i = 0; i < std::min(vmas.size(), most_drawn); ++i) selection.vmas.push_back(vmas[i]);
    selection.left_out = vmas.size() - selection.vmas.size();
    return selection;
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

std::string bar(const Ruler& ruler, const std::vector<VmaSnapshot>& vmas, Letters& letters) {
    std::string line(ruler.total(), '.');
    for (std::size_t i = 0; i + 1 < ruler.size(); ++i)
        if (ruler.cut(i)) line[(ruler.column(i) + ruler.column(i + 1)) / 2] = '~';
    for (const VmaSnapshot& each : vmas) fill(line, ruler, each.seen.start, each.seen.end, letters.of(each.id)[0]);
    return line;
}

void legend(std::string& out, std::string_view title, const Selection& selection, Letters& letters) {
    for (const VmaSnapshot& each : selection.vmas)
        out += fmt::format("  {:<7} {} {}\n", title, letters.of(each.id), describe(each));
    if (selection.left_out > 0)
        out += fmt::format("  {:<7} and {} that {} not drawn\n", title,
                           selection.left_out == 1 ? "1 VMA" : fmt::format("{} VMAs", selection.left_out),
                           selection.left_out == 1 ? "is" : "are");
}

struct Scene {
    Selection before;
    Selection after;
    Letters letters;
};

Scene compose(const ProcessSnapshot& before, const ProcessSnapshot& after, const std::optional<PageRange>& range) {
    Scene scene{select(before.vmas, after.vmas, range), select(after.vmas, before.vmas, range), {}};
    for (const VmaSnapshot& each : scene.before.vmas) scene.letters.of(each.id);
    for (const VmaSnapshot& each : scene.after.vmas) scene.letters.of(each.id);
    return scene;
}

std::string chain_text(const std::vector<unsigned>& chain) {
    return fmt::format("{}", fmt::join(chain, ">"));
}

}  // namespace

std::string describe(const VmaSnapshot& vma) {
    std::string text =
        fmt::format("{}-{} {} pgoff {:#x}", hex(vma.seen.start * page_size), hex(vma.seen.end * page_size),
                    short_flags(vma.seen.flags), vma.seen.pgoff.value_or(0));
    if (vma.seen.file != 0)
        text += fmt::format(" file {}", vma.seen.file);
    else if (vma.has_file)
        text += " shared object";
    const unsigned anon = vma.seen.anon_vma.value_or(0);
    if (anon != 0 || !vma.chain.empty()) text += fmt::format(" anon {} chain {}", anon, chain_text(vma.chain));
    if (const unsigned policy = vma.seen.policy.value_or(0); policy != 0) text += fmt::format(" policy {}", policy);
    if (const unsigned uffd = vma.seen.uffd.value_or(0); uffd != 0) text += fmt::format(" uffd {}", uffd);
    return text;
}

std::string draw(const ProcessSnapshot& before, const ProcessSnapshot& after, const std::optional<PageRange>& range) {
    Scene scene = compose(before, after, range);
    std::set<std::uint64_t> boundaries;
    for (const Selection* each : {&scene.before, &scene.after})
        for (const VmaSnapshot& vma : each->vmas) boundaries.insert({vma.seen.start, vma.seen.end});
    if (range) boundaries.insert({range->start, range->end});
    const Ruler ruler(std::move(boundaries));
    if (ruler.empty()) return "  nothing is mapped\n";

    std::string out = fmt::format("  {:<7} {}\n", "page", ruler.labels());
    out += fmt::format("  {:<7} {}\n", "before", bar(ruler, scene.before.vmas, scene.letters));
    if (range) {
        std::string line(ruler.column_of(range->end) + 1, ' ');
        fill(line, ruler, range->start, range->end, '=');
        out += fmt::format("  {:<7} {}\n", "range", line);
    }
    out += fmt::format("  {:<7} {}\n", "after", bar(ruler, scene.after.vmas, scene.letters));
    legend(out, "before", scene.before, scene.letters);
    legend(out, "after", scene.after, scene.letters);
    return out;
}

std::vector<std::string> changes(const ProcessSnapshot& before, const ProcessSnapshot& after,
                                 const std::optional<PageRange>& range) {
    Scene scene = compose(before, after, range);
    std::vector<std::string> lines;
    for (const VmaSnapshot& old : scene.before.vmas) {
        const VmaSnapshot* now = find(after.vmas, old.id);
        const std::string letter = scene.letters.of(old.id);
        if (now == nullptr) {
            lines.push_back(letter + " freed");
            continue;
        }
        const auto changed = [&](std::string_view what, const std::string& was, const std::string& is) {
            if (was != is) lines.push_back(fmt::format("{} {} {} -> {}", letter, what, was, is));
        };
        changed("start", hex(old.seen.start * page_size), hex(now->seen.start * page_size));
        changed("end", hex(old.seen.end * page_size), hex(now->seen.end * page_size));
        changed("pgoff", hex(*old.seen.pgoff), hex(*now->seen.pgoff));
        changed("flags", short_flags(old.seen.flags), short_flags(now->seen.flags));
        changed("anon", std::to_string(*old.seen.anon_vma), std::to_string(*now->seen.anon_vma));
        changed("chain", old.chain.empty() ? "empty" : chain_text(old.chain),
                now->chain.empty() ? "empty" : chain_text(now->chain));
        const auto number_text = [](std::optional<std::uint16_t> number) {
            return number.value_or(0) == 0 ? std::string("none") : std::to_string(*number);
        };
        changed("policy", number_text(old.seen.policy), number_text(now->seen.policy));
        changed("uffd", number_text(old.seen.uffd), number_text(now->seen.uffd));
    }
    for (const VmaSnapshot& now : scene.after.vmas)
        if (find(before.vmas, now.id) == nullptr) lines.push_back(scene.letters.of(now.id) + " new");
    return lines;
}

}  // namespace vmacheck
