// The command line: whatever is given, one clear line or one JSON object, and the exit code that is documented.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

const std::string good_trace =
    "{\"vmacheck-trace\":1}\n"
    "{\"op\":\"mmap\",\"addr\":\"0x10000\",\"len\":\"0x6000\",\"prot\":[\"READ\",\"WRITE\"],"
    "\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\"],\"ret\":\"0x10000\"}\n";
const std::string wrong_result =
    "{\"vmacheck-trace\":1}\n{\"op\":\"munmap\",\"addr\":\"0x10000\",\"len\":\"0x1000\",\"ret\":\"EINVAL\"}\n";
const std::string expects_violation =
    "{\"vmacheck-trace\":1,\"expect\":\"violated\"}\n"
    "{\"op\":\"munmap\",\"addr\":\"0x10000\",\"len\":\"0x1000\",\"ret\":0}\n";

// A VMA that may be written without VM_MAYWRITE.
const std::string broken_start =
    "{\"vmacheck-trace\":1,\"layout\":[{\"proc\":0,\"vmas\":[{\"start\":\"0x10000\",\"end\":\"0x11000\","
    "\"flags\":[\"READ\",\"WRITE\",\"MAYREAD\"],\"pgoff\":16}]}]}\n";

std::string recording(const std::string& name) {
    return std::string(RECORDINGS_DIRECTORY) + "/" + name;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// What replay prints of the one trace it was given and could not read.
const std::string tally_of_one_bad = "1 trace, 0 steps, 0 results compared: 1 failed\n";

// Bad input: exit 150, no result on standard output, and one line that says what is wrong.
void expect_refused(const Words& arguments, const Words& said) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_TRUE(ran.out.empty() || ran.out == tally_of_one_bad) << ran.out;
    EXPECT_EQ(ran.err.rfind("vmacheck: ", 0), 0u) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(!ran.err.empty() && ran.err.back() == '\n');
    for (const std::string& each : said) EXPECT_TRUE(has(ran.err, each)) << each << " is not in: " << ran.err;
}

// Exactly one JSON object on standard output.
json::object object_of(const Ran& ran) {
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
    json::error_code error;
    const json::value value = json::parse(ran.out, error);
    EXPECT_FALSE(error) << ran.out;
    return value.is_object() ? value.as_object() : json::object();
}

void expect_error_object(const Words& arguments, const std::string& said) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.exit_code, 150);
    const json::object object = object_of(ran);
    ASSERT_TRUE(object.contains("verdict") && object.contains("errors") && object.contains("verb"));
    EXPECT_EQ(object.at("verdict"), "error");
    ASSERT_EQ(object.at("errors").as_array().size(), 1u);
    EXPECT_TRUE(has(object.at("errors").as_array()[0].as_string().c_str(), said)) << ran.out;
}

// What was asked for stays as it was, but for what the proposal is about.
TEST(Cli, proposes_the_same_again) {
    const Scratch scratch;
    const std::string out = scratch.path("o p");
    const std::string quoted = "'" + out + "'";
    struct Proposal {
        Words given;
        std::string proposed;
    };
    for (const Proposal& each :
         {Proposal{
              {"random", "--max-vmas", "5", "--faults", "", "--ops", "90", "--seed", "7", "--jobs", "2", "--out", out},
              "random --seed 8 --ops 90 --max-vmas 5 --out " + quoted + " --faults ''"},
          Proposal{{"guide", "--ops", "90", "--units", "1", "--pages", "9", "--processes", "1", "--out", out},
                   "guide --ops 90 --units 1 --pages 9 --processes 1 --out " + quoted + " --seed 2"},
          Proposal{{"explore", "--pages", "2", "--depth", "2", "--keep-shape", "--store", scratch.path("store")},
                   "explore --pages 2 --store " + scratch.path("store") + " --keep-shape"},
          Proposal{{"explore", "--pages", "2", "--keep-shape", "--depth", "99", "--cells"},
                   "explore --pages 3 --depth 99 --keep-shape --scope peer --estimate"},
          Proposal{{"explore", "--pages", "2", "--keep-shape=false"}, "explore --pages 3 --scope peer --estimate"},
          Proposal{{"tour", "--pages", "2", "--trace-calls", "50"}, "tour --pages 2 --trace-calls 50 --out tour"},
          Proposal{{"prove", "--scope", "small", "--only", "brk, first", "--units-per-query", "1", "--out", out},
                   "prove --scope small --only 'brk, first' --units-per-query 2 --out " + quoted},
          Proposal{{"reach", "mremap:EACCES", "--units", "1", "--within", "2", "--ops", "9", "--out", out},
                   "reach mremap:EACCES --within 2 --ops 36 --units 4 --out " + quoted}}) {
        const Ran ran = run_program(each.given);
        const std::string last = ran.out.substr(std::min(ran.out.size(), ran.out.rfind("\nnext: ")));
        EXPECT_EQ(last, "\nnext: ./vmacheck " + each.proposed + "\n") << ran.out << ran.err;
    }
}

TEST(Cli, warns_of_an_expected_property_that_is_not_there) {
    const Scratch scratch;
    const std::string trace = scratch.file("t.jsonl", "{\"vmacheck-trace\":1,\"expect\":{\"violated\":\"nope\"}}\n");
    const Ran ran = run_program({"replay", trace});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(ran.err, "vmacheck: " + trace +
                           ": expects 'nope', which is no property here; those from outside come with --properties\n");
}

TEST(Cli, proposes_commands_that_a_shell_takes) {
    const Scratch scratch;
    const std::string trace = scratch.file("it's one.jsonl", wrong_result);
    const Ran ran = run_program({"replay", trace});
    EXPECT_EQ(ran.exit_code, 13);
    EXPECT_TRUE(has(ran.out, "\nnext: ./vmacheck explain '" + scratch.path("it'\\''s one.jsonl") + "'\n")) << ran.out;
}

TEST(CommandLine, UnknownVerbIsNamed) {
    expect_refused({"bogus"},
                   {"'bogus'",
                    "campaign, explore, tour, random, guide, reach, prove, replay, explain, minimise, export, "
                    "merge, compare, conform, probe, diff, import, record, faults, list"});
    expect_refused({"--bogus"},
                   {"'--bogus'",
                    "campaign, explore, tour, random, guide, reach, prove, replay, explain, minimise, export, "
                    "merge, compare, conform, probe, diff, import, record, faults, list"});
    expect_refused({},
                   {"no verb",
                    "campaign, explore, tour, random, guide, reach, prove, replay, explain, minimise, export, merge, "
                    "compare, conform, probe, diff, import, record, faults, list"});
    expect_refused({"two\nlines"}, {"two\\x0alines"});
}

TEST(CommandLine, BadOptions) {
    const Scratch scratch;
    const std::string trace = scratch.file("good.jsonl", good_trace);
    for (const std::string verb : {"replay", "explain"}) {
        expect_refused({verb, "--bogus", trace}, {"--bogus", "vmacheck " + verb + " --help"});
        expect_refused({verb, "--profile", "v0", trace}, {"'v0'", "vmacheck list profiles"});
        expect_refused({verb, "--faults", "no-such", trace}, {"'no-such'", "vmacheck list faults"});
        expect_refused({verb, "--shipped", "perhaps", trace}, {"--shipped", "perhaps"});
        expect_refused({verb}, {"required"});
    }
    expect_refused({"replay", "--format", "xml", trace}, {"--format", "xml"});
    expect_refused({"list", "nonsense"}, {"nonsense", "properties"});
    expect_refused({"import", recording("sqlite3.strace")}, {"--layout", "required"});
}

TEST(CommandLine, HelpAndVersion) {
    const Ran version = run_program({"--version"});
    EXPECT_EQ(version.exit_code, 0);
    EXPECT_EQ(version.out, "vmacheck " VMACHECK_VERSION "\n");
    const Ran help = run_program({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    for (const std::string each : {"   12  ", "   13  ", "   14  ", "   75  ", "  150  ", "  255  "})
        EXPECT_TRUE(has(help.out, each)) << each;
    EXPECT_TRUE(has(run_program({"import", "--help"}).out, "standard output"));
}

TEST(CommandLine, WhatIsNoFile) {
    const Scratch scratch;
    const std::string fifo = scratch.path("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    const std::string missing = scratch.path("missing.jsonl");
    for (const std::string verb : {"replay", "explain"}) {
        expect_refused({verb, missing}, {missing, "no such file"});
        expect_refused({verb, fifo}, {fifo, "not a regular file"});
        expect_refused({verb, "/dev/zero"}, {"/dev/zero", "not a regular file"});
    }
    expect_refused({"explain", scratch.path("")}, {"not a regular file"});
    const std::string layout = recording("sqlite3.layout");
    const std::string log = recording("sqlite3.strace");
    for (const std::string& bad : {fifo, std::string("/dev/zero"), scratch.path("")}) {
        expect_refused({"import", "--layout", layout, bad}, {bad, "not a regular file"});
        expect_refused({"import", "--layout", bad, log}, {bad, "not a regular file"});
        expect_refused({"import", "--layout", layout, "--maps", bad, log}, {bad, "not a regular file"});
    }
    expect_refused({"import", "--layout", layout, missing}, {missing, "no such file"});
}

TEST(CommandLine, TextsThatAreNoTrace) {
    const Scratch scratch;
    const std::string empty = scratch.file("empty.jsonl", "");
    const std::string junk = scratch.file("junk.jsonl", std::string("\x7f"
                                                                    "ELF\x02\x01\0\0\xff\xfe\n\r\0",
                                                                    13));
    for (const std::string verb : {"replay", "explain"}) {
        expect_refused({verb, empty}, {empty + ":1:1: ", "empty"});
        expect_refused({verb, junk}, {junk + ":1:1: ", "not JSON", "is this a vmacheck trace?"});
    }
    expect_refused({"import", "--layout", junk, recording("sqlite3.strace")}, {junk + ":1:"});
}

TEST(CommandLine, DirectoriesOfTraces) {
    const Scratch scratch;
    expect_refused({"replay", scratch.path("")}, {"no *.jsonl"});
    std::filesystem::create_directories(scratch.path("inner/folder.jsonl"));
    (void)scratch.file("inner/folder.jsonl/good.jsonl", good_trace);
    const Ran ran = run_program({"replay", scratch.path("")});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(has(ran.out, "\n1 trace, 1 step, 1 result compared: all hold\n")) << ran.out;
}

TEST(CommandLine, ExitCodesOfReplay) {
    const Scratch scratch;
    const std::string differs = scratch.file("differs.jsonl", wrong_result);
    const std::string unmet = scratch.file("unmet.jsonl", expects_violation);
    const std::string start = scratch.file("start.jsonl", broken_start);
    EXPECT_EQ(run_program({"replay", differs}).exit_code, 13);
    EXPECT_EQ(run_program({"explain", differs}).exit_code, 13);
    EXPECT_EQ(run_program({"replay", unmet}).exit_code, 0);
    EXPECT_EQ(run_program({"replay", "--expect", unmet}).exit_code, 13);
    const Ran violated = run_program({"replay", start});
    EXPECT_EQ(violated.exit_code, 12);
    EXPECT_TRUE(has(violated.out, "    the starting layout (line 1): ")) << violated.out;
    const Ran explained = run_program({"explain", start});
    EXPECT_EQ(explained.exit_code, 12);
    EXPECT_TRUE(has(explained.out, "violated at the starting layout (line 1): ")) << explained.out;
    EXPECT_EQ(run_program({"replay", start, differs, "--format", "json"}).exit_code, 12);
}

TEST(CommandLine, JsonIsOneObject) {
    const Scratch scratch;
    const json::object good =
        object_of(run_program({"replay", "--format", "json", scratch.file("good.jsonl", good_trace)}));
    EXPECT_EQ(good.at("verdict"), "holds");
    EXPECT_EQ(good.at("steps"), 1);
    for (const std::string what : {"profiles", "policies", "faults", "events", "properties", "cells"}) {
        const json::object list = object_of(run_program({"list", what, "--format", "json"}));
        ASSERT_TRUE(list.contains("rows"));
        const std::string text = run_program({"list", what}).out;
        const std::size_t head = text.rfind("# name ", 0) == 0 ? 1 : 0;
        ASSERT_EQ(list.at("rows").as_array().size() + head,
                  static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
        EXPECT_FALSE(list.at("rows").as_array().empty());
        for (const json::value& each : list.at("rows").as_array())
            EXPECT_TRUE(has(text, each.as_object().at("name").as_string().c_str()));
    }
}

TEST(CommandLine, JsonIsOneObjectAlsoWhereNothingCouldBeDone) {
    const Scratch scratch;
    const std::string trace = scratch.file("good.jsonl", good_trace);
    expect_error_object({"replay", "--format", "json", scratch.path("missing")}, "no such file");
    expect_error_object({"replay", "--format", "json", scratch.file("empty", "")}, "empty");
    expect_error_object({"replay", "--format=json", "--profile", "v0", trace}, "'v0'");
    expect_error_object({"list", "--format", "json", "nonsense"}, "nonsense");
    expect_error_object({"explain", "--format", "json", scratch.path("missing")}, "no such file");
    expect_error_object({"explain", "--format", "json", "--profile", "v0", trace}, "'v0'");
}

TEST(CommandLine, ImportWritesToStandardOutput) {
    const Scratch scratch;
    const std::string log = scratch.file("sqlite3.strace", contents(recording("sqlite3.strace")));
    const std::string layout = recording("sqlite3.layout");
    const Ran plain = run_program({"import", "--layout", layout, log});
    EXPECT_EQ(plain.exit_code, 0);
    EXPECT_EQ(plain.out.rfind("{\"vmacheck-trace\":1", 0), 0u);
    EXPECT_TRUE(has(plain.err, log + ": ")) << plain.err;
    EXPECT_EQ(scratch.names(), Words{"sqlite3.strace"}) << "something was written beside the log";

    const Ran checked = run_program({"import", "--layout", layout, "--check", log});
    EXPECT_EQ(checked.exit_code, 0) << checked.out;
    EXPECT_FALSE(has(checked.out, "vmacheck-trace"));
    EXPECT_TRUE(has(checked.out, "replayed ")) << checked.out;
    EXPECT_EQ(scratch.names(), Words{"sqlite3.strace"});

    const Ran filed = run_program({"import", "--layout", layout, "-o", scratch.path("out.jsonl"), log});
    EXPECT_EQ(filed.exit_code, 0) << filed.err;
    EXPECT_EQ(filed.err, "");
    EXPECT_EQ(contents(scratch.path("out.jsonl")), plain.out);
    EXPECT_EQ(scratch.names(), (Words{"out.jsonl", "sqlite3.strace"}));
    EXPECT_EQ(run_program({"replay", scratch.path("out.jsonl")}).exit_code, 0);
}

// That nothing differs says something only where something was compared.
TEST(CommandLine, ImportChecksNothingWithoutCalls) {
    const Scratch scratch;
    const std::string log = recording("sqlite3.strace");
    const std::string layout = recording("sqlite3.layout");
    const std::string empty = scratch.file("empty", "");
    expect_refused({"import", "--check", "--layout", layout, empty}, {empty, "nothing to compare"});
    expect_refused({"import", "--check", "--layout", empty, log}, {empty, "nothing to compare"});
}

TEST(CommandLine, HelpSaysWhatAnOptionStandsInsteadOf) {
    EXPECT_TRUE(has(run_program({"replay", "--help"}).out, "the trace's"));
    const Ran help = run_program({"campaign", "--help"});
    EXPECT_FALSE(has(help.out, "the trace's")) << help.out;
    EXPECT_FALSE(has(help.out, "historical")) << help.out;
}

TEST(CommandLine, UnwritableOutput) {
    const Scratch scratch;
    const std::string log = recording("sqlite3.strace");
    const std::string layout = recording("sqlite3.layout");
    const std::string nowhere = scratch.path("no-such-folder/out.jsonl");
    expect_refused({"import", "--layout", layout, "-o", nowhere, log}, {nowhere, "cannot be written"});
    // What is no regular file is not replaced by one.
    const std::string fifo = scratch.path("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    expect_refused({"import", "--layout", layout, "-o", fifo, log}, {fifo, "not a regular file"});
    expect_refused({"import", "--layout", layout, "-o", scratch.path(""), log}, {"not a regular file"});
    EXPECT_TRUE(std::filesystem::is_fifo(fifo));
    EXPECT_EQ(scratch.names(), Words{"fifo"}) << "something half-written was left";

    const Ran full = run_program({"import", "--layout", layout, log}, "/dev/full");
    EXPECT_EQ(full.exit_code, 150);
    EXPECT_EQ(full.err, "vmacheck: standard output cannot be written: No space left on device\n");
    EXPECT_EQ(run_program({"list", "events"}, "/dev/full").exit_code, 150);
    EXPECT_EQ(run_program({"list", "events", "--format", "json"}, "/dev/full").exit_code, 150);
}

}  // namespace
