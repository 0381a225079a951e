// The table of the README: each scope has just the states, transitions and depth that stand there. Rows with many
// transitions are checked by the tests labelled slow.
#include "tests/exhaustive/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace vmacheck {
namespace {

struct Row {
    std::string scope;
    unsigned pages = 0;
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    std::uint64_t depth = 0;
};

// "| `peer` | 4 | 1,466 | 68,693 | 13 | ...": the rows between the table's marks.
std::vector<Row> rows() {
    std::ifstream file(README_FILE);
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = readme.find("<!-- scopes -->");
    const std::size_t end = readme.find("<!-- end of scopes -->");
    std::vector<Row> found;
    if (begin == std::string::npos || end == std::string::npos) return found;
    std::istringstream lines(readme.substr(begin, end - begin));
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("| `", 0) != 0) continue;
        for (const char drop : {'|', '`', ','}) line.erase(std::remove(line.begin(), line.end(), drop), line.end());
        Row row;
        std::istringstream cells(line);
        cells >> row.scope >> row.pages >> row.states >> row.transitions >> row.depth;
        found.push_back(row);
    }
    return found;
}

void expect_row(const Row& row) {
    SCOPED_TRACE(row.scope + " with " + std::to_string(row.pages) + " pages");
    const ExploreResult result = explore(scope_named(row.scope, row.pages), with_jobs(2));
    EXPECT_TRUE(result.complete);
    EXPECT_FALSE(result.finding);
    EXPECT_EQ(result.states, row.states);
    EXPECT_EQ(result.counts.transitions, row.transitions);
    EXPECT_EQ(result.depth(), row.depth);
}

constexpr std::uint64_t least = LEAST_TRANSITIONS;  // of a row that is checked here
constexpr std::uint64_t most = MOST_TRANSITIONS;

TEST(ReadmeCounts, AreWhatTheSearchFinds) {
    std::size_t checked = 0;
    std::set<std::string> scopes;
    for (const Row& row : rows()) {
        scopes.insert(row.scope);
        if (row.transitions + 1 <= least || row.transitions >= most) continue;
        expect_row(row);
        ++checked;
    }
    EXPECT_GT(checked, 0u);
    for (const ScopeInfo& each : built_in_scopes())
        EXPECT_TRUE(scopes.count(std::string(each.name))) << each.name << " is not in the README's table";
}

}  // namespace
}  // namespace vmacheck
