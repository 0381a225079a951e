// SIGINT and SIGTERM: a search ends with what was found so far, as undecided.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <csignal>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// None of these would end within minutes.
const std::string many = "1000000000";

struct Long {
    Words words;
    std::string said;  // besides "undecided"
};

TEST(Stop, EachSearchEndsAsUndecided) {
    const Scratch scratch;
    const Words quiet{"--out", scratch.path("found"), "--progress", "none"};
    for (const Long& each : {Long{{"random", "--ops", many}, "\nnext: ./vmacheck random --ops 1000000000 "},
                             Long{{"guide", "--ops", many}, "\nnext: ./vmacheck guide --ops 1000000000 "},
                             Long{{"explore", "--scope", "anon", "--pages", "12"}, "\nstopped     by a signal: "},
                             Long{{"prove", "--jobs", "1"}, ": stopped by a signal\n"},
                             Long{{"campaign", "--ops", many}, "units are missing: "}})
        for (const int signal : {SIGINT, SIGTERM}) {
            SCOPED_TRACE(each.words.front());
            Words words = each.words;
            words.insert(words.end(), quiet.begin(), quiet.end());
            const Ran ran = interrupt_program(words, signal);
            EXPECT_EQ(ran.exit_code, 75) << ran.out << ran.err;
            EXPECT_EQ(ran.out.rfind("undecided   v5.10", 0), 0u) << ran.out;
            EXPECT_TRUE(has(ran.out, each.said)) << ran.out;
            EXPECT_TRUE(has(ran.err, "a second signal ends at once\n")) << ran.err;
        }
}

TEST(Stop, ReachIsUndecided) {
    const Scratch scratch;
    const Ran ran = interrupt_program({"reach", "mremap:EACCES", "--within", "12", "--ops", many, "--out",
                                       scratch.path("reached"), "--format", "json"},
                                      SIGINT);
    EXPECT_EQ(ran.exit_code, 75) << ran.out << ran.err;
    EXPECT_EQ(json::parse(ran.out).at("answer"), "undecided");
}

// With --db a campaign goes on where it was stopped, to the same result.
TEST(Stop, ACampaignGoesOn) {
    const Scratch scratch;
    const std::string file = scratch.file("c.toml", "ops = 400_000\ntraces = []\n[random]\ncase_steps = 100\n");
    const Words words{"campaign", file,  "--jobs", "1", "--progress", "none", "--out", scratch.path("found"),
                      "--format", "json"};
    Words kept = words;
    kept.insert(kept.end(), {"--db", scratch.path("c.db")});
    const Ran stopped = interrupt_program(kept, SIGTERM, 50);
    EXPECT_EQ(stopped.exit_code, 75) << stopped.out << stopped.err;
    EXPECT_EQ(json::parse(stopped.out).at("complete"), false);
    const Ran ended = run_program(kept);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(json::parse(ended.out).at("digest"), json::parse(run_program(words).out).at("digest"));
}

}  // namespace
