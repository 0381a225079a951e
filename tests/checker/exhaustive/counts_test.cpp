// Tables of README.md and of checker/exhaustive/README.md: each scope has just the states, transitions and depth that
// stand there, and a tour of just this length. Rows with many transitions are checked by the tests labelled slow.
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

// "| `peer` | 4 | 1,466 | 68,693 | 13 | ..." of the table between two marks of a page: the scope, then numbers.
struct Row {
    std::string scope;
    unsigned pages = 0;
    std::vector<std::uint64_t> numbers;
};

std::vector<Row> rows(const std::string& page, const std::string& table) {
    std::ifstream file(page);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = text.find("<!-- " + table + " -->");
    const std::size_t end = text.find("<!-- end of " + table + " -->");
    std::vector<Row> found;
    if (begin == std::string::npos || end == std::string::npos) return found;
    std::istringstream lines(text.substr(begin, end - begin));
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("| `", 0) != 0) continue;
        for (const char drop : {'|', '`', ',', '.'})
            line.erase(std::remove(line.begin(), line.end(), drop), line.end());
        std::istringstream cells(line);
        Row row;
        cells >> row.scope >> row.pages;
        for (std::uint64_t number = 0; cells >> number;) row.numbers.push_back(number);
        found.push_back(row);
    }
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

TEST(ReadmeCounts, AreWhatTheSearchFinds) {
    std::size_t checked = 0;
    std::set<std::string> scopes;
    for (const Row& row : rows(SCOPES_FILE, "scopes")) {
        scopes.insert(row.scope);
        ASSERT_EQ(row.numbers.size(), 3u) << row.scope;
        if (row.numbers[1] + 1 <= least || row.numbers[1] >= most) continue;
        expect_row(row);
        ++checked;
    }
    EXPECT_GT(checked, 0u);
    for (const ScopeInfo& each : built_in_scopes())
        EXPECT_TRUE(scopes.count(std::string(each.name))) << each.name << " is not in the table of " << SCOPES_FILE;
}

TEST(ReadmeTours, AreWhatIsMade) {
    std::size_t checked = 0;
    for (const Row& row : rows(TOURS_FILE, "tours")) {
        ASSERT_EQ(row.numbers.size(), 4u) << row.scope;
        if (row.numbers[0] + 1 <= least_toured || row.numbers[0] >= most_toured) continue;
        expect_tour(row);
        ++checked;
    }
    EXPECT_GT(checked, 0u);
}

}  // namespace
}  // namespace vmacheck
