// The explorer's page in a browser: calls, back, filter, keys and the trace work, and all fits. Skipped without chromium.
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/report/serve/explorer_site.hpp"
#include "tests/checker/report/browser.hpp"
#include "tests/checker/report/serve/http.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>

namespace vmacheck {
namespace {

using testing::HasSubstr;

// Serves the page with a script after its own, of a scope whose search has ended.
class ExplorerBrowser : public Browser {
protected:
    std::string serve(const Scope& scope, const std::string& script) {
        Search search(scope, {});
        const ExploreResult result = search.run();
        if (result.finding) {
            const Predecessor last = Predecessor::unpack(result.finding->origin.number);
            path_ = calls_to(search.store().links(), last.parent);
            path_.push_back(last.op);
        }
        watch_.end(result, result.finding ? Verdict::violated : Verdict::holds, path_);
        explorer_ = std::make_unique<Explorer>(scope, search.options().expand.reduction);
        server_ = std::make_unique<PageServer>(0, [this, script](const PageRequest& request) {
            PageReply reply = answer_of_explorer(*explorer_, watch_, request);
            if (request.resource.empty()) reply.body += "<script>" + script + "</script>";
            return reply;
        });
        return server_->address();
    }
    [[nodiscard]] std::string finding_fragment() const {
        std::string text;
        for (const std::uint32_t each : path_) text += (text.empty() ? "#" : ",") + std::to_string(each);
        return text;
    }

    SearchWatch watch_;
    CallPath path_;  // of the finding
    std::unique_ptr<Explorer> explorer_;
    std::unique_ptr<PageServer> server_;
};

Scope scope_with(const std::string& name, unsigned pages, const std::vector<std::string>& faults = {}) {
    Scope scope = built_in_scope(name, pages).value();
    scope.setup.faults = faults;
    return scope;
}

TEST_F(ExplorerBrowser, ClicksGoesBackAndFetchesTheTrace) {
    const std::string script = R"((async () => {
      const said = [];
      const wait = () => new Promise(done => setTimeout(done, 300));
      const say = what => said.push(what + "[" + document.body.dataset.state + "]");
      const visible = () => [...document.querySelectorAll("#list li")].filter(each => each.getClientRects().length);
      const press = async (key, where = document) => {
        where.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
        await wait();
      };
      await wait();
      say("start" + visible().length);
      document.querySelector("#list a.on").click();
      await wait();
      say("click");
      document.querySelector("#list a.on").click();
      await wait();
      say("again");
      document.body.dataset.trace = await (await fetch(document.getElementById("download").href)).text();
      document.body.dataset.step = document.querySelector("#step h3").textContent;
      history.back();
      await wait();
      say("browser");
      await press("u");
      say("u");
      history.back();  // u went to the state before as a link does
      await wait();
      say("undone");
      const filter = document.getElementById("filter");
      filter.value = "munmap 0x1000";
      filter.dispatchEvent(new Event("input"));
      say("filter" + visible().length);
      await press("Escape", filter);
      say("all" + visible().length);
      await press("j");
      await press("j");
      const second = document.activeElement.getAttribute("href");
      document.activeElement.click();
      await wait();
      say("j" + (second === location.hash));
      document.querySelector("#rows .row[data-to]").click();
      await wait();
      say("row");
      await press("s");
      say("s");
      document.body.dataset.said = said.join(" ");
    })();)";
    const std::string address = serve(scope_with("peer", 2), script);
    const Shown shown = open(address);
    EXPECT_EQ(shown.errors, "");
    EXPECT_THAT(shown.dom, HasSubstr("data-said=\"start17[] click[0] again[0,"));
    const std::string said = shown.dom.substr(shown.dom.find("data-said"), 300);
    EXPECT_THAT(said, HasSubstr(" browser[0] u[] undone[0] filter"));
    EXPECT_THAT(said, HasSubstr(" all17[0] jtrue[0,"));
    EXPECT_THAT(said, HasSubstr(" row[0] s[]"));
    EXPECT_THAT(shown.dom, HasSubstr("data-step=\"Step 2 of 2"));
    const std::size_t again = said.find("again[") + 6;
    const std::string path = said.substr(again, said.find(']', again) - again);
    std::string trace = explorer_->trace(path);
    for (std::size_t at = 0; (at = trace.find('"', at)) != std::string::npos;) trace.replace(at, 1, "&quot;");
    EXPECT_THAT(shown.dom, HasSubstr("data-trace=\"" + trace + "\""));
    EXPECT_THAT(shown.dom, HasSubstr("id=\"verdict\">holds<"));
    EXPECT_THAT(shown.dom, HasSubstr("id=\"transitions\">374<"));
}

TEST_F(ExplorerBrowser, ShowsAFindingAndOpensItsPath) {
    const std::string script = R"(setTimeout(() => document.querySelector("#findings a").click(), 1000);)";
    const Shown shown = open(serve(scope_with("peer", 3, {"adjust-gap-not-updated"}), script));
    EXPECT_EQ(shown.errors, "");
    EXPECT_THAT(shown.dom, HasSubstr("data-state=\"" + finding_fragment().substr(1) + "\""));
    EXPECT_THAT(shown.dom, HasSubstr("The path ends here, as its replay does: gap-cache is violated."));
    EXPECT_THAT(shown.dom, HasSubstr("<strong>gap-cache</strong> violated<br>"));
}

TEST_F(ExplorerBrowser, SaysWhatIsWrongWithALink) {
    const Shown shown = open(serve(scope_with("peer", 2), "") + "#99");
    EXPECT_THAT(shown.dom, HasSubstr("path: 99 is no call of this scope; they are 0 to 16"));
}

// Width and height of a PNG file.
std::array<unsigned, 2> size_of_picture(const std::string& path) {
    const std::string bytes = read_all(path);
    if (bytes.size() < 24 || bytes.substr(1, 3) != "PNG") return {0, 0};
    const auto number = [&](std::size_t at) {
        unsigned value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
        return value;
    };
    return {number(16), number(20)};
}

// With VMACHECK_SCREENSHOTS=DIRECTORY the pictures are kept there.
TEST_F(ExplorerBrowser, FitsInItsWindow) {
    struct Case {
        std::string name;
        Scope scope;
        std::string fragment;  // empty: that of the finding
    };
    const char* const keep = std::getenv("VMACHECK_SCREENSHOTS");
    for (const Case& each :
         {Case{"start", scope_with("peer", 4), "#"}, Case{"merge", scope_with("peer", 4), "#2,18,14"},
          Case{"family", scope_with("family", 1, {"av-double-reuse"}), ""},
          Case{"core", scope_with("core", 1), "#2,11,14"},
          Case{"finding", scope_with("peer", 3, {"adjust-gap-not-updated"}), ""}}) {
        const std::string address = serve(each.scope, audit);
        const std::string fragment = each.fragment.empty() ? finding_fragment() : each.fragment;
        for (const int width : {1280, 1920})
            for (const bool dark : {false, true}) {
                const Shown shown = open(address + fragment, "--dump-dom", width, dark);
                EXPECT_EQ(shown.errors, "") << each.name;
                EXPECT_THAT(shown.dom, HasSubstr("data-audit=\"fits\""))
                    << each.name << " " << width << " "
                    << shown.dom.substr(std::min(shown.dom.find("data-audit"), shown.dom.size()), 600);
                if (keep == nullptr && each.name != "merge") continue;
                const std::string picture = (keep != nullptr ? std::string(keep) : directory_) + "/explorer-" +
                                            each.name + "-" + std::to_string(width) + (dark ? "-dark" : "-light") +
                                            ".png";
                open(address + fragment, "--screenshot=" + picture, width, dark);
                EXPECT_EQ(size_of_picture(picture), (std::array<unsigned, 2>{static_cast<unsigned>(width), 1000u}));
            }
    }
}

}  // namespace
}  // namespace vmacheck
