// The verbs explore and tour: exit codes, output, the same bytes whatever happens on the way.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Ran explore(const Words& more) {
    Words words{"explore", "--progress", "none"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
}

// What must be the same on every run: all but the times.
std::string lasting(const Ran& ran) {
    json::object object = json::parse(ran.out).as_object();
    EXPECT_TRUE(object.contains("timing"));
    object.erase("timing");
    return json::serialize(object);
}

void expect_refused(const Words& more, const std::string& said) {
    const Ran ran = explore(more);
    EXPECT_EQ(ran.exit_code, 150) << ran.out;
    EXPECT_EQ(ran.err.rfind("vmacheck: ", 0), 0u) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(has(ran.err, said)) << said << " is not in: " << ran.err;
}

TEST(ExploreVerb, HoldsOnAScreenWithTheNextCommand) {
    const Scratch scratch;
    const Ran ran = explore({"--scope", "peer", "--pages", "3", "--out", scratch.path("found")});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(
        ran.out.rfind("holds       v5.10: scope peer, 3 pages, 33 calls: 192 states, 5475 transitions, depth 9", 0), 0u)
        << ran.out;
    EXPECT_TRUE(has(ran.out, "\nfingerprint b1ec001f1ac15e94\n")) << ran.out;
    EXPECT_TRUE(has(ran.out, "\nnext: ./vmacheck explore --scope peer --pages 4 --estimate\n")) << ran.out;
    EXPECT_LE(std::count(ran.out.begin(), ran.out.end(), '\n'), 24);
    EXPECT_TRUE(scratch.names().empty()) << "without a finding nothing is written";
}

TEST(ExploreVerb, SameBytesForAnyNumberOfThreads) {
    for (const Words& scope : {Words{"--scope", "peer", "--pages", "4"}, Words{"--scope", "swap"},
                               Words{"--scope", "peer", "--pages", "3", "--faults", "adjust-case6-no-import"}}) {
        const Scratch scratch;
        const auto run = [&](const std::string& jobs) {
            Words words = scope;
            words.insert(words.end(), {"--jobs", jobs, "--format", "json", "--out", scratch.path("found")});
            return lasting(explore(words));
        };
        const std::string one = run("1");
        EXPECT_EQ(one, run("2"));
        EXPECT_EQ(one, run("3"));
    }
}

TEST(ExploreVerb, AKilledRunGoesOnToTheSameResultAndFiles) {
    const Scratch scratch;
    const auto words = [&](const std::string& store, const std::string& jobs) {
        return Words{"explore", "--scope",           "peer",   "--pages",    "4",
                     "--store", scratch.path(store), "--jobs", jobs,         "--out",
                     "found",   "--format",          "json",   "--progress", "none"};
    };
    const auto bytes = [&](const std::string& store) {
        std::map<std::string, std::string> files;
        for (const auto& each : fs::directory_iterator(scratch.path(store)))
            if (each.path().extension() != ".part") files[each.path().filename()] = contents(each.path());
        return files;
    };
    const std::string whole = lasting(run_program(words("whole", "1")));
    unsigned killed = 0;
    for (unsigned milliseconds = 4; milliseconds < 2'000; milliseconds += milliseconds / 2)
        killed += kill_program(words("pieces", killed % 2 == 0 ? "2" : "1"), milliseconds) ? 1 : 0;
    EXPECT_GT(killed, 0u);
    EXPECT_EQ(lasting(run_program(words("pieces", "2"))), whole);
    EXPECT_EQ(bytes("pieces"), bytes("whole"));
}

TEST(ExploreVerb, LimitsEndItAsUndecided) {
    for (const Words& limit : {Words{"--max-states", "100"}, Words{"--depth", "3"}, Words{"--time", "0.001"}}) {
        Words words{"--scope", "peer", "--pages", "5"};
        words.insert(words.end(), limit.begin(), limit.end());
        const Ran ran = explore(words);
        EXPECT_EQ(ran.exit_code, 75) << limit.front();
        EXPECT_EQ(ran.out.rfind("undecided", 0), 0u) << ran.out;
        EXPECT_TRUE(has(ran.out, "\nstopped     by " + limit.front())) << ran.out;
    }
}

TEST(ExploreVerb, AFindingIsWrittenExplainedAndReplays) {
    const Scratch scratch;
    const Ran ran = explore({"--pages", "3", "--faults", "adjust-gap-not-updated", "--out", scratch.path("found")});
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    const std::string trace = scratch.path("found/gap-cache-peer-3pages.jsonl");
    EXPECT_TRUE(has(ran.out, "a shortest trace, 3 operations: " + trace)) << ran.out;
    EXPECT_TRUE(has(ran.out, "\nviolated at step 3: gap-cache: ")) << ran.out;
    EXPECT_EQ(run_program({"replay", trace}).exit_code, 12);
    EXPECT_EQ(run_program({"replay", "--expect", trace}).exit_code, 0);
}

TEST(ExploreVerb, ShortestTracesToCellsReplay) {
    const Scratch scratch;
    const Ran ran = explore({"--pages", "3", "--traces", scratch.path("cells"), "--cells"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(has(ran.out, "import/6")) << ran.out;
    EXPECT_TRUE(fs::exists(scratch.path("cells/import-6.jsonl")));
    const Ran replayed = run_program({"replay", scratch.path("cells")});
    EXPECT_EQ(replayed.exit_code, 0) << replayed.out;
}

TEST(ExploreVerb, RefusesWhatItCannotUseWithOneLine) {
    const Scratch scratch;
    expect_refused({"--scope", "pear"}, "unknown scope 'pear' (did you mean 'peer'?); there are peer,");
    expect_refused({"--scope", "./nothing.toml"}, "./nothing.toml: no such file");
    expect_refused({"--scope", scratch.file("bad.toml", "pages = 0\n")}, "bad.toml:1:9: 'pages' is a number");
    const auto calls = [&](const std::string& text) { return scratch.file("calls.toml", "[[calls]]\n" + text); };
    expect_refused({"--scope", calls("op = \"mmap\"\n")}, "[[calls]] of mmap without 'map'");
    expect_refused({"--scope", calls("op = \"mmap\"\nmap = [\"PRIVATE\"]\nfile = [1]\n")}, "add [[file]]");
    expect_refused({"--scope", calls("op = \"munmap\"\nprot = [\"READ\"]\n")}, "unknown key 'calls.prot'");
    expect_refused({"--scope", scratch.file("empty.toml", "")}, "a scope needs [[calls]]");
    const std::string segment = "[[file]]\nkind = \"sysv_shm\"\npages = 5\n[[calls]]\nop = \"shmdt\"\n";
    expect_refused({"--scope", scratch.file("segment.toml", segment)}, "[[file]]: a file of this kind has no size");
    expect_refused({"--scope", scratch.path(std::string(300, 'a')) + ".toml"}, ".toml: cannot be read");
    expect_refused({"--pages", "17"}, "--pages");
    expect_refused({"--graph", scratch.path("graph.png")}, "ends in .dot or .json");
    expect_refused({"--pages", "4", "--graph", scratch.path("graph.dot")}, "at most 20000 are handled");
    EXPECT_EQ(explore({"--pages", "2", "--store", scratch.path("store")}).exit_code, 0);
    expect_refused({"--pages", "3", "--store", scratch.path("store")}, "is of another scope");
}

TEST(ExploreVerb, DrawsSmallGraphs) {
    const Scratch scratch;
    EXPECT_EQ(explore({"--pages", "2", "--graph", scratch.path("graph.dot")}).exit_code, 0);
    const std::string dot = contents(scratch.path("graph.dot"));
    EXPECT_EQ(dot.rfind("digraph", 0), 0u);
    EXPECT_TRUE(has(dot, "[0,2)rw+1")) << dot;
    EXPECT_TRUE(has(dot, "mmap [0,1) rw-\\n")) << dot;
    EXPECT_EQ(explore({"--pages", "2", "--graph", scratch.path("graph.json")}).exit_code, 0);
    const json::object graph = json::parse(contents(scratch.path("graph.json"))).as_object();
    EXPECT_EQ(graph.at("states").as_array().size(), 26u);
    EXPECT_EQ(graph.at("transitions").as_array().size(), 374u);
    EXPECT_EQ(graph.at("strong_components").as_int64(), 1);
}

TEST(ExploreVerb, EstimatesWithoutExploring) {
    const Ran ran = explore({"--pages", "6", "--estimate"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_TRUE(has(ran.out, "estimate    about ")) << ran.out;
    const Ran machine = explore({"--pages", "6", "--estimate", "--format", "json"});
    EXPECT_GT(boost::json::parse(machine.out).at("estimate").at("states").as_double(), 50'000);
    EXPECT_FALSE(has(ran.out, "ranks")) << ran.out;
    const Ran ranks = explore({"--pages", "6", "--estimate", "--ranks", "64"});
    EXPECT_TRUE(has(ranks.out, "\n            64 ranks: ")) << ranks.out;
    const Ran ranks_object = explore({"--pages", "6", "--estimate", "--ranks", "64", "--format", "json"});
    EXPECT_GT(boost::json::parse(ranks_object.out).at("with_ranks").at("most_states").as_double(), 800);
    const Ran none = explore({"--pages", "2", "--estimate"});
    EXPECT_EQ(none.exit_code, 75);
    EXPECT_TRUE(has(none.err, "no estimate")) << none.err;
    const Scratch scratch;
    const std::string mine = scratch.file("mine.toml",
                                          "pages = 5\n[[calls]]\nop = \"munmap\"\n[[calls]]\nop = \"mmap\"\n"
                                          "map = [\"PRIVATE|ANONYMOUS|FIXED\"]\nprot = [\"READ\"]\n");
    const Ran own = explore({"--scope", mine, "--estimate"});
    EXPECT_EQ(own.exit_code, 0) << own.err;
    EXPECT_TRUE(has(own.out, "judged by 1, 2, 3, 4 pages")) << own.out;
    const Ran smaller = explore({"--scope", mine, "--pages", "2"});
    EXPECT_TRUE(has(smaller.out, "scope mine, 2 pages")) << smaller.out;
}

TEST(TourVerb, WritesTracesThatReplay) {
    const Scratch scratch;
    const Ran ran = run_program(
        {"tour", "--pages", "2", "--out", scratch.path("tour"), "--trace-calls", "100", "--progress", "none"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(has(ran.out, "each of 374 transitions between 26 states")) << ran.out;
    const Ran replayed = run_program({"replay", "--expect", scratch.path("tour")});
    EXPECT_EQ(replayed.exit_code, 0) << replayed.out;
}

TEST(TourVerb, OfAScopeThatBreaksAPropertyIsNotToBeHad) {
    const Ran ran = run_program({"tour", "--pages", "3", "--faults", "adjust-gap-not-updated", "--progress", "none"});
    EXPECT_EQ(ran.exit_code, 12);
    EXPECT_TRUE(has(ran.err, "gap-cache")) << ran.err;
}

TEST(ListVerb, ListsScopes) {
    const Ran ran = run_program({"list", "scopes"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_TRUE(has(ran.out, "peer")) << ran.out;
}

}  // namespace
