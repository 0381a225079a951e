// vmacheck conform: exit codes, what it writes, what it says of bad input.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ConformVerb, TheModelConformsToItself) {
    const Ran ran = run_program({"conform", "--on", "model:v5.10", "--profile", "v5.10", "--ops", "3000"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_TRUE(has(ran.out, "tour of peer")) << ran.out;
    EXPECT_TRUE(has(ran.out, "next: ./vmacheck conform --on model:v5.10 --ops 3000 --profile v5.10 --seed 2"))
        << ran.out;
}

TEST(ConformVerb, TakesTheCorpusOfTheTreeWhereverItIsRun) {
    const Scratch scratch;
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(scratch.path(""));
    const Ran ran = run_program(
        {"conform", "--on", "model:v5.10", "--profile", "v5.10", "--ops", "0", "--scopes", "none", "--out", "found"});
    std::filesystem::current_path(before);
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_TRUE(has(ran.out, "traces      ")) << ran.out;
    EXPECT_FALSE(has(ran.out, "in 0 traces")) << ran.out;
}

TEST(ConformVerb, ADifferenceIsWrittenAndShownAgainByItsCommand) {
    const Scratch scratch;
    const std::string out = scratch.path("found");
    const Ran ran =
        run_program({"conform", "--on", "model:v5.10-loose", "--profile", "v5.10", "--ops", "0", "--out", out});
    EXPECT_EQ(ran.exit_code, 13) << ran.out << ran.err;
    const std::string trace = out + "/conform-01-layout-agrees.jsonl";
    ASSERT_TRUE(std::filesystem::exists(trace)) << ran.out;
    EXPECT_TRUE(has(ran.out, "again: ./vmacheck conform --on model:v5.10-loose --profile v5.10 " + trace)) << ran.out;
    const Ran again = run_program(
        {"conform", "--on", "model:v5.10-loose", "--profile", "v5.10", trace, "--out", scratch.path("again")});
    EXPECT_EQ(again.exit_code, 13) << again.out << again.err;
    EXPECT_TRUE(has(again.out, "1 with a difference")) << again.out;
}

TEST(ConformVerb, TheStatementHasARowForEachOperationAndResult) {
    const Scratch scratch;
    const std::string suite = scratch.path("statement");
    const Ran ran = run_program({"conform", "--on", "model:v5.10-loose", "--profile", "v5.10", "--ops", "20000",
                                 "--scopes", "none", "--suite", suite, "--out", scratch.path("found")});
    EXPECT_EQ(ran.exit_code, 13) << ran.out << ran.err;
    const std::string statement = contents(suite + ".md");
    EXPECT_TRUE(has(statement, "the policy would explain it: anon-merge=loose")) << statement;
    EXPECT_TRUE(has(statement, "# Conformance of model:v5.10-loose (v5.10-loose) to v5.10")) << statement;
    EXPECT_TRUE(has(statement, "| munmap | EINVAL | conforms |")) << statement;
    EXPECT_TRUE(has(statement, " | ok | differs | ")) << statement;
    EXPECT_TRUE(has(contents(suite + ".json"), "\"statement\":[{")) << statement;
}

TEST(ConformVerb, ReportsAsTheKernelsTestsDo) {
    const Scratch scratch;
    const Ran holds = run_program({"conform", "--on", "model:v5.10", "--profile", "v5.10", "--ops", "3000", "--scopes",
                                   "none", "--format", "tap"});
    EXPECT_EQ(holds.exit_code, 0) << holds.out << holds.err;
    EXPECT_TRUE(
        holds.out.starts_with("KTAP version 1\n1..3\nok 1 model:v5.10 breaks no property\n"
                              "ok 2 model:v5.10 does what the model says\nok 3 model:v5.10 was performed"))
        << holds.out;
    const Ran differs = run_program({"conform", "--on", "model:v5.10-loose", "--profile", "v5.10", "--ops", "0",
                                     "--format", "tap", "--out", scratch.path("found")});
    EXPECT_EQ(differs.exit_code, 13) << differs.out << differs.err;
    EXPECT_TRUE(has(differs.out, "\nnot ok 2 model:v5.10-loose does what the model says\n")) << differs.out;
    EXPECT_TRUE(has(differs.out, "\n# differs     layout-agrees")) << differs.out;
}

TEST(ConformVerb, GivesTheExitCodesOfGitBisect) {
    const Scratch scratch;
    const auto code = [&](const std::string& subject) {
        return run_program({"conform", "--on", subject, "--profile", "v5.10", "--ops", "0", "--bisect", "--out",
                            scratch.path("found")})
            .exit_code;
    };
    EXPECT_EQ(code("model:v5.10"), 0);
    EXPECT_EQ(code("model:v5.10-loose"), 1);
    EXPECT_EQ(code("tree:/nowhere"), 125);
}

TEST(ConformVerb, CoverageAndSanitizersAreOfTreesOnly) {
    const Scratch scratch;
    for (const char* each : {"--coverage", "--sanitize"}) {
        std::vector<std::string> words{"conform", "--on", "model:v5.10", each};
        if (words.back() == "--coverage") words.push_back(scratch.path("lines.html"));
        const Ran ran = run_program(words);
        EXPECT_EQ(ran.exit_code, 150) << ran.out;
        EXPECT_EQ(ran.err, std::string("vmacheck: ") + each + " is of a kernel tree: --on tree:PATH\n");
    }
}

TEST(ConformVerb, BadInputGetsOneLine) {
    const auto line = [](const std::vector<std::string>& words) {
        const Ran ran = run_program(words);
        EXPECT_EQ(ran.exit_code, 150) << ran.out;
        return ran.err;
    };
    EXPECT_EQ(line({"conform", "--on", "model:v4.2"}),
              "vmacheck: no profile 'v4.2'; 'vmacheck list profiles' shows them\n");
    EXPECT_TRUE(has(line({"conform", "--on", "plan9"}), "vmacheck: no subject 'plan9'; "));
    EXPECT_TRUE(has(line({"conform", "--on", "model:v5.10", "--ops", "many"}), "'many' is no number of operations"));
    EXPECT_TRUE(has(line({"conform", "--on", "model:v5.10", "--scopes", "peer,nowhere"}),
                    "no scope 'nowhere'; 'vmacheck list scopes' shows them"));
    EXPECT_TRUE(has(line({"conform"}), "--on is required"));
}

}  // namespace
