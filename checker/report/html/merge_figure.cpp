#include "checker/report/html/merge_figure.hpp"

#include "checker/report/html/markup.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace vmacheck::html {
namespace {

// Twelve places each; a dot is unmapped.
struct Drawing {
    std::string_view before;
    std::string_view range;
    std::string_view after;
};

constexpr std::array<Drawing, 8> drawings{{
    {"PPPP....NNNN", "    AAAA    ", "PPPPPPPPPPPP"},
    {"PPPP....NNNN", "    AAAA    ", "PPPPPPPPNNNN"},
    {"PPPP....NNNN", "    AAAA    ", "PPPPNNNNNNNN"},
    {"PPPPPPNNNNNN", "  AAAA      ", "PPNNNNNNNNNN"},
    {"PPPPPPNNNNNN", "      AAAA  ", "PPPPPPPPPPNN"},
    {"PPPPNNNNXXXX", "    AAAA    ", "PPPPPPPPPPPP"},
    {"PPPPNNNNXXXX", "    AAAA    ", "PPPPPPPPXXXX"},
    {"PPPPNNNNXXXX", "    AAAA    ", "PPPPXXXXXXXX"},
}};

std::string row(std::string_view title, std::string_view places) {
    std::string text = fmt::format("<b>{}</b><div class=l>", title);
    for (std::size_t from = 0; from < places.size();) {
        std::size_t to = from;
        while (to < places.size() && places[to] == places[from]) ++to;
        const double unit = 100.0 / static_cast<double>(places.size());
        const std::string style = fmt::format("left:{:.4g}%;width:{:.4g}%", static_cast<double>(from) * unit,
                                              static_cast<double>(to - from) * unit);
        if (places[from] == 'A')
            text += fmt::format("<i class=range style=\"{}\"></i>", style);
        else if (places[from] != '.' && places[from] != ' ')
            text += fmt::format("<i class=\"v m{}\" style=\"{}\">{}</i>", places[from], style, places[from]);
        from = to;
    }
    return text + "</div>";
}

}  // namespace

std::string merge_figure(int which, const std::string& sentence) {
    if (which < 1 || which > static_cast<int>(drawings.size())) return {};
    const Drawing& drawing = drawings[static_cast<std::size_t>(which - 1)];
    return fmt::format(
        "<figure class=merge><figcaption><strong>Merge case {}</strong> {}</figcaption>"
        "<div class=grid>{}{}{}</div></figure>",
        which, escape(sentence), row("before", drawing.before), row("range", drawing.range),
        row("after", drawing.after));
}

}  // namespace vmacheck::html
