// The verbs random and minimise: exit codes, output, and files that are whole whatever happens.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

// Found after a few operations with any seed.
const std::string fault = "adjust-gap-not-updated";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Words with(Words first, const Words& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

void expect_refused(const Words& arguments, const std::string& said) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.exit_code, 150) << ran.out;
    EXPECT_EQ(ran.err.rfind("vmacheck: ", 0), 0u) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(has(ran.err, said)) << said << " is not in: " << ran.err;
}

json::object object_of(const Ran& ran) {
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
    return json::parse(ran.out).as_object();
}

TEST(RandomVerb, HoldsWithTheNextCommandAtTheEnd) {
    const Scratch scratch;
    const Ran ran = run_program({"random", "--ops", "3000", "--out", scratch.path("found"), "--progress", "none"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(ran.out.rfind("holds       v5.10, seed 1: 3000 steps in 2 cases", 0), 0u) << ran.out;
    const std::string next = "\nnext: ./vmacheck random --ops 3000 --out " + scratch.path("found") + " --seed 2\n";
    EXPECT_TRUE(has(ran.out, next)) << ran.out;
    EXPECT_LE(std::count(ran.out.begin(), ran.out.end(), '\n'), 24);
    EXPECT_TRUE(scratch.names().empty()) << "without a finding nothing is written";
}

TEST(RandomVerb, SameBytesForAnyNumberOfThreads) {
    const Scratch scratch;
    for (const Words& more : {Words{}, Words{"--faults", fault}}) {
        const auto run = [&](const std::string& jobs) {
            const Words arguments{"random",     "--ops", "9000", "--jobs", jobs, "--out", scratch.path("found"),
                                  "--progress", "none"};
            return run_program(with(arguments, more)).out;
        };
        const std::string one = run("1");
        EXPECT_TRUE(has(one, "digest      0x")) << one;
        EXPECT_EQ(run("2"), one);
        EXPECT_EQ(run("3"), one);
    }
}

TEST(RandomVerb, AFindingIsMinimisedWrittenAndReplays) {
    const Scratch scratch;
    const std::string out = scratch.path("deep/found");
    const Ran ran = run_program({"random", "--faults", fault, "--out", out, "--progress", "none"});
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    for (const std::string each : {"violated ", "found       case 0, step ", "gap-cache: ", "\nshrinking   ",
                                   "\nminimised   to ", "\nstep 1", "violated at step"})
        EXPECT_TRUE(has(ran.out, each)) << each << " is not in: " << ran.out;
    EXPECT_LT(ran.out.find("found "), ran.out.find("shrinking "));
    ASSERT_TRUE(std::filesystem::is_directory(out));
    std::string trace;
    for (const auto& each : std::filesystem::directory_iterator(out)) trace = each.path();
    EXPECT_TRUE(ran.out.size() > trace.size() && has(ran.out, "\nnext: ./vmacheck explain " + trace + "\n")) << ran.out;
    EXPECT_EQ(run_program({"replay", trace}).exit_code, 12);
    EXPECT_EQ(run_program({"replay", "--expect", trace}).exit_code, 0);
    EXPECT_EQ(run_program({"replay", "--faults", "", trace}).exit_code, 0);
    EXPECT_EQ(run_program({"explain", trace}).exit_code, 12);
    // What is minimal stays as it is.
    const Ran again = run_program({"minimise", trace});
    EXPECT_EQ(again.exit_code, 12);
    EXPECT_EQ(again.out, contents(trace));
    EXPECT_TRUE(has(again.err, "shrinking   ")) << again.err;
}

TEST(RandomVerb, JsonIsOneObject) {
    const Scratch scratch;
    const std::string out = scratch.path("found");
    const Words common{"random", "--format", "json", "--out", out, "--progress", "none", "--seed", "7"};
    const json::object good = object_of(run_program(with(common, {"--ops", "5000"})));
    EXPECT_EQ(good.at("verb"), "random");
    EXPECT_EQ(good.at("verdict"), "holds");
    EXPECT_EQ(good.at("seed"), 7);
    EXPECT_EQ(good.at("profile"), "v5.10");
    EXPECT_TRUE(good.at("faults").as_array().empty());
    EXPECT_EQ(good.at("steps"), 5000);
    EXPECT_TRUE(good.at("findings").as_array().empty());
    EXPECT_GT(good.at("coverage").as_object().at("outcomes").as_object().at("mmap").as_object().at("0").as_int64(), 0);
    EXPECT_TRUE(good.at("timing").as_object().contains("elapsed_s"));

    const Ran ran = run_program(with(common, {"--faults", fault}));
    EXPECT_EQ(ran.exit_code, 12);
    const json::object bad = object_of(ran);
    EXPECT_EQ(bad.at("verdict"), "violated");
    EXPECT_EQ(bad.at("faults").at(0).as_string(), fault.c_str());
    EXPECT_EQ(bad.at("shipped"), false);
    ASSERT_EQ(bad.at("findings").as_array().size(), 1u);
    const json::object& finding = bad.at("findings").as_array()[0].as_object();
    EXPECT_EQ(finding.at("property"), "gap-cache");
    EXPECT_EQ(finding.at("on"), "model");
    EXPECT_LE(finding.at("ops").as_int64(), finding.at("found_ops").as_int64());
    const std::string trace = finding.at("trace").as_string().c_str();
    EXPECT_EQ(finding.at("replay").as_string(), "./vmacheck replay " + trace);
    EXPECT_EQ(run_program({"replay", trace}).exit_code, 12);
}

TEST(RandomVerb, ProgressGoesToStandardError) {
    const Scratch scratch;
    const Ran ran = run_program({"random", "--ops", "500", "--out", scratch.path("found"), "--progress", "plain"});
    EXPECT_TRUE(has(ran.err, "random: 500 steps in ")) << ran.err;
    EXPECT_FALSE(has(ran.out, " steps in 0.")) << ran.out;
}

TEST(RandomVerb, ProgressForProgramsIsAnObjectALine) {
    const Scratch scratch;
    const Ran ran = run_program({"random", "--ops", "500", "--out", scratch.path("found"), "--progress", "json"});
    std::istringstream lines(ran.err);
    json::object last;
    for (std::string line; std::getline(lines, line);) last = json::parse(line).as_object();
    EXPECT_EQ(last.at("verb").as_string(), "random");
    EXPECT_TRUE(last.at("ended").as_bool());
    EXPECT_EQ(last.at("done").to_number<int>(), 500);
    EXPECT_EQ(last.at("unit").as_string(), "steps");
    EXPECT_GT(last.at("memory_bytes").to_number<std::uint64_t>(), 1'000'000u);
    EXPECT_GE(last.at("elapsed_s").as_double(), 0);
}

TEST(RandomVerb, BadOptions) {
    const Scratch scratch;
    expect_refused({"random", "--jobs", "0"}, "--jobs");
    expect_refused({"random", "--ops", "0"}, "--ops");
    expect_refused({"random", "--ops", "many"}, "--ops");
    expect_refused({"random", "--seed", "-1"}, "--seed");
    expect_refused({"random", "--processes", "17"}, "--processes");
    expect_refused({"random", "--pages", "3"}, "--pages");
    expect_refused({"random", "--max-vmas", "0"}, "--max-vmas");
    expect_refused({"random", "--faults", "no-such"}, "'no-such'");
    expect_refused({"random", "--progress", "loud"}, "--progress");
    const std::string file = scratch.file("file", "");
    expect_refused({"random", "--ops", "10", "--out", file}, "not a directory");
    expect_refused({"random", "--ops", "10", "--out", file + "/below"}, "not a directory");
    const Ran ran = run_program({"random", "--ops", "10", "--out", file, "--format", "json"});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_EQ(object_of(ran).at("verdict"), "error");
}

// Whenever it is killed, a trace that has its name is a whole one that shows what was found.
TEST(RandomVerb, AKilledRunLeavesWholeTraces) {
    const Scratch scratch;
    std::size_t traces = 0;
    constexpr unsigned runs = 16;
    for (unsigned i = 0; i < runs; ++i) {
        const std::string out = scratch.path(std::to_string(i));
        const Words arguments{"random", "--seed", std::to_string(i), "--faults", "stack-growth-charge", "--jobs", "2",
                              "--out",  out,      "--progress",      "none"};
        if (i + 1 < runs)
            kill_program(arguments, 5 + 20 * i);
        else
            EXPECT_EQ(run_program(arguments).exit_code, 12);  // one that is left alone
        if (!std::filesystem::exists(out)) continue;
        for (const auto& each : std::filesystem::directory_iterator(out)) {
            if (each.path().extension() != ".jsonl") continue;
            ++traces;
            EXPECT_EQ(run_program({"replay", "--expect", each.path()}).exit_code, 0) << contents(each.path());
        }
    }
    EXPECT_GT(traces, 0u);
}

TEST(MinimiseVerb, ExitCodesAndFiles) {
    const Scratch scratch;
    const std::string mmap =
        "{\"op\":\"mmap\",\"addr\":\"0x50000\",\"len\":\"0x6000\",\"prot\":[\"READ\",\"WRITE\"],"
        "\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\"]}\n";
    const std::string good = scratch.file("good.jsonl", "{\"vmacheck-trace\":1}\n" + mmap);
    const Ran holds = run_program({"minimise", good, "--out", scratch.path("none.jsonl")});
    EXPECT_EQ(holds.exit_code, 0);
    EXPECT_TRUE(has(holds.out, "nothing to minimise")) << holds.out;
    EXPECT_EQ(scratch.names(), Words{"good.jsonl"});

    // The growth of the stack is charged for good, whatever else happens.
    const std::string stack =
        "{\"op\":\"mmap\",\"addr\":\"0x800000\",\"len\":\"0x2000\",\"prot\":[\"READ\",\"WRITE\"],"
        "\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\",\"GROWSDOWN\",\"NORESERVE\"]}\n";
    const std::string growth = "{\"op\":\"fault\",\"addr\":\"0x7ff000\",\"access\":\"write\"}\n";
    const std::string bad = scratch.file("bad.jsonl", "{\"vmacheck-trace\":1}\n" + mmap + stack + mmap + growth + mmap);
    const std::string out = scratch.path("small.jsonl");
    EXPECT_EQ(run_program({"minimise", bad, "--out", out}).exit_code, 0) << "the bug is off";
    const Ran ran = run_program({"minimise", bad, "--shipped", "on", "--out", out});
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    EXPECT_TRUE(has(ran.out, "violated    " + bad + "\n    step 4 (line 5): committed: ")) << ran.out;
    EXPECT_TRUE(has(ran.out, "\nshrinking   5 operations\nminimised   to 2 operations: " + out + "\nnext: "))
        << ran.out;
    EXPECT_TRUE(has(contents(out), "\"faults\":[\"stack-growth-charge\"]")) << contents(out);
    EXPECT_EQ(run_program({"replay", "--expect", out}).exit_code, 0);
    EXPECT_EQ(scratch.names(), (Words{"bad.jsonl", "good.jsonl", "small.jsonl"}));

    const json::object object =
        object_of(run_program({"minimise", bad, "--shipped", "on", "--out", out, "--format", "json"}));
    EXPECT_EQ(object.at("verdict"), "violated");
    EXPECT_EQ(object.at("findings").as_array().at(0).as_object().at("ops"), 2);
}

// Broken properties are minimised, not results that differ: but that they do is said.
TEST(MinimiseVerb, SaysThatResultsDiffer) {
    const Scratch scratch;
    const std::string trace = scratch.file(
        "t.jsonl", "{\"vmacheck-trace\":1}\n{\"op\":\"munmap\",\"addr\":\"0x1000\",\"len\":\"0x0\",\"ret\":0}\n");
    const Ran ran = run_program({"minimise", trace, "--out", scratch.path("small.jsonl")});
    EXPECT_EQ(ran.exit_code, 13) << ran.err;
    EXPECT_EQ(ran.out.rfind("differs     " + trace + ": every property holds, 1 difference;", 0), 0u) << ran.out;
    EXPECT_TRUE(has(ran.out, "\nnext: ./vmacheck replay " + trace + "\n")) << ran.out;
    const Ran object = run_program({"minimise", trace, "--out", scratch.path("small.jsonl"), "--format", "json"});
    EXPECT_EQ(object.exit_code, 13);
    EXPECT_EQ(object_of(object).at("verdict"), "differs");
    EXPECT_EQ(scratch.names(), Words{"t.jsonl"});
}

TEST(MinimiseVerb, BadInput) {
    const Scratch scratch;
    const std::string trace = scratch.file("trace.jsonl", "{\"vmacheck-trace\":1}\n");
    expect_refused({"minimise", scratch.path("missing")}, "no such file");
    expect_refused({"minimise", scratch.file("empty", "")}, "empty");
    expect_refused({"minimise", trace, "--property", "no-such"}, "'no-such'");
    expect_refused({"minimise", trace, "--profile", "v0"}, "'v0'");
    const Ran ran = run_program({"minimise", trace, "--format", "json"});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_TRUE(has(ran.err, "--out")) << ran.err;
}

}  // namespace
