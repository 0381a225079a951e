// The page of the kernel's assertions: what it says of the model is there, each assertion of the model is on it, and
// each is seen to fail.
#include "tests/structure/tree.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace structure {
namespace {

const std::string page = "properties/ASSERTIONS.md";
const std::string test = "tests/model/assertions_test.cpp";

// Before these the same function has looked at what they assert, so that no damage of a World leads to them.
const std::set<std::string> never_reached{"a faulted VMA merged with its own copy", "heap grows over a mapping"};

// The texts of the assertions in a source: what stands between quotes in the call, pieces joined.
std::set<std::string> assertions_in(const std::string& source) {
    static const std::regex call(R"re(\bbug_on\([^;"]*"([^"]*)"\);)re");
    std::set<std::string> found;
    for (std::sregex_iterator at(source.begin(), source.end(), call), end; at != end; ++at) found.insert((*at)[1]);
    return found;
}

struct Row {
    std::string file;  // none: no bug_on
    std::string text;
    std::string line;
};

std::vector<Row> rows_of(const std::string& text) {
    static const std::regex bug_on(R"re(`bug_on` in `([a-z_/.]+)`: "([^"]+)")re");
    std::vector<Row> rows;
    for (const std::string& line : lines_of(text)) {
        if (!begins_with(line, "| `")) continue;
        std::smatch match;
        if (std::regex_search(line, match, bug_on))
            rows.push_back({match[1], match[2], line});
        else
            rows.push_back({"", "", line});
    }
    return rows;
}

std::map<std::string, std::set<std::string>> assertions_of_model() {
    std::map<std::string, std::set<std::string>> found;
    for (const std::string& file : sources_below("model")) found[file] = assertions_in(read(file));
    return found;
}

TEST(Assertions, of_the_page_are_where_it_says) {
    const std::map<std::string, std::set<std::string>> model = assertions_of_model();
    std::size_t with_bug_on = 0;
    for (const Row& each : rows_of(read(page))) {
        if (each.file.empty()) {
            EXPECT_EQ(each.line.find("bug_on"), std::string::npos) << each.line;
            continue;
        }
        ++with_bug_on;
        const auto at = model.find(each.file);
        ASSERT_NE(at, model.end()) << each.line;
        EXPECT_EQ(at->second.count(each.text), 1u) << each.file << " does not have: " << each.text;
    }
    EXPECT_GE(with_bug_on, 30u);
}

TEST(Assertions, of_the_model_are_on_the_page_and_are_broken_in_a_test) {
    std::set<std::string> listed;
    for (const Row& each : rows_of(read(page))) listed.insert(each.file + ": " + each.text);
    const std::string broken = read(test);
    for (const auto& [file, texts] : assertions_of_model())
        for (const std::string& text : texts) {
            EXPECT_EQ(listed.count(file + ": " + text), 1u) << page << " lacks " << file << ": " << text;
            const bool tested = broken.find("\"" + text + "\"") != std::string::npos;
            EXPECT_NE(tested, never_reached.count(text) != 0) << test << ": " << text;
        }
}

TEST(Assertions, name_properties_that_are_there) {
    static const std::regex name("`([a-z]+(?:-[a-z]+)+)`");
    std::set<std::string> named;
    for (const Row& each : rows_of(read(page))) {
        if (each.line.find("propert") == std::string::npos) continue;
        for (std::sregex_iterator at(each.line.begin(), each.line.end(), name), end; at != end; ++at)
            named.insert((*at)[1]);
    }
    EXPECT_GE(named.size(), 8u);
    for (const std::string& each : named) {
        std::string file = each;
        for (char& letter : file)
            if (letter == '-') letter = '_';
        const auto in = [&](const char* folder) { return exists("properties/" + (folder + file) + ".hpp"); };
        EXPECT_TRUE(in("invariants/") || in("contracts/") || in("refinement/")) << page << " names " << each;
    }
}

TEST(Assertions, of_a_source_are_read) {
    EXPECT_EQ(assertions_in(R"(world.bug_on(a != b, "one");
        world.bug_on(f(a) &&
                         b,
                     "two");
        void bug_on(bool condition, const char* text) const { abandon("no", text); })"),
              (std::set<std::string>{"one", "two"}));
    ASSERT_EQ(rows_of("| `f` | x | `bug_on` in `model/a.cpp`: \"one\" |\n| `g` | y | no |\n| h | z | no |\n").size(),
              2u);
}

}  // namespace
}  // namespace structure
