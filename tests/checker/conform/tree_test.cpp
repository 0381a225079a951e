// The code of a kernel's source tree as a subject. Nothing is downloaded here: without the tree, the tests are skipped
// by name; `./vmacheck conform --on tree:6.12` has it.
#include "checker/conform/random_conform.hpp"
#include "checker/subject/named_subjects.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

class Tree612 : public ::testing::Test {
protected:
    void SetUp() override {
        try {
            subject = subject_named("tree:6.12", {.may_install = false});
        } catch (const SubjectLost&) {
            throw;
        } catch (const std::runtime_error& error) {
            const std::string why = error.what();
            if (why.find("is not unpacked") == std::string::npos && why.find("no package") == std::string::npos) throw;
            GTEST_SKIP() << why;
        }
    }

    std::vector<Answer> perform(const std::string& steps) {
        const ReadResult read = read_trace("{\"vmacheck-trace\":1}\n" + steps);
        std::vector<Op<Plain>> ops;
        for (const TraceStep& each : std::get<Trace>(read).steps) ops.push_back(each.op);
        return subject->perform(ops, Layouts::whole);
    }

    std::unique_ptr<Subject> subject;
};

TEST_F(Tree612, StartsAsItIsWantedTo) {
    vmacheck::Setup wanted;
    wanted.parameters.files = {{.kind = FileKind::regular, .pages = 4}, {.kind = FileKind::shmem}};
    wanted.parameters.max_map_count = 9;
    wanted.parameters.rlimit_as = 100;
    EXPECT_EQ(subject->reset(wanted), std::nullopt);
}

TEST_F(Tree612, MergesAndShowsWhatItHas) {
    ASSERT_EQ(subject->reset({}), std::nullopt);
    const std::vector<Answer> answers = perform(
        R"({"op":"mmap","addr":"0x10000","len":"0x2000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}
{"op":"mprotect","addr":"0x11000","len":"0x1000","prot":["READ"]}
{"op":"mprotect","addr":"0x11000","len":"0x1000","prot":["READ","WRITE"]}
{"op":"fault","addr":"0x11000","access":"write"}
{"op":"fault","addr":"0x12000","access":"read"}
{"op":"fork"}
)");
    ASSERT_EQ(answers.size(), 6u);
    for (const Answer& each : answers) EXPECT_TRUE(each.violations.empty());
    EXPECT_NE(answers[1].layout, answers[0].layout);
    EXPECT_EQ(answers[2].layout, answers[0].layout);
    EXPECT_EQ(answers[4].seen.error, Errno::sigsegv);
    const Observation seen = subject->observe({});
    for (const std::size_t process : {0u, 1u}) {
        ASSERT_EQ(seen.processes.at(process).vmas.size(), 1u);
        EXPECT_EQ(seen.processes.at(process).total_vm, 2u);
    }
    EXPECT_FALSE(seen.processes.at(2).alive);
}

TEST_F(Tree612, AgreesWithTheModelOverRandomOperations) {
    RandomConformOptions options{.seed = 20261130, .ops = 20'000, .vma_only = true};
    options.setup.profile = "v6.12";
    const RandomConformResult result =
        random_conform(*subject, options, [](Finding&& finding) { ADD_FAILURE() << finding.text(); });
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.steps, 20'000u);
    EXPECT_EQ(result.differing, 0u);
}

}  // namespace
}  // namespace vmacheck
