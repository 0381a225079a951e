#include "checker/report/html/address_axis.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace vmacheck::html {
namespace {

constexpr std::size_t few_boundaries = 90;  // above it sizes are drawn as they are, but for gaps
constexpr std::uint64_t short_gap = 16;     // pages: one that is not labelled
constexpr double label_pixels = 6.7;        // of a character
constexpr double label_space = 14;          // between two labels

struct Interval {
    std::uint64_t start;
    std::uint64_t end;
    bool used;
};

std::vector<Interval> intervals_of(std::vector<PageRange> ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const PageRange& a, const PageRange& b) { return a.start < b.start; });
    std::vector<std::uint64_t> cuts;
    for (const PageRange& each : ranges) {
        cuts.push_back(each.start);
        cuts.push_back(each.end);
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    std::vector<Interval> intervals;
    std::size_t next = 0;
    std::uint64_t covered = 0;  // up to here something is drawn
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        for (; next < ranges.size() && ranges[next].start <= cuts[i]; ++next)
            covered = std::max(covered, ranges[next].end);
        intervals.push_back({cuts[i], cuts[i + 1], covered > cuts[i]});
    }
    return intervals;
}

// In no unit. With few boundaries each doubling of the size adds the same.
double weight_of(const Interval& each, bool few, double used_pages) {
    const auto pages = static_cast<double>(each.end - each.start);
    if (few) return each.used ? 1 + std::log2(pages) / 2 : std::min(1 + std::log2(pages) / 4, 2.5);
    return each.used ? 0.05 + 90 * pages / used_pages : std::min(0.05 + 90 * pages / used_pages, 2.0);
}

}  // namespace

AddressAxis::AddressAxis(const std::vector<PageRange>& ranges) {
    const std::vector<Interval> intervals = intervals_of(ranges);
    if (intervals.empty()) return;
    double used_pages = 0;
    for (const Interval& each : intervals)
        if (each.used) used_pages += static_cast<double>(each.end - each.start);
    const bool few = intervals.size() <= few_boundaries;
    double total = 0;
    for (const Interval& each : intervals) total += weight_of(each, few, used_pages);
    double at = 0;
    places_[intervals.front().start] = 0;
    for (const Interval& each : intervals) {
        at += weight_of(each, few, used_pages);
        places_[each.end] = 100 * at / total;
        if (!each.used && each.end - each.start > short_gap) gaps_.push_back({each.start, each.end});
    }
}

double AddressAxis::at(std::uint64_t page) const {
    const auto found = places_.lower_bound(page);
    return found == places_.end() ? 100 : found->second;
}

std::string AddressAxis::style(const PageRange& range) const {
    return fmt::format("left:{:.4g}%;width:{:.4g}%", at(range.start), at(range.end) - at(range.start));
}

double AddressAxis::pixels(const PageRange& range, double width) const {
    return (at(range.end) - at(range.start)) * width / 100;
}

std::string AddressAxis::labels(double width) const {
    std::string text;
    double free_from = 0;  // pixels
    for (const auto& [page, place] : places_) {
        const std::string label = hex(page * page_size);
        const double half = static_cast<double>(label.size()) * label_pixels / 2;
        const double middle = place * width / 100;
        const bool first = middle < half;
        const bool last = middle + half > width;
        const double from = first ? middle : last ? middle - 2 * half : middle - half;
        if (!text.empty() && from < free_from) continue;
        text += fmt::format("<b class=\"tick{}\" style=\"left:{:.4g}%\">{}</b>",
                            first  ? " first"
                            : last ? " last"
                                   : "",
                            place, label);
        free_from = from + 2 * half + label_space;
    }
    for (const Gap& each : gaps_) {
        const std::string label = size_text(each.end - each.start);
        const PageRange range{each.start, each.end};
        const bool room = pixels(range, width) > static_cast<double>(label.size()) * label_pixels;
        text += fmt::format("<b class=gap style=\"{}\">{}</b>", style(range), room ? label : "");
    }
    return text;
}

std::string size_text(std::uint64_t pages) {
    static constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    double size = 4.0 * static_cast<double>(pages);
    std::size_t unit = 0;
    for (; size >= 1024 && unit + 1 < std::size(units); ++unit) size /= 1024;
    return fmt::format("{:.3g} {}", size, units[unit]);
}

}  // namespace vmacheck::html
