// Traces as C programs: compiled with the machine's cc and run on its kernel.
#include "checker/report/c_program.hpp"

#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vmacheck {
namespace {

Trace trace_of(const std::string& steps) {
    ReadResult result = read_trace("{\"vmacheck-trace\":1,\"files\":[{\"kind\":\"shmem\",\"pages\":4}]}\n" + steps);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe("trace", *error));
    return std::get<Trace>(std::move(result));
}

std::string map(const std::string& addr, const std::string& len, const std::string& flags,
                const std::string& more = "") {
    return R"({"op":"mmap","addr":")" + addr + R"(","len":")" + len + R"(","prot":["READ","WRITE"],"flags":[)" + flags +
           "]" + more + "}\n";
}

const std::string anonymous = R"("PRIVATE","FIXED","ANONYMOUS")";

std::string program_of(const Trace& trace, const ModelResults& expected) {
    auto program = c_program(trace, expected);
    return std::holds_alternative<std::string>(program) ? std::get<std::string>(program)
                                                        : "no: " + std::get<NoProgram>(program).why;
}

// The exit status of the program; -1: it does not compile without a warning.
int run(const std::string& text) {
    std::string directory = std::filesystem::temp_directory_path() / "c-program-XXXXXX";
    if (mkdtemp(directory.data()) == nullptr) return -1;
    std::ofstream(directory + "/program.c") << text;
    const std::string compile = "cc -Wall -Wextra -Werror -o " + directory + "/program " + directory + "/program.c";
    int status = std::system(compile.c_str()) == 0 ? 0 : -1;
    if (status == 0) {
        const int waited = std::system((directory + "/program >" + directory + "/output").c_str());
        status = WIFEXITED(waited) ? WEXITSTATUS(waited) : -2;
    }
    std::filesystem::remove_all(directory);
    return status;
}

class CProgram : public ::testing::Test {
protected:
    void SetUp() override {
        if (std::system("cc --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no cc";
    }
};

TEST_F(CProgram, PerformsTheCallsAndFindsThemAsExpected) {
    const Trace trace = trace_of(map("0x10000", "0x4000", anonymous) +
                                 R"({"op":"mprotect","addr":"0x11000","len":"0x1000","prot":["READ"]})" + "\n" +
                                 R"({"op":"fault","addr":"0x11000","access":"write"})" + "\n" +
                                 R"({"op":"fault","addr":"0x12000","access":"write"})" + "\n" +
                                 map("0x13000", "0x1000", R"("PRIVATE","FIXED_NOREPLACE","ANONYMOUS")") +
                                 map("0x0", "0x2000", R"("PRIVATE","ANONYMOUS")") +
                                 map("0x20000", "0x2000", R"("SHARED","FIXED")", R"(,"file":1,"offset":"0x1000")"));
    const std::string text = program_of(trace, results_on_model(trace));
    EXPECT_EQ(run(text), 0) << text;
}

TEST_F(CProgram, SaysWhichResultIsNotAsExpected) {
    const Trace trace =
        trace_of(map("0x10000", "0x1000", anonymous) + R"({"op":"munmap","addr":"0x10000","len":"0x0"})");
    ModelResults expected = results_on_model(trace);
    EXPECT_EQ(run(program_of(trace, expected)), 0);
    expected.results[1].error = Errno::eperm;
    EXPECT_EQ(run(program_of(trace, expected)), 1);
}

TEST_F(CProgram, SaysWhichVmaIsMissing) {
    const Trace trace = trace_of(map("0x10000", "0x3000", anonymous));
    ModelResults expected = results_on_model(trace);
    ASSERT_EQ(expected.last.vmas.size(), 1u);
    expected.last.vmas[0].end -= 1;
    EXPECT_EQ(run(program_of(trace, expected)), 1);
}

TEST_F(CProgram, LockedMemoryIsComparedWithItsCounter) {
    const Trace trace =
        trace_of(map("0x10000", "0x2000", anonymous) + R"({"op":"mlock","addr":"0x10000","len":"0x1000"})");
    ModelResults expected = results_on_model(trace);
    const std::string text = program_of(trace, expected);
    EXPECT_NE(text.find("locked_kb(), 4);"), std::string::npos) << text;
    EXPECT_EQ(run(text), 0);
    for (VmaView& each : expected.last.vmas) each.flags |= vm::locked;
    EXPECT_EQ(run(program_of(trace, expected)), 1);
}

TEST_F(CProgram, AMappingThatTheKernelPlacesIsCalledByItsVariable) {
    const Trace trace = trace_of(map("0x0", "0x3000", R"("PRIVATE","ANONYMOUS")"));
    Trace longer = trace;
    TraceStep& step = longer.steps.emplace_back();
    step.op.kind = OpKind::munmap;
    step.op.addr = Bytes<Plain>::from(*results_on_model(trace).results[0].value + 0x1000);
    step.op.len = Bytes<Plain>::pages(1);
    const std::string text = program_of(longer, results_on_model(longer));
    EXPECT_NE(text.find("SYS_munmap, p1 + 0x1000"), std::string::npos) << text;
    EXPECT_EQ(run(text), 0);
}

TEST(CProgramRefusal, WhatOnlyAModelCanDoIsNoProgram) {
    const Trace forks = trace_of(R"({"op":"fork"})"
                                 "\n"
                                 R"({"op":"munmap","proc":1,"addr":"0x10000","len":"0x1000"})");
    EXPECT_EQ(program_of(forks, results_on_model(forks)), "no: it has fork");
    Trace fails = trace_of(map("0x10000", "0x1000", anonymous));
    fails.steps[0].op.fail_alloc = {AllocKind::vma, 1};
    EXPECT_EQ(program_of(fails, results_on_model(fails)), "no: an allocation fails");
}

}  // namespace
}  // namespace vmacheck
