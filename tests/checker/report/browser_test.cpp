// Pages in a browser: they load without an error, fit, and steps, keys and links work. Skipped without chromium.
#include "tests/checker/report/page_traces.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vmacheck {
namespace {

using testing::HasSubstr;

bool has_browser() {
    return std::system("command -v chromium >/dev/null 2>&1") == 0;
}

struct Shown {
    std::string dom;
    std::string errors;  // that the console showed
};

std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Lays the page out in a window, lets the script run after it, and takes the document as it is then.
class Browser : public testing::Test {
protected:
    void SetUp() override {
        if (!has_browser()) GTEST_SKIP() << "chromium is missing";
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        directory_ = testing::TempDir() + "vmacheck-browser-" + test->name();
        std::filesystem::create_directories(directory_);
    }
    void TearDown() override {
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }
    Shown show(const std::string& page, const std::string& script, const std::string& fragment = "", int width = 1280,
               bool dark = false) {
        const std::string file = directory_ + "/page.html";
        std::ofstream(file, std::ios::binary) << page << "<script>" << script << "</script>";
        const std::string command =
            "timeout -s KILL 100 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
            "--enable-logging=stderr --virtual-time-budget=8000 --user-data-dir=" +
            directory_ + "/profile" + (dark ? " --blink-settings=preferredColorScheme=0" : "") +
            " --window-size=" + std::to_string(width) + ",1000 --dump-dom 'file://" + file + fragment + "' >" +
            directory_ + "/dom 2>" + directory_ + "/log";
        EXPECT_EQ(std::system(command.c_str()), 0) << read_all(directory_ + "/log");
        Shown shown{read_all(directory_ + "/dom"), {}};
        std::ifstream log(directory_ + "/log");
        for (std::string line; std::getline(log, line);)
            if (line.find("CONSOLE") != std::string::npos) shown.errors += line + "\n";
        return shown;
    }

    std::string directory_;
};

// What is cut, overlaps, or is wider than the window.
constexpr const char* audit = R"(setTimeout(() => {
  const wrong = [];
  const shown = each => each.getClientRects().length > 0;
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push("wider than the window");
  for (const each of document.querySelectorAll("i.v, .tag, .cell, code, h1, h2, dd, td, .call"))
    if (shown(each) && each.scrollWidth > each.clientWidth + 2 && getComputedStyle(each).display !== "inline")
      wrong.push("cut: " + each.className + " " + each.textContent.slice(0, 40));
  for (const axis of document.querySelectorAll(".axis")) {
    const boxes = [...axis.querySelectorAll(".tick")].filter(shown).map(each => each.getBoundingClientRect());
    for (let i = 1; i < boxes.length; ++i)
      if (boxes[i].left < boxes[i - 1].right) wrong.push("labels overlap");
  }
  for (const svg of document.querySelectorAll("svg")) {
    if (!shown(svg)) continue;
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    if (scale < 0.75) wrong.push("graph is small: " + scale);
    for (const group of svg.querySelectorAll("g")) {
      const box = group.querySelector("rect").getBBox();
      for (const text of group.querySelectorAll("text")) {
        const inside = text.getBBox();
        if (inside.x + inside.width > box.x + box.width) wrong.push("text leaves its box: " + text.textContent);
      }
    }
  }
  document.body.dataset.audit = wrong.length ? wrong.join("; ") : "fits";
}, 1500);)";

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
