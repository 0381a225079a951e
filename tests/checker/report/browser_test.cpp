// Pages in a browser: they load without an error, fit, and steps, keys and links work. Skipped without chromium.
#include "tests/checker/report/browser.hpp"
#include "tests/checker/report/page_traces.hpp"

#include <gmock/gmock.h>

namespace vmacheck {
namespace {

using testing::HasSubstr;

TEST_F(Browser, FitsInItsWindowWithoutAnError) {
    for (const char* name : {"av-double-reuse", "merge-case3-pgoff", "adjust-gap-not-updated"}) {
        const std::string page = page_of(fault_trace(name));
        for (const int width : {1280, 1920}) {
            const Shown shown = show(page, audit, "", width, width == 1920);
            EXPECT_EQ(shown.errors, "") << name;
            EXPECT_THAT(shown.dom, HasSubstr("data-audit=\"fits\""))
                << name << " " << width << " "
                << shown.dom.substr(std::min(shown.dom.find("data-audit"), shown.dom.size()), 600);
        }
    }
}

TEST_F(Browser, ShowsCampaignsAndChecks) {
    for (const std::string& page : {campaign_page_of_one(), conform_page_of_one()}) {
        const Shown shown = show(page, audit);
        EXPECT_EQ(shown.errors, "");
        EXPECT_THAT(shown.dom, HasSubstr("data-audit=\"fits\""));
    }
    const std::string click = R"(document.querySelector(".cell.open[title]").click();)";
    EXPECT_THAT(show(campaign_page_of_one(), click).dom, HasSubstr("<pre class=\"command\">./vmacheck reach "));
}

TEST_F(Browser, ACellOpensTheStepThatReachesIt) {
    const std::string click = R"(document.querySelector(".cell.reached[title]").click();)";
    const Shown shown = show(campaign_page_of_one(), click);
    EXPECT_EQ(shown.errors, "");
    const std::size_t box = shown.dom.find("id=\"history\" class=\"wide\"");
    ASSERT_NE(box, std::string::npos);
    EXPECT_THAT(shown.dom.substr(box), HasSubstr("munmap"));
    EXPECT_THAT(shown.dom.substr(box), HasSubstr("class=\"timeline\""));
}

TEST_F(Browser, OpensTheStepOfALinkAndTheFindingOtherwise) {
    const std::string page = page_of(fault_trace("av-double-reuse"));
    EXPECT_THAT(show(page, "", "#step=5").dom, HasSubstr("data-step=\"5\""));
    EXPECT_THAT(show(page, "").dom, HasSubstr("<html lang=\"en\" class=\"js\" data-step=\"7\""));
}

TEST_F(Browser, StepsWithKeysAndClicks) {
    const std::string script = R"((async () => {
      const said = [];
      const wait = () => new Promise(done => setTimeout(done, 100));
      const press = async key => {
        document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
        await wait();
        said.push(key + document.documentElement.dataset.step);
      };
      for (const key of ["Home", "ArrowRight", "j", "k", "ArrowLeft", "ArrowLeft", "End", "ArrowRight", "Home", "f"])
        await press(key);
      document.querySelector("[data-row='4']").click();
      await wait();
      said.push("row" + document.documentElement.dataset.step);
      document.querySelector(".headline a[href='#step=7']").click();
      await wait();
      said.push("link" + document.documentElement.dataset.step + location.hash);
      document.querySelector(".step.now .v[data-v]").click();
      await wait();
      said.push("history:" + document.getElementById("history").textContent.slice(0, 20));
      await press("Escape");
      said.push("closed:" + document.getElementById("history").hidden);
      said.push("shown:" + [...document.querySelectorAll(".step")].filter(each => each.offsetParent).length);
      document.body.dataset.said = said.join(" ");
    })();)";
    const Shown shown = show(page_of(fault_trace("av-double-reuse")), script);
    EXPECT_EQ(shown.errors, "");
    EXPECT_THAT(shown.dom,
                HasSubstr("data-said=\"Home1 ArrowRight2 j3 k2 ArrowLeft1 ArrowLeft1 End7 ArrowRight7 Home1 f7 "
                          "row4 link7#step=7 history:closeVMA"));
    EXPECT_THAT(shown.dom, HasSubstr("closed:true shown:1"));
}

TEST_F(Browser, UnpacksStepsOfALongTrace) {
    const std::string page = page_of(long_trace(2000));
    const Shown shown = show(page, audit, "#step=1000");
    EXPECT_EQ(shown.errors, "");
    EXPECT_THAT(shown.dom, HasSubstr("<section class=\"step now\" id=\"step=1000\""));
    EXPECT_THAT(shown.dom, HasSubstr("data-audit=\"fits\""));
    const std::size_t row = shown.dom.find("data-row=\"1000\"");
    EXPECT_THAT(shown.dom.substr(row, 1500), HasSubstr("<div class=\"lanes\"><div class=\"l\">"));
}

}  // namespace
}  // namespace vmacheck
