// Kernels in virtual machines. Nothing is downloaded here: what is not on the machine is skipped by name.
#include "checker/subject/guest.hpp"
#include "checker/subject/named_subjects.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// The fields of an entry, eight hexadecimal digits each, behind the magic number.
std::uint64_t field(const std::string& archive, std::size_t entry, std::size_t number) {
    return std::stoull(archive.substr(entry + 6 + 8 * number, 8), nullptr, 16);
}

TEST(InitialFileSystem, HasFilesWithTheirDirectoriesAndAConsole) {
    const std::string archive = initial_file_system({{"init", "abc"}, {"modules/0.ko", "12345"}});
    EXPECT_EQ(archive.size() % 512, 0u);
    std::vector<std::string> names;
    for (std::size_t at = 0; archive.substr(at, 6) == "070701";) {
        const std::uint64_t size = field(archive, at, 6);
        const std::uint64_t length = field(archive, at, 11);
        names.push_back(archive.substr(at + 110, length - 1));
        const std::size_t bytes = (at + 110 + length + 3) / 4 * 4;
        if (names.back() == "init") {
            EXPECT_EQ(archive.substr(bytes, size), "abc");
            EXPECT_EQ(field(archive, at, 1), 0100755u);
        }
        at = (bytes + size + 3) / 4 * 4;
    }
    EXPECT_EQ(names, (std::vector<std::string>{"dev", "modules", "proc", "sys", "tmp", "dev/console", "init",
                                               "modules/0.ko", "TRAILER!!!"}));
}

class Guests : public ::testing::TestWithParam<std::string> {};

TEST_P(Guests, PerformTenThousandSteps) {
    std::unique_ptr<Subject> subject;
    try {
        subject = subject_named(GetParam(), {.may_install = false, .agent = VMACHECK_AGENT});
    } catch (const SubjectLost&) {
        throw;
    } catch (const std::runtime_error& error) {
        GTEST_SKIP() << error.what();
    }
    const auto started = subject->start({});
    ASSERT_TRUE(std::holds_alternative<vmacheck::Setup>(started)) << std::get<std::string>(started);
    const ReadResult read = read_trace(R"({"vmacheck-trace":1}
{"op":"mmap","addr":"0x1000000000","len":"0x4000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}
{"op":"munmap","addr":"0x1000001000","len":"0x1000"}
)");
    std::vector<Op<Plain>> ops;
    for (int i = 0; i < 5000; ++i)
        for (const TraceStep& each : std::get<Trace>(read).steps) ops.push_back(each.op);
    const std::vector<Answer> answers = subject->perform(ops, Layouts::whole);
    ASSERT_EQ(answers.size(), ops.size()) << answers.back().refusal;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        ASSERT_EQ(answers[i].seen.error, Errno::ok);
        ASSERT_EQ(answers[i].layout, answers[i % 2].layout);
        ASSERT_TRUE(answers[i].violations.empty());
    }
    EXPECT_NE(answers[0].layout, answers[1].layout);
    const Observation seen = subject->observe({});
    EXPECT_TRUE(seen.processes[0].alive);
    EXPECT_TRUE(seen.processes[0].total_vm.has_value());
}

INSTANTIATE_TEST_SUITE_P(Kernels, Guests, ::testing::Values("guest:6.1", "guest:6.12", "uml"), [](const auto& info) {
    std::string name = info.param;
    for (char& each : name)
        if (each == ':' || each == '.') each = '_';
    return name;
});

}  // namespace
}  // namespace vmacheck
