// vmacheck record on the command line.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Whether a program may be traced here.
class RecordVerb : public testing::Test {
protected:
    void SetUp() override {
        const Ran ran = run_program({"record", "--", "true"});
        if (has(ran.err, "ptrace is not permitted")) GTEST_SKIP() << ran.err;
    }
    const Scratch scratch;
};

TEST_F(RecordVerb, leaves_standard_output_to_the_program) {
    const Ran ran = run_program({"record", "--", "echo", "said"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(ran.out, "said\n");
    EXPECT_TRUE(has(ran.err, "echo: exit code 0\n")) << ran.err;
    EXPECT_TRUE(has(ran.err, "equal in result and layout")) << ran.err;
}

TEST_F(RecordVerb, says_how_the_program_ended) {
    EXPECT_TRUE(has(run_program({"record", "--", "false"}).err, "false: exit code 1\n"));
    EXPECT_TRUE(has(run_program({"record", "--", "sh", "-c", "kill -9 $$"}).err, "sh: killed by signal 9 (Killed)\n"));
}

TEST_F(RecordVerb, writes_a_trace_of_each_program) {
    const Ran ran = run_program({"record", "-o", scratch.path("t.jsonl"), "--", "sh", "-c", "exec true"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(scratch.names(), (std::vector<std::string>{"t-2.jsonl", "t.jsonl"}));
    EXPECT_TRUE(has(ran.err, "2 programs: ")) << ran.err;
    EXPECT_TRUE(has(ran.err, "next: ./vmacheck explain " + scratch.path("t.jsonl") + "\n")) << ran.err;
    for (const std::string& each : scratch.names()) {
        EXPECT_TRUE(has(contents(scratch.path(each)), "\"made_by\":\"record\"")) << each;
        EXPECT_EQ(run_program({"replay", scratch.path(each)}).exit_code, 0) << each;
    }
}

TEST_F(RecordVerb, checks_with_every_property) {
    const Ran ran = run_program({"record", "--check", "--no-aslr", "--", "true"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(has(ran.err, "with every property: holds\n")) << ran.err;
}

TEST_F(RecordVerb, replays_with_the_profile_that_is_asked_for) {
    const Ran ran = run_program({"record", "--profile", "v5.10-loose", "-o", scratch.path("t.jsonl"), "--", "true"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(has(contents(scratch.path("t.jsonl")), "\"profile\":\"v5.10-loose\""));
}

// Whether there is such a process, and it has not ended: one that waits for its parent to ask is a zombie.
bool runs(long process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(')');
    return name_end != std::string::npos && text.find(" Z ", name_end) == std::string::npos;
}

TEST_F(RecordVerb, takes_the_program_with_it_when_it_is_killed) {
    const std::string file = scratch.path("pid");
    EXPECT_TRUE(kill_program({"record", "--", "sh", "-c", "echo $$ > " + file + "; exec sleep 1000"}, 1000));
    const long process = std::strtol(contents(file).c_str(), nullptr, 10);
    ASSERT_GT(process, 1);
    for (int i = 0; i < 300 && runs(process); ++i) usleep(10000);
    EXPECT_FALSE(runs(process));
}

void expect_refused(const std::vector<std::string>& arguments, const std::string& part) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.exit_code, 150) << part;
    EXPECT_TRUE(has(ran.err, part)) << ran.err;
    EXPECT_EQ(ran.out, "");
}

TEST_F(RecordVerb, what_it_cannot_do_is_one_line) {
    expect_refused({"record"}, "COMMAND");
    expect_refused({"record", "--", scratch.path("missing")}, "missing: cannot be executed: No such file or directory");
    expect_refused({"record", "-o", scratch.path("no/t.jsonl"), "--", "echo", "said"}, "cannot be written");
    expect_refused({"record", "--profile", "v0", "--", "true"}, "'v0'");
}

}  // namespace
