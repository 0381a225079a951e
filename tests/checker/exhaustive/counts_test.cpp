// Exact counts: each scope has just the states, transitions and depth of tests/data/scopes.tsv, and a tour of just the
// length of tests/data/tours.tsv. checker/exhaustive/README.md shows both tables. Rows with many transitions are checked
// by the tests labelled slow.
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/tour.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

namespace vmacheck {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Row {
    std::string scope;
    unsigned pages = 0;
    std::vector<std::uint64_t> numbers;

    friend bool operator==(const Row&, const Row&) = default;
};

// "peer 4 1466 68693 13": the scope, its pages, then numbers, up to the first word that is none.
Row row_of(const std::string& line) {
    std::istringstream cells(line);
    Row row;
    cells >> row.scope >> row.pages;
    for (std::uint64_t number = 0; cells >> number;) row.numbers.push_back(number);
    return row;
}

std::string without(std::string line, const std::string& dropped) {
    for (const char drop : dropped) line.erase(std::remove(line.begin(), line.end(), drop), line.end());
    return line;
}

// The rows of a file below its heading. The point of a fraction is left out, so that 1.82 is 182.
std::vector<Row> rows_of_file(const std::string& table) {
    std::istringstream lines(text_of(TABLES_DIRECTORY "/" + table + ".tsv"));
    std::vector<Row> found;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) found.push_back(row_of(without(line, ".")));
    return found;
}

// The same rows between two marks of a page: "| `peer` | 4 | 1,466 | 68,693 | 13 | ...".
std::vector<Row> rows_of_page(const std::string& page, const std::string& table) {
    const std::size_t begin = page.find("<!-- " + table + " -->");
    const std::size_t end = page.find("<!-- end of " + table + " -->");
    std::vector<Row> found;
    if (begin == std::string::npos || end == std::string::npos) return found;
    std::istringstream lines(page.substr(begin, end - begin));
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("| `", 0) == 0) found.push_back(row_of(without(line, "|`,.")));
    return found;
}

void expect_row(const Row& row) {
    SCOPED_TRACE(row.scope + " with " + std::to_string(row.pages) + " pages");
    const ExploreResult result = explore(scope_named(row.scope, row.pages), with_jobs(2));
    EXPECT_TRUE(result.complete);
    EXPECT_FALSE(result.finding);
    EXPECT_EQ((std::vector<std::uint64_t>{result.states, result.counts.transitions, result.depth()}), row.numbers);
}

// The calls a transition stand there in hundredths, the point left out.
void expect_tour(const Row& row) {
    SCOPED_TRACE("tour of " + row.scope + " with " + std::to_string(row.pages) + " pages");
    Search search(scope_named(row.scope, row.pages), with_jobs(2));
    const ExploreResult result = search.run();
    const Tour tour = make_tour(explored_graph(search, result, 20'000'000), 10'000);
    const std::uint64_t cents = (200 * tour.calls / tour.transitions + 1) / 2;
    EXPECT_EQ((std::vector<std::uint64_t>{tour.transitions, tour.calls, cents, tour.traces.size()}), row.numbers);
}

// Of a row that is checked here.
constexpr std::uint64_t least = LEAST_TRANSITIONS;
constexpr std::uint64_t most = MOST_TRANSITIONS;
constexpr std::uint64_t least_toured = LEAST_TOURED;
constexpr std::uint64_t most_toured = MOST_TOURED;

TEST(Counts, are_what_the_search_finds) {
    std::size_t checked = 0;
    std::set<std::string> scopes;
    for (const Row& row : rows_of_file("scopes")) {
        scopes.insert(row.scope);
        ASSERT_EQ(row.numbers.size(), 3u) << row.scope;
        if (row.numbers[1] + 1 <= least || row.numbers[1] >= most) continue;
        expect_row(row);
        ++checked;
    }
    EXPECT_GT(checked, 0u);
    for (const ScopeInfo& each : built_in_scopes())
        EXPECT_TRUE(scopes.count(std::string(each.name))) << each.name << " is not in tests/data/scopes.tsv";
}

TEST(Counts, of_tours_are_what_is_made) {
    std::size_t checked = 0;
    for (const Row& row : rows_of_file("tours")) {
        ASSERT_EQ(row.numbers.size(), 4u) << row.scope;
        if (row.numbers[0] + 1 <= least_toured || row.numbers[0] >= most_toured) continue;
        expect_tour(row);
        ++checked;
    }
    EXPECT_GT(checked, 0u);
}

TEST(Counts, are_on_the_page) {
    for (const std::string table : {"scopes", "tours"})
        EXPECT_EQ(rows_of_page(text_of(TABLES_PAGE), table), rows_of_file(table)) << table;
}

TEST(Counts, a_row_that_a_page_has_otherwise_is_seen) {
    const std::string page = "<!-- scopes -->\n| `peer` | 4 | 1,466 | 68,693 | 13 | text |\n<!-- end of scopes -->\n";
    EXPECT_EQ(rows_of_page(page, "scopes"), (std::vector<Row>{{"peer", 4, {1466, 68693, 13}}}));
    EXPECT_NE(rows_of_page(page, "scopes"), (std::vector<Row>{{"peer", 4, {1466, 68693, 14}}}));
    EXPECT_TRUE(rows_of_page(page, "tours").empty());
}

}  // namespace
}  // namespace vmacheck
