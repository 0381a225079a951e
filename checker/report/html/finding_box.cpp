#include "checker/report/html/finding_box.hpp"

#include "checker/campaign/property_source.hpp"
#include "checker/report/html/markup.hpp"
#include "properties/run/full_catalogue.hpp"

#include <fmt/format.h>

namespace vmacheck::html {

std::string term(std::string_view name, std::string_view html) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>", name, html);
}

std::string terms_of(const std::string& property, const std::string& text) {
    const PropertyInfo* info = whole_property_named(property);
    std::string rows;
    if (info != nullptr) rows += term("expected", escape(info->statement));
    rows += term("found", fmt::format("<strong>{}</strong>", escape(text)));
    if (info != nullptr) rows += term("relied on by", escape(info->relied_on_by));
    std::string source = code(property);
    if (const SourcePlace place = source_of_property(property); !place.file.empty())
        source += fmt::format(", {}", code(fmt::format("{}:{}", place.file, place.line)));
    return rows + term("property", source);
}

std::string finding_box(const StoryViolation& violation) {
    return fmt::format("<div class=bad><b class=mark>✕</b><div><strong>{}</strong> violated<br>{}</div></div>",
                       escape(violation.property), escape(violation.text));
}

std::string difference_box(const Difference& difference) {
    return fmt::format(
        "<div class=bad><b class=mark>≠</b><div><strong>{}</strong> is not what the trace states<br>stated {}, on the "
        "model {}</div></div>",
        escape(difference.what), code(difference.expected), code(difference.actual));
}

}  // namespace vmacheck::html
