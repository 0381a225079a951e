// The verbs guide and reach: exit codes, output, the traces they write, and the questions they dump.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Without what depends on the clock.
json::object object_of(const Ran& ran) {
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
    json::object object = json::parse(ran.out).as_object();
    object.erase("timing");
    return object;
}

TEST(ReachVerb, WritesATraceThatReplaysAndSaysHow) {
    const Scratch scratch;
    const Ran ran = run_program({"reach", "merge_case_6", "--out", scratch.path("reached")});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.out.rfind("reached     event/merge_case_6 in 3 operations, and in no fewer\n", 0), 0u) << ran.out;
    EXPECT_TRUE(has(ran.out, "\n  case 6  ")) << ran.out;
    const std::string trace = scratch.path("reached/merge_case_6.jsonl");
    EXPECT_TRUE(has(ran.out, "\nnext: ./vmacheck explain " + trace + "\n")) << ran.out;
    const Ran replayed = run_program({"replay", "--expect", trace});
    EXPECT_EQ(replayed.exit_code, 0) << replayed.out;
}

TEST(ReachVerb, TellsUnreachableFromUndecided) {
    const Scratch scratch;
    const Words out{"--out", scratch.path("reached"), "--format", "json"};
    const auto run = [&](Words words) {
        words.insert(words.end(), out.begin(), out.end());
        return run_program(words);
    };
    const Ran unreachable = run({"reach", "merge_case_6", "--within", "2"});
    EXPECT_EQ(unreachable.exit_code, 0);
    EXPECT_EQ(object_of(unreachable).at("answer").as_string(), "unreachable");
    EXPECT_EQ(object_of(unreachable).at("verdict").as_string(), "holds");
    const Ran undecided = run({"reach", "merge_case_6", "--ops", "100"});
    EXPECT_EQ(undecided.exit_code, 75);
    EXPECT_EQ(object_of(undecided).at("answer").as_string(), "undecided");
    EXPECT_EQ(object_of(undecided).at("verdict").as_string(), "inconclusive");
    EXPECT_TRUE(scratch.names().empty()) << "no trace of what was not reached";
    const Ran wrong = run_program({"reach", "merge_case_9"});
    EXPECT_EQ(wrong.exit_code, 150);
    EXPECT_TRUE(has(wrong.err, "unknown goal 'merge_case_9'; give an event")) << wrong.err;
}

TEST(GuideVerb, RepeatsAndDumpsItsQuestions) {
    const Scratch scratch;
    const auto run = [&](const std::string& questions) {
        return run_program({"guide", "--ops", "2000", "--out", scratch.path("found"), "--progress", "none", "--format",
                            "json", "--dump-smt2", scratch.path(questions)});
    };
    const Ran first = run("a");
    const Ran second = run("b");
    EXPECT_EQ(first.exit_code, 0) << first.err;
    const json::object object = object_of(first);
    EXPECT_EQ(object, object_of(second));
    EXPECT_GT(object.at("queries").to_number<int>(), 50);
    int files = 0;
    for (const auto& each : std::filesystem::directory_iterator(scratch.path("a"))) {
        ++files;
        const std::string same = scratch.path("b/" + each.path().filename().string());
        EXPECT_EQ(contents(each.path()), contents(same));
    }
    EXPECT_EQ(files, object.at("queries").to_number<int>());
}

TEST(GuideVerb, AFindingIsMinimisedAndWritten) {
    const Scratch scratch;
    const Ran ran = run_program(
        {"guide", "--faults", "adjust-gap-not-updated", "--out", scratch.path("found"), "--progress", "none"});
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    EXPECT_EQ(ran.out.rfind("violated    v5.10 with adjust-gap-not-updated, seed 1: ", 0), 0u) << ran.out;
    const std::string trace = scratch.path("found/gap-cache-guide-seed1.jsonl");
    EXPECT_TRUE(has(ran.out, "\nnext: ./vmacheck explain " + trace + "\n")) << ran.out;
    EXPECT_EQ(run_program({"replay", "--expect", trace}).exit_code, 0);
    EXPECT_EQ(run_program({"replay", "--faults", "", trace}).exit_code, 0) << "it is the fault";
}

TEST(GuideVerb, StaysWithinAScopeAndListsItsCells) {
    const Words words{"guide", "--scope", "lock",       "--pages", "2",        "--ops", "3000",
                      "--out", "found",   "--progress", "none",    "--format", "json"};
    const json::object object = object_of(run_program(words));
    EXPECT_EQ(object, object_of(run_program(words)));
    EXPECT_EQ(object.at("scope").as_string(), "lock");
    const json::object& cells = object.at("cells").as_object();
    EXPECT_GT(cells.size(), 40u);
    EXPECT_TRUE(cells.contains("errno/mlock/ok"));
    EXPECT_FALSE(cells.contains("errno/brk/ok")) << "the scope has no brk";
}

TEST(GuideVerb, RefusesAScopeThatIsNotOne) {
    for (const Words& wrong : {Words{"--scope", "nowhere"}, Words{"--scope", "peer", "--pages", "17"},
                               Words{"--scope", "peer", "--max-vmas", "3"}, Words{"--pages", "2"}}) {
        Words words{"guide"};
        words.insert(words.end(), wrong.begin(), wrong.end());
        const Ran ran = run_program(words);
        EXPECT_EQ(ran.exit_code, 150) << wrong.back();
        EXPECT_EQ(ran.out, "");
        EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    }
}

TEST(GuideVerb, RefusesAScopeWithoutACallThatCanBeMade) {
    const Scratch scratch;
    const std::string scope = scratch.file("alone.toml", "name = \"alone\"\npages = 1\n[[calls]]\nop = \"exit\"\n");
    const Ran ran = run_program({"guide", "--scope", scope, "--out", scratch.path("found")});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_TRUE(has(ran.err, "no call of the scope can be made")) << ran.err;
}

}  // namespace
