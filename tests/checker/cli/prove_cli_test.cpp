// The verb prove: exit codes, output, the trace of a finding, and the solver's questions as files.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

const Words quick{"prove", "--scope", "small", "--progress", "none"};

Ran prove(const Words& more) {
    Words words = quick;
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
}

TEST(ProveVerb, ProvedWithTheSameBytesForAnyNumberOfThreads) {
    const Scratch scratch;
    const Ran one = prove({"--only", "mmap, anonymous", "--jobs", "1", "--out", scratch.path("found")});
    EXPECT_EQ(one.exit_code, 0) << one.err;
    EXPECT_EQ(one.out.rfind("proved      v5.10: 1 obligation proved from 72 start states\n", 0), 0u) << one.out;
    EXPECT_NE(one.out.find("\nnext: ./vmacheck prove"), std::string::npos);
    EXPECT_EQ(prove({"--only", "mmap, anonymous", "--jobs", "3", "--out", scratch.path("found")}).out, one.out);
    EXPECT_TRUE(scratch.names().empty()) << "without a finding nothing is written";
}

TEST(ProveVerb, AFindingIsATraceThatReplays) {
    const Scratch scratch;
    const Ran ran =
        prove({"--only", "split, file", "--faults", "split-pgoff", "--out", scratch.path("found"), "--format", "json"});
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    const json::object object = json::parse(ran.out).as_object();
    EXPECT_EQ(object.at("verb").as_string(), "prove");
    EXPECT_EQ(object.at("verdict").as_string(), "violated");
    EXPECT_GT(object.at("runs").to_number<std::uint64_t>(), 0u);
    EXPECT_TRUE(object.at("timing").as_object().contains("cpu_s"));
    const json::object& finding = object.at("findings").at(0).as_object();
    const std::string trace(finding.at("trace").as_string());
    EXPECT_EQ(run_program({"replay", trace}).exit_code, 12);
    EXPECT_EQ(run_program({"replay", trace, "--faults", ""}).exit_code, 0);
}

TEST(ProveVerb, WithoutUnitsItIsUndecided) {
    const Scratch scratch;
    const Ran ran = prove({"--only", "mprotect to read, anonymous", "--units", "1", "--out", scratch.path("found")});
    EXPECT_EQ(ran.exit_code, 75) << ran.out;
    EXPECT_EQ(ran.out.rfind("undecided", 0), 0u) << ran.out;
    const Ran few = prove({"--only", "brk, first", "--units-per-query", "1", "--out", scratch.path("found")});
    EXPECT_EQ(few.exit_code, 75) << few.out;
    EXPECT_NE(few.out.find(": 0 obligations proved"), std::string::npos) << few.out;
    EXPECT_NE(few.out.find(" --only 'brk, first' --units-per-query 2 "), std::string::npos) << few.out;
}

TEST(ProveVerb, RefusesWhatNamesNothing) {
    const Ran ran = prove({"--only", "nothing of this name"});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_EQ(prove({"--scope", "huge"}).exit_code, 150);
}

TEST(ProveVerb, QuestionsToTheSolverAreFiles) {
    const Scratch scratch;
    const Ran ran =
        prove({"--only", "brk, first", "--dump-smt2", scratch.path("smt2"), "--out", scratch.path("found")});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(scratch.names(), std::vector<std::string>{"smt2"});
}

}  // namespace
