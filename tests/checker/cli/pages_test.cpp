// What the pages show of the program is what it prints. Two forms are compared:
//
//     a block of code whose first line is "$ ./vmacheck ...": the rest is the standard output of that command;
//     the text between <!-- NAME: the text of `vmacheck ...` --> and <!-- end of NAME -->.
//
// With VMACHECK_UPDATE_PAGES=1 in the environment the pages get the new output instead.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;

constexpr bool slow = PAGES_SLOW;

bool runs_here(const std::string& command) {
    if (command == "prove") return false;  // takes minutes
    return (command == "campaign") == slow;
}

// Output of a command that a page shows: text[from, to).
struct Shown {
    std::string command;  // after "./vmacheck "
    std::size_t from = 0;
    std::size_t to = 0;
};

std::vector<Shown> shown_in(const std::string& text) {
    std::vector<Shown> found;
    const std::string start = "```\n$ ./vmacheck ";
    for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
        const std::size_t words = at + start.size();
        const std::size_t line = text.find('\n', words);
        found.push_back({text.substr(words, line - words), line + 1, text.find("```", line)});
    }
    static const std::regex mark("<!-- ([a-z]+): the text of `vmacheck ([^`]*)` -->\n");
    for (std::sregex_iterator at(text.begin(), text.end(), mark), end; at != end; ++at) {
        const auto from = static_cast<std::size_t>(at->position() + at->length());
        found.push_back({(*at)[2], from, text.find("<!-- end of " + (*at)[1].str() + " -->", from)});
    }
    std::sort(found.begin(), found.end(), [](const Shown& a, const Shown& b) { return a.from < b.from; });
    return found;
}

// As in a clone: findings are written next to the traces.
Ran run_as_shown(const std::string& command) {
    const Scratch scratch;
    fs::create_directory_symlink(SOURCE_DIRECTORY "/traces", scratch.path("traces"));
    const fs::path before = fs::current_path();
    fs::current_path(scratch.path(""));
    std::istringstream text(command);
    std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
    static const std::set<std::string> with_progress{"campaign", "random", "explore", "guide", "reach", "prove"};
    if (with_progress.count(words.at(0)) != 0) words.insert(words.end(), {"--progress", "none"});
    Ran ran = run_program(words);
    fs::current_path(before);
    return ran;
}

// The text with the output that the program gives today.
std::string brought_up_to_date(const std::string& text) {
    std::string fresh;
    std::size_t copied = 0;
    for (const Shown& each : shown_in(text)) {
        if (!runs_here(each.command)) continue;
        fresh += text.substr(copied, each.from - copied) + run_as_shown(each.command).out;
        copied = each.to;
    }
    return fresh + text.substr(copied);
}

std::vector<std::string> pages() {
    std::vector<std::string> found{SOURCE_DIRECTORY "/README.md"};
    for (const char* const room : {"model", "properties", "traces", "checker", "tests"})
        for (const auto& entry : fs::recursive_directory_iterator(std::string(SOURCE_DIRECTORY "/") + room))
            if (entry.path().extension() == ".md") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

TEST(Pages, show_what_the_program_prints) {
    const char* const update = std::getenv("VMACHECK_UPDATE_PAGES");
    std::size_t compared = 0;
    for (const std::string& page : pages()) {
        const std::string text = contents(page);
        if (update != nullptr && update == std::string("1")) {
            const std::string fresh = brought_up_to_date(text);
            if (fresh != text) std::ofstream(page, std::ios::binary) << fresh;
        }
        const std::string now = contents(page);
        for (const Shown& each : shown_in(now)) {
            if (!runs_here(each.command)) continue;
            SCOPED_TRACE(page + ": $ ./vmacheck " + each.command);
            const std::string output = now.substr(each.from, each.to - each.from);
            const Ran ran = run_as_shown(each.command);
            EXPECT_EQ(ran.out, output) << "to update the pages, run this test with VMACHECK_UPDATE_PAGES=1";
            const bool violated = output.rfind("violated ", 0) == 0 || output.find("\nviolated ") != std::string::npos;
            EXPECT_EQ(ran.exit_code, violated ? 12 : 0) << ran.err;
            ++compared;
        }
    }
    EXPECT_GE(compared, slow ? 1u : 6u);
}

TEST(Pages, an_outdated_output_is_replaced_and_the_rest_kept) {
    if (slow) GTEST_SKIP() << "needs a command that is quick";
    const std::string before = "Text.\n\n```\n$ ./vmacheck list profiles\n";
    const std::string after = "```\n\nMore.\n<!-- x: the text of `vmacheck list scopes` -->\n";
    const std::string last = "<!-- end of x -->\n";
    const std::string fresh = brought_up_to_date(before + "old\n" + after + "older\n" + last);
    EXPECT_EQ(fresh,
              before + run_program({"list", "profiles"}).out + after + run_program({"list", "scopes"}).out + last);
    EXPECT_EQ(shown_in(fresh).size(), 2u);
}

}  // namespace
