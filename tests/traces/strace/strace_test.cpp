// strace's text: lines, halves of interrupted calls, arguments and their values.
#include "traces/strace/strace.hpp"
#include "traces/format/input_error.hpp"
#include "traces/strace/strace_values.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

StraceCall only_call(const std::string& text) {
    const StraceLog log = parse_strace(text);
    EXPECT_EQ(log.calls.size(), 1u) << text;
    return log.calls.empty() ? StraceCall() : log.calls[0];
}

StraceArgument argument(const std::string& text) {
    return {text, 1, 1};
}

TEST(Strace, CallWithArgumentsAndResult) {
    const StraceCall call =
        only_call("6752  mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, 3</a, b)/c>, 0x1000) = 0x7ffff7fc0000\n");
    EXPECT_EQ(call.thread, 6752u);
    EXPECT_EQ(call.name, "mmap");
    ASSERT_EQ(call.arguments.size(), 6u);  // a comma and a parenthesis within the path are no ends
    EXPECT_EQ(call.arguments[4].text, "3</a, b)/c>");
    EXPECT_EQ(call.arguments[0].column, 12u);
    EXPECT_TRUE(call.result.known);
    EXPECT_EQ(call.result.value, 0x7ffff7fc0000u);
    EXPECT_EQ(call.begun, call.ended);
}

TEST(Strace, FormsOfALine) {
    EXPECT_EQ(only_call("brk(NULL) = 0x1000").thread, 0u);
    EXPECT_EQ(only_call("[pid  6788] brk(NULL) = 0x1000").thread, 6788u);
    EXPECT_EQ(only_call("12 10:11:12.123456 brk(NULL) = 0x1000").thread, 12u);
    EXPECT_EQ(only_call("10:11:12 brk(NULL) = 0x1000").thread, 0u);
    EXPECT_EQ(only_call("brk(NULL) = 0x1000 <0.000012>").result.value, 0x1000u);
    EXPECT_TRUE(parse_strace("1  --- SIGCHLD {si_signo=SIGCHLD} ---\n").calls.empty());
    const StraceLog log = parse_strace("1  +++ exited with 0 +++\n2  +++ killed by SIGKILL +++\n");
    ASSERT_EQ(log.exits.size(), 2u);
    EXPECT_EQ(log.exits[1].thread, 2u);
    EXPECT_EQ(log.exits[1].line, 2u);
}

TEST(Strace, Results) {
    const StraceCall failed = only_call("mmap(NULL, 0, PROT_NONE, MAP_PRIVATE, -1, 0) = -1 EINVAL (Invalid argument)");
    EXPECT_TRUE(failed.result.known && failed.result.failed);
    EXPECT_EQ(failed.result.error, "EINVAL");
    EXPECT_FALSE(only_call("exit_group(0) = ?").result.known);
    const StraceCall opened = only_call("openat(AT_FDCWD</home/u>, \"x\", O_RDONLY) = 3</home/u/x>");
    EXPECT_EQ(opened.result.value, 3u);
    EXPECT_EQ(opened.result.path, "/home/u/x");
    EXPECT_EQ(only_call("socket(AF_INET) = 3<TCP:[1.2.3.4:5->6.7.8.9:10]>").result.path, "TCP:[1.2.3.4:5->6.7.8.9:10]");
}

TEST(Strace, HalvesArePutTogetherPerThread) {
    const StraceLog log = parse_strace(
        "1  mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE <unfinished ...>\n"
        "2  munmap(0x2000, 4096 <unfinished ...>\n"
        "1  <... mmap resumed>, -1, 0) = 0x7000\n"
        "2  <... munmap resumed>)             = 0\n"
        "3  exit(0 <unfinished ...>\n"
        "3  <... exit resumed>) = ?\n");
    ASSERT_EQ(log.calls.size(), 3u);
    EXPECT_EQ(log.calls[0].name, "mmap");
    ASSERT_EQ(log.calls[0].arguments.size(), 6u);
    EXPECT_EQ(log.calls[0].arguments[4].text, "-1");
    EXPECT_EQ(log.calls[0].arguments[4].line, 3u);
    EXPECT_EQ(log.calls[0].begun, 1u);
    EXPECT_EQ(log.calls[0].ended, 3u);
    EXPECT_LT(log.calls[0].begun, log.calls[0].ended);
    EXPECT_EQ(log.calls[1].name, "munmap");
    EXPECT_EQ(log.calls[1].ended, 4u);
    EXPECT_FALSE(log.calls[2].result.known);
}

TEST(Strace, OutputStructInTheSecondHalf) {
    const StraceLog log = parse_strace(
        "1  clone3({flags=CLONE_VM|CLONE_FS, stack=0x1000} <unfinished ...>\n"
        "2  brk(NULL) = 0x1000\n"
        "1  <... clone3 resumed> => {parent_tid=[2]}, 88) = 2\n");
    ASSERT_EQ(log.calls.size(), 2u);
    EXPECT_EQ(log.calls[1].result.value, 2u);
    const auto flags = field_of(log.calls[1].arguments[0], "flags");
    ASSERT_TRUE(flags);
    EXPECT_EQ(names_of(*flags), (std::vector<std::string>{"CLONE_VM", "CLONE_FS"}));
    EXPECT_FALSE(field_of(log.calls[1].arguments[0], "none"));
}

TEST(Strace, CallThatNeverReturns) {
    const StraceLog log = parse_strace("1  munmap(0x2000, 4096 <unfinished ...>\n2  brk(NULL) = 0x1000\n");
    ASSERT_EQ(log.calls.size(), 2u);
    EXPECT_EQ(log.calls[1].name, "munmap");
    EXPECT_FALSE(log.calls[1].result.known);
    EXPECT_EQ(log.calls[1].ended, 3u);
}

TEST(Strace, Numbers) {
    EXPECT_EQ(number_of(argument("NULL")), 0u);
    EXPECT_EQ(number_of(argument("8192*1024")), 8u << 20);
    EXPECT_EQ(number_of(argument("1<<20")), 1u << 20);
    EXPECT_EQ(number_of(argument("0x10+2*3-1")), 21u);
    EXPECT_EQ(number_of(argument("0666")), 0666u);
    EXPECT_EQ(number_of(argument("-1")), ~std::uint64_t{0});
    EXPECT_EQ(number_of(argument("0x7fffffffed48 /* 2 vars */")), 0x7fffffffed48u);
    EXPECT_THROW(number_of(argument("RLIM64_INFINITY")), InputError);
    EXPECT_THROW(number_of(argument("99999999999999999999")), InputError);
    EXPECT_THROW(number_of(argument("1<<64")), InputError);
    EXPECT_THROW(number_of(argument("12 apples")), InputError);
}

std::optional<std::uint64_t> test_flag(std::string_view name) {
    if (name == "A") return 1;
    if (name == "B") return 2;
    return std::nullopt;
}

TEST(Strace, Flags) {
    EXPECT_EQ(flags_of(argument("X_A|X_B|0x40"), "X_", test_flag), 0x43u);
    EXPECT_EQ(flags_of(argument("X_NONE"), "X_", test_flag), 0u);
    EXPECT_EQ(flags_of(argument("0x8 /* X_??? */"), "X_", test_flag), 8u);
    EXPECT_EQ(flags_of(argument("X_A|21<<MAP_HUGE_SHIFT"), "X_", test_flag), 1u | (21u << 26));
    try {
        flags_of({"X_A|X_C", 7, 30}, "X_", test_flag);
        ADD_FAILURE() << "an unknown flag is accepted";
    } catch (const InputError& error) {
        EXPECT_EQ(error.located("f"), "f:7:34: unknown flag X_C");
    }
}

TEST(Strace, DescriptorsAndStrings) {
    EXPECT_EQ(descriptor_of(argument("3</etc/passwd>")).path, "/etc/passwd");
    EXPECT_EQ(descriptor_of(argument("3</tmp/x>(deleted)")).path, "/tmp/x (deleted)");
    EXPECT_EQ(descriptor_of(argument("-1")).number, -1);
    EXPECT_EQ(descriptor_of(argument("4294967295")).number, -1);
    EXPECT_EQ(descriptor_of(argument("AT_FDCWD</home>")).number, -100);
    EXPECT_EQ(string_of(argument("\"/a\\\"b\"")), "/a\"b");
    EXPECT_EQ(string_of(argument("\"/opt\"...")), "/opt");
    EXPECT_THROW(string_of(argument("0x1234")), InputError);
}

TEST(Strace, ErrorsNameThePlace) {
    const struct {
        const char* text;
        const char* error;
    } cases[] = {
        {"1  brk(NULL) = 0x1000\n1  <... mmap resumed>) = 0\n",
         "f:2:13: a call resumes here whose beginning is not in the log"},
        {"1  brk(0 <unfinished ...>\n1  <... mmap resumed>) = 0\n",
         "f:2:13: this thread's unfinished call is brk, not mmap"},
        {"1  brk(0 <unfinished ...>\n1  brk(0) = 0\n", "f:2:7: this thread's call of line 1 has not ended"},
        {"1  mmap(NULL, {a=[1, 2}, 3) = 0\n", "f:1:32: expected ']'"},
        {"1  open(\"abc) = 3\n", "f:1:9: the string has no end"},
        {"1  brk(NULL\n", "f:1:12: the list of arguments has no end"},
        {"1  brk(NULL) 0x1000\n", "f:1:14: expected '=' and the result of the call"},
        {"1  brk(NULL) = nothing\n", "f:1:16: expected a number"},
        {"1  close(3</etc\n", "f:1:11: the annotation of the descriptor has no end"},
        {"strace: Process 12 attached\n", "f:1:7: expected '(' after the name of a call"},
        {"1  , = 0\n", "f:1:4: expected the name of a call"},
        {"99999999999 brk(NULL) = 0\n", "f:1:12: the thread's id is too large"},
    };
    for (const auto& each : cases) {
        try {
            parse_strace(each.text);
            ADD_FAILURE() << "accepted: " << each.text;
        } catch (const InputError& error) {
            EXPECT_EQ(error.located("f"), each.error) << each.text;
        }
    }
}

}  // namespace
}  // namespace vmacheck
