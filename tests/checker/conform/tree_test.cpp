// The code of a kernel's source tree as a subject: that of the environment variable VMACHECK_TREE, or 6.12. Nothing is
// downloaded here: without the tree, the tests are skipped by name; `./vmacheck conform --on tree:6.12` has it.
#include "checker/subject/tree.hpp"
#include "checker/conform/random_conform.hpp"
#include "checker/subject/child_process.hpp"
#include "checker/subject/named_subjects.hpp"
#include "checker/subject/tree_calls.hpp"
#include "checker/subject/tree_coverage.hpp"
#include "checker/subject/tree_source.hpp"
#include "traces/format/reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace vmacheck {
namespace {

std::string named_tree() {
    const char* const named = std::getenv("VMACHECK_TREE");
    return named != nullptr ? named : "6.12";
}

// Where the tree is; empty: it is not here, and *why says what is missing. A tree that is here and cannot be built fails.
std::string find_tree(std::string* why) {
    try {
        return tree_path(named_tree(), false);
    } catch (const std::runtime_error& error) {
        *why = error.what();
        if (why->find("is not unpacked") == std::string::npos && why->find("no package") == std::string::npos) throw;
        return {};
    }
}

class Tree : public ::testing::Test {
protected:
    void SetUp() override {
        std::string why;
        if (find_tree(&why).empty()) GTEST_SKIP() << why;
        subject = subject_named("tree:" + named_tree(), {.may_install = false});
    }

    // What a tree always is: without huge pages.
    static vmacheck::Setup usual() {
        vmacheck::Setup setup;
        setup.parameters.thp_never = true;
        return setup;
    }

    std::vector<Answer> perform(const std::string& steps) {
        const ReadResult read = read_trace("{\"vmacheck-trace\":1}\n" + steps);
        std::vector<Op<Plain>> ops;
        for (const TraceStep& each : std::get<Trace>(read).steps) ops.push_back(each.op);
        return subject->perform(ops, Layouts::whole);
    }

    std::unique_ptr<Subject> subject;
};

TEST_F(Tree, StartsAsItIsWantedTo) {
    vmacheck::Setup wanted = usual();
    wanted.parameters.files = {{.kind = FileKind::regular, .pages = 4, .sync = MapSync::unknown, .huge_aligned = true},
                               {.kind = FileKind::shmem, .sync = MapSync::unknown}};
    wanted.parameters.max_map_count = 9;
    wanted.parameters.rlimit_as = 100;
    EXPECT_EQ(subject->reset(wanted), std::nullopt);
}

TEST_F(Tree, MergesAndShowsWhatItHas) {
    ASSERT_EQ(subject->reset(usual()), std::nullopt);
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

TEST_F(Tree, AnAllocationFailsByItsNumber) {
    ASSERT_EQ(subject->reset(usual()), std::nullopt);
    const std::string mapping =
        R"({"op":"mmap","addr":"0x10000","len":"0x2000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"])";
    const std::vector<Answer> answers =
        perform(mapping + R"(,"fail_alloc":{"nth":1}})" + "\n" + mapping + R"(,"fail_alloc":{"nth":100}})" + "\n");
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].allocation_failed);
    EXPECT_EQ(answers[0].seen.error, Errno::enomem);
    EXPECT_TRUE(answers[0].violations.empty());
    EXPECT_FALSE(answers[1].allocation_failed);
    EXPECT_EQ(answers[1].seen.error, Errno::ok);
    Op<Plain> op;
    op.kind = OpKind::munmap;
    op.fail_alloc = {AllocKind::avc, 1};
    EXPECT_EQ(subject->refuses(op), "it cannot let an allocation of one kind fail");
}

TEST_F(Tree, SealsAndShowsIt) {
    ASSERT_EQ(subject->reset(usual()), std::nullopt);
    const std::vector<Answer> answers = perform(
        R"({"op":"mmap","addr":"0x10000","len":"0x1000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}
{"op":"mseal","addr":"0x10000","len":"0x1000"}
{"op":"munmap","addr":"0x10000","len":"0x1000"}
)");
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[1].seen.error, Errno::ok);
    EXPECT_EQ(answers[2].seen.error, Errno::eperm);
    const Observation seen = subject->observe({});
    ASSERT_EQ(seen.processes.at(0).vmas.size(), 1u);
    EXPECT_NE(seen.processes.at(0).vmas[0].flags & vm::sealed, 0u);
}

// ->close is called for each of two halves; no other VMA merges with them.
TEST_F(Tree, FilesHaveHooks) {
    vmacheck::Setup wanted = usual();
    const FileSpec usual_file{.kind = FileKind::regular, .sync = MapSync::unknown, .huge_aligned = true};
    wanted.parameters.files.assign(6, usual_file);
    wanted.parameters.files[0].kind = FileKind::with_close;
    wanted.parameters.files[1].mmap_error = Errno::eagain;
    wanted.parameters.files[2].mmap_flags = vm::dontdump;
    wanted.parameters.files[3].granule = 2;
    wanted.parameters.files[4].no_mmap = true;
    wanted.parameters.files[5].append_only = true;
    ASSERT_EQ(subject->reset(wanted), std::nullopt);
    std::string steps;
    for (int file = 1; file <= 6; ++file)
        steps += fmt::format(
            R"({{"op":"mmap","addr":"{:#x}","len":"0x2000","prot":["READ"],"flags":["SHARED","FIXED"],"file":{}}})"
            "\n",
            0x10000 * file, file);
    steps += R"({"op":"mprotect","addr":"0x11000","len":"0x1000","prot":[]}
{"op":"mprotect","addr":"0x11000","len":"0x1000","prot":["READ"]}
{"op":"mprotect","addr":"0x41000","len":"0x1000","prot":[]}
{"op":"munmap","addr":"0x10000","len":"0x2000"}
)";
    const std::vector<Answer> answers = perform(steps);
    ASSERT_EQ(answers.size(), 10u);
    const std::array expected{Errno::ok,     Errno::eagain, Errno::ok, Errno::ok,     Errno::enodev,
                              Errno::eacces, Errno::ok,     Errno::ok, Errno::einval, Errno::ok};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(answers[i].seen.error, expected.at(i)) << i;
        EXPECT_TRUE(answers[i].violations.empty()) << i;
    }
    EXPECT_NE(answers[7].layout, answers[5].layout) << "mappings with ->close were merged";
    const Observation seen = subject->observe({});
    ASSERT_EQ(seen.processes.at(0).vmas.size(), 2u);
    EXPECT_NE(seen.processes.at(0).vmas[0].flags & vm::dontdump, 0u);
}

// MAP_FIXED over memory that is charged, and no memory for the new VMA: what was there goes, and its charge stays.
TEST_F(Tree, WhatAFailedAllocationLeavesBehindIsFound) {
    if (subject->hello().version.find("6.12.117") == std::string::npos) GTEST_SKIP() << "a bug of 6.12.117";
    ASSERT_EQ(subject->reset(usual()), std::nullopt);
    const std::string mapping =
        R"({"op":"mmap","addr":"0x10000","len":"0x1000","prot":["WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"])";
    const std::vector<Answer> answers = perform(mapping + "}\n" + mapping + R"(,"fail_alloc":{"nth":1}})" + "\n");
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].violations.empty());
    EXPECT_TRUE(answers[1].allocation_failed);
    EXPECT_EQ(answers[1].seen.error, Errno::enomem);
    ASSERT_EQ(answers[1].violations.size(), 1u);
    EXPECT_EQ(answers[1].violations[0].property, "committed");
}

// Memory from address 0 on, and a limit that is obeyed.
TEST_F(Tree, ObeysLimits) {
    EXPECT_TRUE(subject->hello().capabilities.takes_limits);
    vmacheck::Setup wanted = usual();
    wanted.parameters.mmap_min_addr = 0;
    wanted.parameters.rlimit_as = 3;
    wanted.parameters.max_map_count = 1;
    ASSERT_EQ(subject->reset(wanted), std::nullopt);
    const std::vector<Answer> answers = perform(
        R"({"op":"mmap","addr":"0x0","len":"0x4000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}
{"op":"mmap","addr":"0x0","len":"0x3000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}
{"op":"munmap","addr":"0x1000","len":"0x1000"}
)");
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[0].seen.error, Errno::enomem);
    EXPECT_EQ(answers[1].seen.error, Errno::ok);
    EXPECT_EQ(answers[2].seen.error, Errno::enomem);
}

TEST_F(Tree, AgreesWithTheModelOverRandomOperations) {
    if (named_tree() != "6.12") GTEST_SKIP() << "compared with the model of v6.12";
    RandomConformOptions options{.seed = 20261130, .ops = 20'000, .vma_only = true};
    options.setup.profile = "v6.12";
    std::uint64_t lost = 0;
    const RandomConformResult result = random_conform(*subject, options, [&lost](Finding&& finding) {
        // A bug of this tree: where ->mmap fails, the charge of what MAP_FIXED has replaced is not given back.
        EXPECT_EQ(finding.property(), "committed") << finding.text();
        EXPECT_EQ(finding.last_op(), "mmap") << finding.text();
        ++lost;
    });
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.steps, 20'000u);
    EXPECT_EQ(result.differing, lost);
}

// ---- each check fails where what it demands is broken

std::string setting_of_damage() {
    std::string steps =
        R"({"op":"mmap","addr":"0x10000","len":"0x2000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]},)"
        R"({"op":"fault","addr":"0x10000","access":"write"},)"
        R"({"op":"mmap","addr":"0x20000","len":"0x2000","prot":["READ","WRITE"],"flags":["SHARED","FIXED"],"file":1},)"
        R"({"op":"fault","addr":"0x20000","access":"write"},)";
    for (int i = 0; i < 40; ++i)  // more VMAs than a node of the maple tree holds
        steps += fmt::format(
            R"({{"op":"mmap","addr":"{:#x}","len":"0x1000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}},)",
            0x40000 + 0x2000 * i);
    return R"({"request":"apply","steps":[)" + steps + R"({"op":"fork"}]})";
}

// Without a tree the test is skipped.
void expect_damage_reported(TreeBuild build, const std::string& property) {
    std::string why;
    const std::string path = find_tree(&why);
    if (path.empty()) GTEST_SKIP() << why;
    const std::string program = build_tree(path, false, build);
    constexpr std::chrono::seconds limit{60};
    ChildProcess tree({program});
    tree.ask(R"({"request":"reset","setup":{"vmacheck-trace":1,"files":[{"kind":"shmem","pages":4}]}})", limit);
    EXPECT_THAT(tree.ask(setting_of_damage(), limit), ::testing::Not(::testing::HasSubstr("violations")));
    const std::string answer = tree.ask(fmt::format(R"({{"request":"damage","property":"{}"}})", property), limit);
    EXPECT_THAT(answer, ::testing::HasSubstr(fmt::format(R"("property":"{}")", property)));
    // It starts itself again after that.
    EXPECT_THAT(tree.ask(R"({"request":"hello"})", limit), ::testing::HasSubstr("\"protocol\":1"));
}

class TreeDamage : public ::testing::TestWithParam<const char*> {};

TEST_P(TreeDamage, IsReportedUnderTheNameOfTheProperty) {
    expect_damage_reported(TreeBuild::plain, GetParam());
}

class SanitizedTree : public ::testing::TestWithParam<const char*> {};

TEST_P(SanitizedTree, ReportsUnderTheNameOfTheProperty) {
    expect_damage_reported(TreeBuild::sanitized, GetParam());
}

std::string test_name(const ::testing::TestParamInfo<const char*>& info) {
    std::string name = info.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, TreeDamage,
                         ::testing::Values("list-order", "list-equals-tree", "hooks-balanced", "page-prot",
                                           "pgoff-range", "gap-cache", "map-count", "total-vm", "data-vm", "exec-vm",
                                           "stack-vm", "locked-vm", "committed", "references", "lock-balance",
                                           "deadlock", "chain-symmetry", "chain-order", "one-owner",
                                           "anon-vma-attached", "anon-vma-refcount", "num-active-vmas", "num-children",
                                           "interval-trees", "interval-keys", "writable-mappings", "file-references",
                                           "rmap-completeness", "page-mapcount", "page-rights", "pages-inside-vmas",
                                           "kernel-report", "crash", "endless-loop"),
                         test_name);

INSTANTIATE_TEST_SUITE_P(All, SanitizedTree,
                         ::testing::Values("use-after-free", "out-of-bounds", "undefined-behaviour", "map-count",
                                           "kernel-report", "crash"),
                         test_name);

// ---- what a finding shows

TEST(TreeCalls, OfAnUnmappingThatCutsGoThroughTheSplit) {
    std::string why;
    const std::string path = find_tree(&why);
    if (path.empty()) GTEST_SKIP() << why;
    const ReadResult read = read_trace(R"({"vmacheck-trace":1}
{"op":"mmap","addr":"0x10000","len":"0x3000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"]}
{"op":"munmap","addr":"0x11000","len":"0x1000"}
)");
    const std::vector<TreeCall> calls = tree_calls_of_last_step(path, std::get<Trace>(read));
    std::vector<std::string> names;
    for (const TreeCall& each : calls) {
        names.push_back(each.function);
        EXPECT_THAT(each.file, ::testing::MatchesRegex("(mm|fs)/.*\\.c"));
        EXPECT_GT(each.first_line, 0u);
    }
    EXPECT_THAT(names, ::testing::Contains("__split_vma"));
    EXPECT_THAT(names, ::testing::Not(::testing::Contains("vma_merge_new_range")));
}

TEST(TreeCoverage, CountsWhatWasExecutedAndNothingElse) {
    std::string why;
    const std::string path = find_tree(&why);
    if (path.empty()) GTEST_SKIP() << why;
    const std::string program = build_tree(path, false, TreeBuild::covered);
    forget_tree_coverage(path);
    EXPECT_THROW(tree_coverage(path), std::runtime_error);
    {
        constexpr std::chrono::seconds limit{60};
        ChildProcess tree({program});
        tree.ask(R"({"request":"reset","setup":{"vmacheck-trace":1}})", limit);
        tree.ask(R"({"request":"apply","steps":[{"op":"munmap","addr":"0x10000","len":"0x1000"}]})", limit);
    }
    std::map<std::string, std::uint64_t> entered;
    for (const CoveredFunction& each : tree_coverage(path)) entered[each.name] = each.entered;
    EXPECT_EQ(entered["do_vmi_munmap"], 1u);
    ASSERT_EQ(entered.count("__split_vma"), 1u);
    EXPECT_EQ(entered["__split_vma"], 0u);
}

}  // namespace
}  // namespace vmacheck
