// A page in headless Chromium, for tests of pages. They are skipped without it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace vmacheck {

inline bool has_browser() {
    return std::system("command -v chromium >/dev/null 2>&1") == 0;
}

struct Shown {
    std::string dom;
    std::string errors;  // that the console showed
};

inline std::string read_all(const std::string& path) {
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
    // A page, with a script after its own.
    Shown show(const std::string& page, const std::string& script, const std::string& fragment = "", int width = 1280,
               bool dark = false) {
        const std::string file = directory_ + "/page.html";
        std::ofstream(file, std::ios::binary) << page << "<script>" << script << "</script>";
        return open("file://" + file + fragment, "--dump-dom", width, dark);
    }
    // An address. `what`: what Chromium is to make of it.
    Shown open(const std::string& address, const std::string& what = "--dump-dom", int width = 1280,
               bool dark = false) {
        const std::string command =
            "timeout -s KILL 100 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
            "--enable-logging=stderr --virtual-time-budget=8000 --user-data-dir=" +
            directory_ + "/profile" + (dark ? " --blink-settings=preferredColorScheme=0" : "") +
            " --window-size=" + std::to_string(width) + ",1000 " + what + " '" + address + "' >" + directory_ +
            "/dom 2>" + directory_ + "/log";
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
inline constexpr const char* audit = R"(setTimeout(() => {
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

}  // namespace vmacheck
