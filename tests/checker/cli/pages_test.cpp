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

// Commands that take seconds are for the tests labelled slow.
bool runs_here(const std::string& command) {
    return (command == "campaign" || command.rfind("prove", 0) == 0) == slow;
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

// The text with this output wherever it shows the command.
std::string with_output(std::string text, const std::string& command, const std::string& output) {
    std::vector<Shown> shown = shown_in(text);
    for (auto at = shown.rbegin(); at != shown.rend(); ++at)
        if (at->command == command) text.replace(at->from, at->to - at->from, output);
    return text;
}

// Reads the page again for each block, since another test program may be updating its own blocks of the same page.
void update(const std::string& page) {
    for (const Shown& each : shown_in(contents(page))) {
        if (!runs_here(each.command)) continue;
        const std::string output = run_as_shown(each.command).out;
        const std::string text = contents(page);
        const std::string fresh = with_output(text, each.command, output);
        if (fresh != text) std::ofstream(page, std::ios::binary) << fresh;
    }
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
    const char* const wanted = std::getenv("VMACHECK_UPDATE_PAGES");
    std::size_t compared = 0;
    for (const std::string& page : pages()) {
        if (wanted != nullptr && wanted == std::string("1")) update(page);
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
    EXPECT_GE(compared, slow ? 2u : 6u);
}

// The names of the subcommands in the program's help.
std::vector<std::string> verbs_in(const std::string& help) {
    std::vector<std::string> found;
    std::istringstream lines(help);
    bool listed = false;
    for (std::string line; std::getline(lines, line);) {
        if (listed && line.rfind("  ", 0) != 0) break;
        if (listed) found.push_back(line.substr(2, line.find(' ', 2) - 2));
        listed = listed || line == "Subcommands:";
    }
    return found;
}

TEST(Pages, the_first_page_names_every_verb) {
    const std::vector<std::string> verbs = verbs_in(run_program({"--help"}).out);
    EXPECT_GT(verbs.size(), 10u);
    const std::string page = contents(SOURCE_DIRECTORY "/README.md");
    for (const std::string& each : verbs)
        EXPECT_TRUE(page.find("`" + each + "`") != std::string::npos ||
                    page.find("`" + each + " ") != std::string::npos)
            << each;
}

TEST(Pages, an_outdated_output_is_replaced_and_the_rest_kept) {
    const std::string before = "Text.\n\n```\n$ ./vmacheck list profiles\n";
    const std::string after = "```\n\nMore.\n<!-- x: the text of `vmacheck list scopes` -->\n";
    const std::string last = "<!-- end of x -->\n";
    const std::string text = before + "old\n" + after + "older\n" + last;
    ASSERT_EQ(shown_in(text).size(), 2u);
    EXPECT_EQ(with_output(text, "list profiles", "new\n"), before + "new\n" + after + "older\n" + last);
    EXPECT_EQ(with_output(text, "list scopes", "1\n2\n"), before + "old\n" + after + "1\n2\n" + last);
    EXPECT_EQ(with_output(text, "list", "new\n"), text);
}

}  // namespace
