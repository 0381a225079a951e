// What each part of a transition and of a step costs, in instructions, against the table in tests/bench/README.md. A
// part that costs a tenth more than its row says fails; with VMACHECK_UPDATE_PAGES=1 the rows get what was counted.
//
// Counted by callgrind: no clock, the same on a busy machine. Skipped where valgrind is not installed, and in builds
// that are not optimised as the table's.
#include "tests/bench/budget/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <vector>

namespace vmacheck {
namespace {

// A call by which the profile knows a part: parts of the two functions' names.
struct Call {
    std::string from;
    std::string to;
};

// A part is what its calls cost, without those that have a row of their own.
struct Part {
    std::string name;
    std::vector<Call> calls;
    std::vector<Call> without = {};
};

const Call refinement{"", "PageMapRefinement<vmacheck::Plain>::step("};
const Call journal{"", ">::save("};

std::vector<Part> parts_of_transition() {
    return {
        {"operation", {{"Expander::", "World<vmacheck::Plain>::apply("}}, {journal}},
        {"journal", {journal}},
        {"undo", {{"Expander::", "World<vmacheck::Plain>::undo("}}},
        {"contracts", {{"Expander::", "::check_contracts("}}, {refinement}},
        {"refinement", {refinement}},
        {"canonical form", {{"Expander::", "CanonicalForm::take("}}},
        {"fingerprint", {{"Expander::", "PeerFingerprint::"}}},
        {"coverage", {{"Expander::", "ReachTable::add("}}},
        {"store", {{"Expander::", "StateStore::"}}},
        {"invariants of new states", {{"Expander::", "::check_all("}}},
        {"way to the state", {{"Expander::", "Walker::go_to("}}},
    };
}

std::vector<Part> parts_of_step() {
    return {
        {"generator", {{"CaseRunner::", "RandomOps::next("}}},
        {"operation", {{"CaseRunner::", "World<vmacheck::Plain>::apply("}}, {journal}},
        {"journal", {journal}},
        {"affected objects", {{"GroupChecker<", "Affected<vmacheck::Plain>::collect("}}},
        {"their invariants", {{"GroupChecker<", "::check_affected("}}},
        {"pages", {{"GroupChecker<", "::check_pages("}}},
        {"counters", {{"GroupChecker<", "::counters("}}},
        {"contracts", {{"GroupChecker<", "::step("}, {"GroupChecker<", "Step<vmacheck::Plain>::Step("}}, {refinement}},
        {"refinement", {refinement}},
        {"coverage", {{"CaseRunner::", "Coverage::add("}}},
    };
}

struct Work {
    std::string name;  // what the program is asked for
    Call whole;        // all that the parts are parts of
    std::vector<Part> parts;
};

std::string page() {
    return VMACHECK_SOURCE_DIR "/tests/bench/README.md";
}

std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Row {
    std::string name;
    std::uint64_t instructions = 0;
};

// Rows "| name | 1234 | ..." of the table after <!-- budget: NAME -->.
std::vector<Row> rows_of(const std::string& text, const std::string& work) {
    std::vector<Row> rows;
    std::istringstream lines(text.substr(std::min(text.size(), text.find("<!-- budget: " + work + " -->"))));
    static const std::regex row(R"(\| ([^|]+) \| (\d+) \|.*)");
    std::smatch found;
    for (std::string line; std::getline(lines, line);) {
        if (line == "<!-- end of budget -->") break;
        if (std::regex_match(line, found, row)) rows.push_back({found[1], std::stoull(found[2])});
    }
    return rows;
}

void update_row(const std::string& work, const std::string& name, std::uint64_t counted) {
    std::string text = contents(page());
    const std::size_t table = text.find("<!-- budget: " + work + " -->");
    const std::size_t at = text.find("\n| " + name + " | ", table);
    ASSERT_NE(at, std::string::npos) << name;
    const std::size_t from = at + name.size() + 6;
    text.replace(from, text.find(" |", from) - from, std::to_string(counted));
    std::ofstream(page()) << text;
}

// Instructions for each part, and the rest, for one transition or step.
std::vector<Row> counted(const Work& work) {
    std::string directory = std::filesystem::temp_directory_path() / "vmacheck-budget-XXXXXX";
    if (mkdtemp(directory.data()) == nullptr) {
        ADD_FAILURE() << directory << " cannot be made";
        return {};
    }
    const std::string out = directory + "/" + work.name;
    const std::string command = "valgrind --tool=callgrind --callgrind-out-file=" + out + ".profile " BUDGET_WORK " " +
                                work.name + " >" + out + ".made 2>/dev/null";
    if (std::system(command.c_str()) != 0) {
        ADD_FAILURE() << command;
        return {};
    }
    std::ifstream file(out + ".profile");
    const Profile profile(file);
    const std::uint64_t made = std::stoull(contents(out + ".made"));
    std::vector<Row> rows;
    const std::uint64_t whole = profile.instructions(work.whole.from, work.whole.to);
    std::uint64_t parts = 0;
    for (const Part& part : work.parts) {
        std::uint64_t cost = 0;
        for (const Call& each : part.calls) {
            const std::uint64_t of_call = profile.instructions(each.from, each.to);
            EXPECT_NE(of_call, 0u) << "no call of " << each.to << " from " << each.from
                                   << " in the profile: was it renamed or inlined?";
            cost += of_call;
        }
        for (const Call& each : part.without) cost -= profile.instructions(each.from, each.to);
        rows.push_back({part.name, cost / made});
        parts += cost;
    }
    EXPECT_LE(parts, whole) << "a part is counted twice, or is no part of " << work.whole.to;
    rows.push_back({"rest", (whole - std::min(parts, whole)) / made});
    std::filesystem::remove_all(directory);
    return rows;
}

void expect_within_budget(const Work& work) {
    if (std::system("valgrind --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "valgrind is not installed";
    if (!OPTIMISED) GTEST_SKIP() << "this is no Release build, and the table is of one";
    const char* const update = std::getenv("VMACHECK_UPDATE_PAGES");
    const std::vector<Row> now = counted(work);
    if (testing::Test::HasFailure()) return;  // what cannot be counted is not written into the table either
    if (update != nullptr && update == std::string("1"))
        for (const Row& each : now) update_row(work.name, each.name, each.instructions);
    const std::vector<Row> budget = rows_of(contents(page()), work.name);
    ASSERT_EQ(budget.size(), now.size());
    for (std::size_t i = 0; i < now.size(); ++i) {
        EXPECT_EQ(now[i].name, budget[i].name);
        // Of the smallest parts a few instructions are a tenth.
        const std::uint64_t most = budget[i].instructions + std::max<std::uint64_t>(budget[i].instructions / 10, 20);
        EXPECT_LE(now[i].instructions, most) << now[i].name << ": its row says " << budget[i].instructions;
    }
}

TEST(Budget, parts_of_a_transition_cost_what_the_table_says) {
    expect_within_budget({"transitions", {"", "Expander::expand("}, parts_of_transition()});
}

TEST(Budget, parts_of_a_random_step_cost_what_the_table_says) {
    expect_within_budget({"steps", {"", "CaseRunner::perform("}, parts_of_step()});
}

TEST(Budget, a_profile_is_read_by_its_calls) {
    std::istringstream file(
        "fn=(1) outer\n10 5\ncfn=(2) inner(int)\ncalls=2 20\n12 300\n+1 7\nfn=(2)\n20 300\n"
        "fn=(3) other\ncfn=(2)\ncalls=1 20\n* 50\n");
    const Profile profile(file);
    EXPECT_EQ(profile.instructions("outer", "inner"), 300u);
    EXPECT_EQ(profile.instructions("other", "inner("), 50u);
    EXPECT_EQ(profile.instructions("", "inner"), 350u);
    EXPECT_EQ(profile.instructions("inner", "outer"), 0u);
}

}  // namespace
}  // namespace vmacheck
