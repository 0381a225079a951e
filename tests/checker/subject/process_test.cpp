// Programs as subjects, played by a shell script: what they answer is checked, and what hangs or ends is lost in time.
#include "checker/subject/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace vmacheck {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

const std::string hello = R"({"protocol":1,"name":"peer","version":"1","operations":["mmap","munmap"],"vmas":true,)"
                          R"("layouts":true,"max_steps":2})";
const std::string at_start = R"({"setup":{"vmacheck-trace":1,"parameters":{"max_map_count":7}},)"
                             R"("reserved":[["0x5000","0x7000"]],"absent":[{"file":1,"why":"no disk"}]})";

// A peer that gives these answers, one a request, and then does `last`.
std::vector<std::string> peer(const std::vector<std::string>& answers, const std::string& last = "cat >/dev/null") {
    std::string script;
    for (const std::string& each : answers) script += "read line; echo '" + each + "'\n";
    return {"/bin/sh", "-c", script + last};
}

std::unique_ptr<ProcessSubject> start_peer(const std::vector<std::string>& command,
                                           milliseconds limit = milliseconds{5000}) {
    return std::make_unique<ProcessSubject>(
        command, ProcessOptions{.name = "peer", .start_limit = milliseconds{5000}, .answer_limit = limit});
}

Op<Plain> munmap_of(std::uint64_t addr, std::uint64_t len) {
    Op<Plain> op;
    op.kind = OpKind::munmap;
    op.addr = Bytes<Plain>::from(addr);
    op.len = Bytes<Plain>::from(len);
    return op;
}

// The message of the SubjectLost that f throws.
template <class F>
std::string lost(F&& f) {
    try {
        f();
    } catch (const SubjectLost& error) {
        return error.what();
    }
    return "";
}

vmacheck::Setup with_file() {
    vmacheck::Setup setup;
    setup.parameters.files.push_back({.name = "f"});
    return setup;
}

TEST(ProcessSubject, SaysWhatTheProgramSays) {
    const auto subject = start_peer(peer({hello}));
    const SubjectInfo info = subject->hello();
    EXPECT_EQ(info.name, "peer");
    EXPECT_EQ(info.version, "peer 1");
    EXPECT_EQ(info.capabilities, (Capabilities{.vmas = true, .layouts = Layouts::whole}));
}

TEST(ProcessSubject, StartsFromWhatItHasAndRefusesWhatItCannot) {
    const auto subject = start_peer(peer({hello, at_start}));
    const auto started = subject->start(with_file());
    ASSERT_TRUE(std::holds_alternative<vmacheck::Setup>(started));
    EXPECT_EQ(std::get<vmacheck::Setup>(started).parameters.max_map_count, 7u);
    EXPECT_EQ(std::get<vmacheck::Setup>(started).parameters.files.size(), 1u);
    EXPECT_EQ(subject->refuses(munmap_of(0x1000, 0x1000)), std::nullopt);
    EXPECT_EQ(subject->refuses(munmap_of(0x4000, 0x1000)), std::nullopt);
    EXPECT_EQ(subject->refuses(munmap_of(0x4000, 0x1001)), "the range meets its own memory");
    EXPECT_EQ(subject->refuses(munmap_of(0x6fff, 0)), "the range meets its own memory");
    EXPECT_EQ(subject->refuses(munmap_of(0x7000, 0x1000)), std::nullopt);
    Op<Plain> op = munmap_of(0x1000, 0x1000);
    op.fail_alloc.nth = 1;
    EXPECT_EQ(subject->refuses(op), "it cannot let an allocation fail");
    op = munmap_of(0x1000, 0x1000);
    op.process = 1;
    EXPECT_EQ(subject->refuses(op), "it has no process slot 1");
    op.process = 0;
    op.kind = OpKind::mprotect;
    EXPECT_EQ(subject->refuses(op), "it does not perform mprotect");
    op.kind = OpKind::mmap;
    op.file = 1;
    EXPECT_EQ(subject->refuses(op), "file 1 is not open: no disk");
}

TEST(ProcessSubject, PerformsUpToTheFirstRefusal) {
    const auto subject = start_peer(peer({hello, at_start, R"({"results":[{"ret":0,"layout":"0x1"},{"ret":"EINVAL"}]})",
                                          R"({"results":[{"refused":"too much"}]})"}));
    static_cast<void>(subject->start(with_file()));
    const std::vector<Op<Plain>> ops(4, munmap_of(0x1000, 0x1000));
    const std::vector<Answer> answers = subject->perform(ops, Layouts::whole);  // two at a time
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[0].seen.error, Errno::ok);
    EXPECT_EQ(answers[0].layout, 1u);
    EXPECT_EQ(answers[1].seen.error, Errno::einval);
    EXPECT_EQ(answers[1].layout, std::nullopt);
    EXPECT_EQ(answers[2].refusal, "too much");
}

TEST(ProcessSubject, WhatIsRefusedHereIsNotSent) {
    const auto subject = start_peer(peer({hello, at_start, R"({"results":[{"ret":0}]})"}));
    static_cast<void>(subject->start(with_file()));
    const std::vector<Answer> answers =
        subject->perform(std::vector{munmap_of(0x1000, 0x1000), munmap_of(0x5000, 0x1000)}, Layouts::none);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].refusal.empty());
    EXPECT_EQ(answers[1].refusal, "the range meets its own memory");
}

TEST(ProcessSubject, ShowsWhatItObserves) {
    const auto subject = start_peer(
        peer({hello, at_start,
              R"({"processes":[{"proc":0,"brk":"0x9000","total_vm":1,"vmas":[{"start":"0x1000","end":"0x2000",)"
              R"("flags":["READ"],"pgoff":3,"shared_object":true}]}]})"}));
    static_cast<void>(subject->start(with_file()));
    const Observation seen = subject->observe({});
    ASSERT_TRUE(seen.processes[0].alive && seen.processes[0].vmas_shown);
    EXPECT_EQ(seen.processes[0].brk_bytes, 0x9000u);
    EXPECT_EQ(seen.processes[0].total_vm, 1u);
    EXPECT_EQ(seen.processes[0].locked_vm, std::nullopt);
    ASSERT_EQ(seen.processes[0].vmas.size(), 1u);
    EXPECT_TRUE(seen.processes[0].vmas[0].shared_object);
    EXPECT_EQ(seen.processes[0].vmas[0].pgoff, 3u);
    EXPECT_EQ(seen.processes[0].flags_shown, vm::access | vm::may_share);
    EXPECT_TRUE(seen.processes[1].shown);
    EXPECT_FALSE(seen.processes[1].alive);
}

TEST(ProcessSubject, WhatAKernelReportsIsAViolation) {
    ProcessSubject subject(
        {"/bin/sh", "-c",
         "echo ready; " + peer({hello, at_start},
                               R"(read line; printf '[1.0] WARNING: CPU: 0 PID: 1 at mm/vma.c:1\r\nother\n' >&2; )"
                               R"(echo '{"results":[{"ret":0}]}'; cat >/dev/null)")
                              .at(2)},
        {.name = "peer", .is_guest = true});
    static_cast<void>(subject.start(with_file()));
    const Answer answer = subject.step(munmap_of(0x1000, 0x1000));
    ASSERT_EQ(answer.violations.size(), 1u);
    EXPECT_EQ(answer.violations[0].property, "kernel-report");
    EXPECT_EQ(answer.violations[0].text, "WARNING: CPU: 0 PID: 1 at mm/vma.c:1");
}

TEST(ProcessSubject, AKernelThatSaysWhyItEndedHasBrokenItsOwnRules) {
    ProcessSubject subject(
        {"/bin/sh", "-c",
         "echo ready; " +
             peer({hello, at_start}, R"(read line; printf '[1.0] kernel BUG at mm/vma.c:1!\r\n' >&2)").at(2)},
        {.name = "peer", .is_guest = true});
    static_cast<void>(subject.start(with_file()));
    const Op<Plain> op = munmap_of(0x1000, 0x1000);
    const std::vector<Op<Plain>> both{op, op};
    const std::vector<Answer> answers = subject.perform(both, Layouts::none);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].violations.empty());
    EXPECT_FALSE(answers[0].seen.error.has_value());
    ASSERT_EQ(answers[1].violations.size(), 1u);
    EXPECT_EQ(answers[1].violations[0].text, "kernel BUG at mm/vma.c:1!");
    EXPECT_THAT(lost([&] { static_cast<void>(subject.observe({})); }), HasSubstr("it is lost"));
}

TEST(ProcessSubject, WhatAKernelReportsWhenTheProcessesEndIsAskedFor) {
    ProcessSubject subject(
        {"/bin/sh", "-c",
         "echo ready; " +
             peer({hello, at_start}, "read line; printf 'BUG: Bad rss-counter state mm:1\\n' >&2; echo '" + at_start +
                                         "'; read line; echo '" + at_start + "'; cat >/dev/null")
                 .at(2)},
        {.name = "peer", .is_guest = true});
    static_cast<void>(subject.start(with_file()));
    const std::vector<Violation> reports = subject.end();
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].text, "BUG: Bad rss-counter state mm:1");
    EXPECT_TRUE(subject.end().empty());
}

// ---- what no subject should do

TEST(ProcessSubject, BadAnswersAreOneClearLine) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"nonsense", "bad answer, column 1"},
        {R"({"results":[{"ret":0,"ret":0}]})", "a second time"},
        {R"({"results":[{"ret":7}]})", "munmap returns 0 or an error"},
        {R"({"results":[{"ret":0,"more":1}]})", "unknown key 'more' in a result"},
        {R"({"results":[]})", "0 results for 1 step"},
        {R"({"results":[{"ret":0},{"ret":0}]})", "at most 1 are allowed"},
        {R"({"results":[{"ret":"ENOTHING"}]})", "'ret' must be"},
        {R"({"error":"disk on fire"})", "it answers with an error: disk on fire"},
        {R"({"results":[],"lost":"the process died"})", "after 0 steps: the process died"}};
    for (const auto& [answer, expected] : cases) {
        const auto subject = start_peer(peer({hello, at_start, answer}));
        static_cast<void>(subject->start(with_file()));
        const std::string message = lost([&] { subject->step(munmap_of(0x1000, 0x1000)); });
        EXPECT_THAT(message, HasSubstr(expected)) << answer;
        EXPECT_EQ(message.find('\n'), std::string::npos);
        EXPECT_THAT(lost([&] { static_cast<void>(subject->observe({})); }), HasSubstr("it is lost"));
        // Until it is started again.
        EXPECT_TRUE(std::holds_alternative<vmacheck::Setup>(subject->start(with_file())));
    }
    EXPECT_THAT(lost([] { start_peer(peer({R"({"protocol":2,"name":"p","operations":[]})"})); }),
                HasSubstr("it speaks another version; this program speaks 1"));
}

TEST(ProcessSubject, AHangIsLostWithinItsLimitAndLeavesNoProcess) {
    // The answer says which process it starts; that one would run on.
    const auto before = std::chrono::steady_clock::now();
    const auto subject = start_peer(peer({hello, at_start}, "sleep 1000 & sleep 1000"), milliseconds{200});
    static_cast<void>(subject->start(with_file()));
    EXPECT_THAT(lost([&] { subject->step(munmap_of(0x1000, 0x1000)); }), HasSubstr("no answer within 200 ms"));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{5});
}

// Also what has left the group of its starter's life: the shell in between is gone.
TEST(ProcessSubject, WhatItStartedEndsWithIt) {
    const auto running = [](const std::string& argument) {
        std::size_t count = 0;
        for (const auto& each : std::filesystem::directory_iterator("/proc")) {
            std::ifstream command(each.path() / "cmdline");
            const std::string text{std::istreambuf_iterator<char>(command), {}};
            if (text.find(std::string("sleep") + '\0' + argument) == 0) ++count;
        }
        return count;
    };
    const std::string argument = std::to_string(100000 + getpid());
    auto subject = start_peer(peer({hello, at_start}, "(sleep " + argument + " &) ; cat >/dev/null"));
    static_cast<void>(subject->start(with_file()));
    for (int i = 0; i < 500 && running(argument) == 0; ++i) std::this_thread::sleep_for(milliseconds{10});
    EXPECT_EQ(running(argument), 1u);
    subject.reset();
    EXPECT_EQ(running(argument), 0u);
}

TEST(ProcessSubject, AnEndIsSeenAtOnceWithItsLastMessage) {
    const auto subject = start_peer(peer({hello, at_start}, "echo first >&2; echo out of luck >&2; exit 3"));
    static_cast<void>(subject->start(with_file()));
    EXPECT_THAT(lost([&] { subject->step(munmap_of(0x1000, 0x1000)); }),
                HasSubstr("it ended with exit code 3; its last message: out of luck"));
    EXPECT_THAT(lost([] { start_peer({"/bin/sh", "-c", "kill -9 $$"}); }), HasSubstr("it was ended by signal 9"));
    EXPECT_THAT(lost([] { start_peer({"/no/such/program"}); }), HasSubstr("cannot be started: No such file"));
}

TEST(ProcessSubject, AnEndlessAnswerIsCut) {
    const auto subject = start_peer(peer({hello, at_start}, "exec tr '\\0' x </dev/zero"), milliseconds{30000});
    static_cast<void>(subject->start(with_file()));
    EXPECT_THAT(lost([&] { subject->step(munmap_of(0x1000, 0x1000)); }), HasSubstr("its answer has more than"));
}

}  // namespace
}  // namespace vmacheck
