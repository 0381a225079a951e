// Files: headers, the rooms that tests mirror, and that what comments and pages name is there.
#include "tests/structure/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <regex>

namespace structure {
namespace {

bool is_guarded(const std::string& header) {
    return header.find("#pragma once\n") != std::string::npos;
}

TEST(Files, headers_guard_themselves) {
    EXPECT_FALSE(is_guarded("int x;\n"));
    for (const std::string& file : product_sources()) {
        if (!ends_with(file, ".hpp")) continue;
        EXPECT_TRUE(is_guarded(read(file))) << file << " has no #pragma once";
    }
}

// Those are found by the name of the system call or verb.
bool needs_no_header(const std::string& file) {
    return begins_with(file, "model/ops/") || begins_with(file, "checker/cli/verbs/");
}

std::set<std::string> without_a_header(const std::vector<std::string>& files) {
    const std::set<std::string> all(files.begin(), files.end());
    std::set<std::string> found;
    for (const std::string& file : files) {
        if (!ends_with(file, ".cpp") || needs_no_header(file)) continue;
        if (all.count(file.substr(0, file.size() - 4) + ".hpp") == 0) found.insert(file);
    }
    return found;
}

TEST(Files, sources_have_a_header_of_their_name) {
    expect_only_the_exceptions("without_header.txt", without_a_header(product_sources()));
}

TEST(Files, a_source_without_a_header_is_seen) {
    EXPECT_EQ(without_a_header({"checker/run/a.cpp", "checker/run/b.cpp", "checker/run/b.hpp", "model/ops/brk.cpp"}),
              std::set<std::string>{"checker/run/a.cpp"});
}

// Folders of tests/ that are no room.
const std::set<std::string> not_mirrored{"support",   "reference", "recordings", "bench",
                                         "structure", "examples",  "data"};

std::set<std::string> test_folders_without_a_room(const std::vector<std::string>& files) {
    std::set<std::string> found;
    for (const std::string& file : files) {
        if (!begins_with(file, "tests/") || !ends_with(file, ".cpp")) continue;
        const std::size_t first = std::string("tests/").size();
        const std::size_t last = file.rfind('/');
        if (last < first) continue;
        const std::string folder = file.substr(first, last - first);
        if (not_mirrored.count(folder.substr(0, folder.find('/'))) != 0) continue;
        if (!exists(folder)) found.insert(folder);
    }
    return found;
}

TEST(Files, tests_mirror_the_rooms) {
    EXPECT_EQ(test_folders_without_a_room(all_files()), std::set<std::string>{});
}

TEST(Files, a_test_folder_without_a_room_is_seen) {
    EXPECT_EQ(test_folders_without_a_room({"tests/no_such_room/a.cpp", "tests/model/op/a.cpp", "tests/bench/x/a.cpp"}),
              std::set<std::string>{"no_such_room"});
}

// ------------------------------------------------------------------------------------------- what prose names

// Paths from a room on ("checker/run/replay.hpp", "traces/faults"), and names of sources and pages ("replay.hpp").
std::set<std::string> paths_named_in(const std::string& prose) {
    static const std::regex pattern(R"([A-Za-z0-9_/.*<>{}-]+)");
    static const std::regex path(R"((model|properties|traces|checker|tests)/[a-z0-9_/.-]*[a-z0-9_/])");
    static const std::regex source(R"([a-z0-9_/]+\.(cpp|hpp|cmake|tsv))");
    std::set<std::string> found;
    for (std::sregex_iterator at(prose.begin(), prose.end(), pattern), end; at != end; ++at) {
        std::string word = at->str();
        while (!word.empty() && word.back() == '.') word.pop_back();
        if (std::regex_match(word, path) || std::regex_match(word, source)) found.insert(word);
    }
    return found;
}

bool is_there(const std::string& path) {
    if (exists(path)) return true;
    // A folder of folders is named by its end too.
    const std::string end = "/" + path;
    return std::any_of(all_files().begin(), all_files().end(),
                       [&](const std::string& file) { return ends_with(file, end) || begins_with(file, path + "."); });
}

std::string text_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& each : lines) text += each + "\n";
    return text;
}

TEST(Files, that_prose_names_are_there) {
    for (const std::string& file : product_sources())
        for (const std::string& each : paths_named_in(comments_of(read(file))))
            EXPECT_TRUE(is_there(each)) << file << " names " << each;
    for (const std::string& page : pages())
        for (const std::string& each : paths_named_in(text_of(prose_of_page(read(page)))))
            EXPECT_TRUE(is_there(each)) << page << " names " << each;
}

TEST(Files, are_named_in_comments_and_not_in_code) {
    EXPECT_EQ(comments_of(R"(int a = 1'000;  // one
// two 'x' "y"
const char* text = "// no \"// no"; char c = '"'; /* three */ int b; // four
const char* raw = R"x(// no " no)x";
)"),
              " one\n two 'x' \"y\"\n three \n four\n");
}

TEST(Files, that_are_named_and_not_there_are_seen) {
    const auto missing = [](const std::string& prose) {
        std::vector<std::string> found;
        for (const std::string& each : paths_named_in(prose))
            if (!is_there(each)) found.push_back(each);
        return found;
    };
    EXPECT_EQ(missing("see model/no_such.cpp, and known_nothing.hpp."),
              (std::vector<std::string>{"known_nothing.hpp", "model/no_such.cpp"}));
    EXPECT_TRUE(missing("model/merge.cpp, ops/mmap.cpp, checker/run/, traces/faults/NAME.jsonl, world.hpp").empty());
}

// ------------------------------------------------------------------------------------------- pages of the rooms

// The folders right below a room that have files, and that its page does not name.
std::set<std::string> folders_not_named(const std::string& room, const std::vector<std::string>& files,
                                        const std::string& page) {
    std::set<std::string> found;
    for (const std::string& file : files) {
        const std::size_t first = room.size() + 1;
        const std::size_t slash = begins_with(file, room + "/") ? file.find('/', first) : std::string::npos;
        if (slash == std::string::npos) continue;
        const std::string folder = file.substr(first, slash - first);
        if (page.find("`" + folder + "/`") == std::string::npos) found.insert(folder);
    }
    return found;
}

TEST(Files, of_a_room_are_described_on_its_page) {
    for (const char* const room : {"model", "properties", "traces", "checker", "tests"}) {
        // Folders of tests/ that mirror a room need no words.
        std::set<std::string> missing = folders_not_named(room, all_files(), read(std::string(room) + "/README.md"));
        if (room == std::string("tests"))
            for (const std::string& each : rooms) missing.erase(each);
        EXPECT_EQ(missing, std::set<std::string>{}) << "in " << room << "/README.md";
    }
}

TEST(Files, of_a_folder_that_no_page_names_are_seen) {
    EXPECT_EQ(
        folders_not_named("model", {"model/a.cpp", "model/ops/a.cpp", "model/new/b.cpp", "traces/x/c.cpp"}, "`ops/`"),
        std::set<std::string>{"new"});
}

// ------------------------------------------------------------------------------------------- links of pages

// What headings are linked by.
std::set<std::string> anchors_of(const std::string& text) {
    std::set<std::string> found;
    for (const std::string& line : prose_of_page(text)) {
        if (line.empty() || line[0] != '#') continue;
        std::string anchor = "#";
        for (const char each : line.substr(line.find_first_not_of("# "))) {
            const auto letter = static_cast<unsigned char>(each);
            if (each == ' ') anchor += '-';
            if (std::isalnum(letter) != 0 || each == '-' || each == '_')
                anchor += static_cast<char>(std::tolower(letter));
        }
        found.insert(anchor);
    }
    return found;
}

std::string folder_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

// The relative links of a page whose file, or whose heading in it, does not exist.
std::vector<std::string> broken_links(const std::string& page, const std::string& text) {
    static const std::regex pattern(R"(\]\(([^)\s#]*)(#[^)\s]*)?\))");
    std::vector<std::string> broken;
    for (const std::string& line : prose_of_page(text))
        for (std::sregex_iterator at(line.begin(), line.end(), pattern), end; at != end; ++at) {
            const std::string target = (*at)[1];
            const std::string anchor = (*at)[2];
            if (target.find(':') != std::string::npos) continue;
            const std::string file = target.empty() ? page : folder_of(page) + target;
            if (!exists(file) || (!anchor.empty() && anchors_of(read(file)).count(anchor) == 0))
                broken.push_back(target + anchor);
        }
    return broken;
}

TEST(Files, that_pages_link_to_are_there) {
    const std::vector<std::string> all = pages();
    EXPECT_EQ(std::count(all.begin(), all.end(), "README.md"), 1);
    for (const std::string& page : all)
        for (const std::string& each : broken_links(page, read(page))) ADD_FAILURE() << page << " links to " << each;
}

TEST(Files, a_broken_link_is_seen) {
    const auto broken = [](const std::string& text) { return broken_links("model/README.md", text); };
    EXPECT_EQ(broken("a [page](../no_such_file.md) and [another](merge.cpp)\n"),
              std::vector<std::string>{"../no_such_file.md"});
    EXPECT_EQ(broken("[heading](../README.md#no-such-heading)"),
              std::vector<std::string>{"../README.md#no-such-heading"});
    EXPECT_TRUE(broken("[limits](#limits), [elsewhere](https://example.org/x)\n```\n[code](x)\n```\n").empty());
}

TEST(Files, pages_have_nothing_left_to_fill_in) {
    for (const std::string& page : pages()) EXPECT_EQ(read(page).find("@@"), std::string::npos) << page;
}

}  // namespace
}  // namespace structure
