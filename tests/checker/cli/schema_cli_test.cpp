// traces/result.schema.json says what --format json prints: of each verb, whatever it comes to.
#include "tests/checker/cli/run_program.hpp"
#include "tests/support/json_schema.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

const json::value& schema() {
    static const json::value parsed = json::parse(contents(SOURCE_DIRECTORY "/traces/result.schema.json"));
    return parsed;
}

// The verdict of what the verb printed, which must be as the schema has it.
std::string verdict_of(Words words) {
    words.insert(words.end(), {"--format", "json"});
    const Ran ran = run_program(words);
    std::string line;
    for (const std::string& each : words) line += each + " ";
    SCOPED_TRACE(line);
    boost::system::error_code wrong;
    const json::value printed = json::parse(ran.out, wrong);
    EXPECT_FALSE(wrong) << ran.out << ran.err;
    if (wrong) return {};
    EXPECT_EQ(vmacheck::breach(schema(), printed), "") << ran.out.substr(0, 1000);
    return printed.at("verdict").as_string().c_str();
}

const std::string planted = "adjust-gap-not-updated";

TEST(ResultSchema, HasWhatSearchesPrint) {
    const Scratch scratch;
    const std::string out = scratch.path("found");
    EXPECT_EQ(verdict_of({"random", "--ops", "3000", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"random", "--ops", "20000", "--faults", planted, "--out", out}), "violated");
    EXPECT_EQ(verdict_of({"explore", "--pages", "3", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"explore", "--pages", "3", "--faults", planted, "--out", out}), "violated");
    EXPECT_EQ(verdict_of({"explore", "--pages", "3", "--depth", "2"}), "inconclusive");
    EXPECT_EQ(verdict_of({"explore", "--scope", "swap", "--hash-compact"}), "holds");
    EXPECT_EQ(verdict_of({"explore", "--scope", "swap", "--reduce"}), "holds");
    EXPECT_EQ(verdict_of({"explore", "--pages", "5", "--estimate"}), "inconclusive");
    EXPECT_EQ(verdict_of({"explore", "--pages", "2", "--estimate"}), "inconclusive");
    EXPECT_EQ(verdict_of({"explore", "--pages", "2", "--check-reduction", "--depth", "2"}), "holds");
    EXPECT_EQ(verdict_of({"conform", "--on", "model:v5.10", "--ops", "3000", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"conform", "--on", "model:v5.10-loose", "--profile", "v5.10", "--ops", "3000", "--out", out}),
              "differs");
    EXPECT_EQ(verdict_of({"probe", "--on", "model:v6.12"}), "holds");
    EXPECT_EQ(verdict_of({"faults", "detect", planted, "--engine", "explore"}), "holds");
    EXPECT_EQ(verdict_of({"faults", "detect", "fork-charge-width", "--engine", "explore"}), "differs");
    EXPECT_EQ(verdict_of({"faults", "list"}), "holds");
    EXPECT_EQ(verdict_of({"tour", "--pages", "2"}), "holds");
    EXPECT_EQ(verdict_of({"tour", "--pages", "3", "--faults", planted}), "violated");
    EXPECT_EQ(verdict_of({"guide", "--ops", "3000", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"guide", "--ops", "20000", "--faults", planted, "--out", out}), "violated");
    EXPECT_EQ(verdict_of({"guide", "--scope", "lock", "--pages", "2", "--ops", "2000", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"reach", "merge_case_6", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"reach", "fork:EAGAIN", "--within", "1", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"prove", "--scope", "small", "--only", "brk", "--out", out}), "holds");
    EXPECT_EQ(verdict_of({"prove", "--scope", "small", "--only", "split", "--faults", "split-pgoff", "--out", out}),
              "violated");
}

TEST(ResultSchema, HasWhatCampaignsPrint) {
    const Scratch scratch;
    const auto shard = [&](const std::string& number) {
        const Words words{"campaign",
                          "--ops",
                          "2000",
                          "--shard",
                          number + "/2",
                          "--db",
                          scratch.path(number + ".db"),
                          "--out",
                          scratch.path("found"),
                          "--format",
                          "json",
                          "--progress",
                          "none"};
        EXPECT_NE(run_program(words).exit_code, 150);
        return scratch.path(number + ".db");
    };
    const std::string first = shard("1");
    const std::string second = shard("2");
    EXPECT_EQ(verdict_of({"merge", first, second}), "holds");
    EXPECT_EQ(verdict_of({"compare", first, second}), "differs");
    EXPECT_EQ(verdict_of({"campaign", "--ops", "2000", "--faults", planted, "--out", scratch.path("planted")}),
              "violated");
}

TEST(ResultSchema, HasWhatVerbsAboutTracesPrint) {
    const Scratch scratch;
    const std::string trace = SOURCE_DIRECTORY "/traces/faults/av-double-reuse.jsonl";
    EXPECT_EQ(verdict_of({"replay", trace}), "violated");
    EXPECT_EQ(verdict_of({"replay", SOURCE_DIRECTORY "/traces/corpus/merge"}), "holds");
    const std::string wrong = scratch.file(
        "wrong.jsonl",
        "{\"vmacheck-trace\":1}\n{\"op\":\"munmap\",\"addr\":\"0x1000\",\"len\":\"0x1000\",\"ret\":\"EINVAL\"}\n");
    EXPECT_EQ(verdict_of({"replay", wrong}), "differs");
    EXPECT_EQ(verdict_of({"replay", scratch.path("none")}), "error");
    EXPECT_EQ(verdict_of({"explain", trace}), "violated");
    EXPECT_EQ(verdict_of({"explain", wrong}), "differs");
    EXPECT_EQ(verdict_of({"explain", SOURCE_DIRECTORY "/traces/corpus/merge/case6-far-faulted.jsonl"}), "holds");
    EXPECT_EQ(verdict_of({"explain", SOURCE_DIRECTORY "/traces/corpus/uffd/fork-drops.jsonl"}), "holds");
    EXPECT_EQ(verdict_of({"minimise", trace, "--out", scratch.path("small.jsonl")}), "violated");
    EXPECT_EQ(verdict_of({"diff", "v5.10", "v6.18", "--ops", "2000"}), "holds");
    EXPECT_EQ(verdict_of({"diff", "v6.18", "v6.18+anon-merge=strict", "--ops", "2000"}), "holds");
    EXPECT_EQ(verdict_of({"diff", "v6.18", "v6.19"}), "error");
    for (const std::string what :
         {"profiles", "policies", "faults", "events", "operations", "properties", "scopes", "cells"})
        EXPECT_EQ(verdict_of({"list", what}), "holds");
}

TEST(ResultSchema, HasWhatIsPrintedOfBadInput) {
    for (const std::string verb : {"campaign", "random", "guide"})
        EXPECT_EQ(verdict_of({verb, "--seed", "-3"}), "error");
    EXPECT_EQ(verdict_of({"explore", "--scope", "none"}), "error");
    EXPECT_EQ(verdict_of({"faults", "detect", "none"}), "error");
    EXPECT_EQ(verdict_of({"faults", "detect", "--engine", "none", planted}), "error");
    EXPECT_EQ(verdict_of({"minimise", "/nowhere/at-all"}), "error");
    EXPECT_EQ(verdict_of({"reach", "nothing"}), "error");
}

TEST(ResultSchema, RefusesOtherObjects) {
    for (const std::string text : {R"({"verb":"list","verdict":"holds"})", R"({"verb":"none","verdict":"holds"})",
                                   R"({"verb":"list","verdict":"maybe","what":"","rows":[]})",
                                   R"({"verb":"list","verdict":"holds","what":"","rows":[],"more":1})"})
        EXPECT_NE(vmacheck::breach(schema(), json::parse(text)), "") << text;
}

}  // namespace
