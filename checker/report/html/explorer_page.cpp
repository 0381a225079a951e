#include "checker/report/html/explorer_page.hpp"

#include "checker/report/html/markup.hpp"
#include "checker/report/html/page_assets.hpp"
#include "checker/report/html/vma_bars.hpp"
#include "checker/run/setup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

namespace vmacheck::html {
namespace {

constexpr std::string_view search_section =
    "<section id=search><h2>The search</h2><p class=facts id=progress role=status>"
    "<span class=\"verdict undecided\" id=verdict>searching</span></p><ul class=figures>"
    "<li><span>states</span> <b id=states>0</b></li><li><span>transitions</span> <b id=transitions>0</b></li>"
    "<li><span>depth</span> <b id=depth>0</b></li><li><span>findings</span> <b id=found>0</b></li></ul>"
    "<ul id=findings></ul></section>\n";

constexpr std::string_view navigation =
    "<nav id=keys><a class=button id=back>← back</a> <a class=button id=start href=\"#\">start</a> "
    "<output id=where></output> <a class=button id=download download>download the trace</a> "
    "<button id=link>copy the link</button> <span class=soft>keys: ↓ ↑ or j k calls, Enter take it, u back, s start, "
    "/ filter, d download</span></nav>\n<div class=bad id=wrong role=alert hidden><b "
    "class=mark>✕</b><div></div></div>\n";

constexpr std::string_view columns =
    "<div class=columns><div><section><h2 id=title>The starting state</h2><p id=again hidden></p><div id=state></div>"
    "<details><summary>Colours and patterns</summary>{}</details></section>\n<section id=last hidden><h2>The last "
    "call</h2><div id=step></div></section></div>\n"
    "<section id=calls><h2>Calls</h2><p id=tally class=soft></p><input type=search id=filter autocomplete=off "
    "spellcheck=false placeholder=\"filter, e.g. munmap, EINVAL, leads on\" aria-label=\"Filter of the calls\">"
    "<div id=list></div></section></div>\n";

constexpr std::string_view path_section =
    "<section id=inner hidden><h2>The last call in detail</h2><div id=more></div></section>\n<section class=over "
    "id=path><h2>The path to here</h2><div id=rows></div><p>As a trace it is <a id=file "
    "download></a>. Replayed, or explained:</p><pre class=command id=replay></pre><pre class=command "
    "id=explain></pre></section>\n<noscript><section>This page needs its script.</section></noscript>\n";

}  // namespace

std::string explorer_page(const Scope& scope, std::size_t calls) {
    const std::string title = fmt::format("scope {}, {}", scope.name, plural(scope.pages, "page"));
    std::string body = fmt::format(
        "<header><p class=eyebrow>vmacheck explore --serve <span>{}</span></p><h1>Scope {}, {}, {}</h1>"
        "<p>{}</p></header>\n",
        escape(model_name(scope.setup)), escape(scope.name), plural(scope.pages, "page"), plural(calls, "call"),
        escape(scope.about));
    body += search_section;
    body += navigation;
    body += fmt::format(columns, bar_key());
    body += path_section;
    std::string style(page_style());
    style += explorer_style();
    return page(title, "<main class=explorer>" + body + "</main>\n", {style, std::string(explorer_script()), true});
}

}  // namespace vmacheck::html
