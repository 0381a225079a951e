// Traces as C programs: compiled with the machine's cc and run on its kernel.
#include "checker/report/exports/c_program.hpp"

#include "checker/conform/model_results.hpp"
#include "tests/checker/report/exports/compiled.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Trace trace_with_files(const std::string& steps, const std::string& parameters = "{}") {
    ReadResult result =
        read_trace("{\"vmacheck-trace\":1,\"profile\":\"v6.12\",\"parameters\":" + parameters +
                   ",\"files\":[{\"kind\":\"shmem\",\"pages\":4},{\"kind\":\"with_close\"}]}\n" + steps);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe("trace", *error));
    return std::get<Trace>(std::move(result));
}

std::string map(const std::string& addr, const std::string& len, const std::string& flags,
                const std::string& more = "") {
    return R"({"op":"mmap","addr":")" + addr + R"(","len":")" + len + R"(","prot":["READ","WRITE"],"flags":[)" + flags +
           "]" + more + "}\n";
}

std::string of_range(const std::string& op, const std::string& addr, const std::string& len,
                     const std::string& more = "") {
    return R"({"op":")" + op + R"(","addr":")" + addr + R"(","len":")" + len + "\"" + more + "}\n";
}

std::string write_to(const std::string& addr, const std::string& more = "") {
    return R"({"op":"fault","addr":")" + addr + R"(","access":"write")" + more + "}\n";
}

const std::string anonymous = R"("PRIVATE","FIXED","ANONYMOUS")";
const std::string read_only = R"(,"prot":["READ"])";
const std::string of_child = R"(,"proc":1)";

std::string program_of(const Trace& trace) {
    auto program = c_program(trace);
    return std::holds_alternative<Exported>(program) ? std::get<Exported>(program).text
                                                     : "no: " + std::get<NoExport>(program).why;
}

Performed steps_of(const Trace& trace) {
    auto steps = c_steps(trace);
    if (const auto* none = std::get_if<NoExport>(&steps)) throw std::runtime_error(none->why);
    return std::get<Performed>(std::move(steps));
}

// Of the program that expects something else than the model does.
ProgramRun run_of(const Performed& steps) {
    return compile_and_run(std::get<Exported>(c_program(steps)).text);
}

class CProgram : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_compiler()) GTEST_SKIP() << "no cc";
    }

    static void expect_as_expected(const Trace& trace) {
        const std::string text = program_of(trace);
        const ProgramRun run = compile_and_run(text);
        EXPECT_EQ(run.status, 0) << run.output << text;
        EXPECT_EQ(run.output, "as expected\n");
    }
};

TEST_F(CProgram, PerformsTheCallsAndFindsThemAsExpected) {
    expect_as_expected(
        trace_with_files(map("0x10000", "0x4000", anonymous) + of_range("mprotect", "0x11000", "0x1000", read_only) +
                         write_to("0x11000") + write_to("0x12000") +
                         map("0x13000", "0x1000", R"("PRIVATE","FIXED_NOREPLACE","ANONYMOUS")") +
                         map("0x0", "0x2000", R"("PRIVATE","ANONYMOUS")") +
                         map("0x20000", "0x2000", R"("SHARED","FIXED")", R"(,"file":1,"offset":"0x1000")")));
}

TEST_F(CProgram, SaysWhichResultIsNotAsExpected) {
    Performed steps =
        steps_of(trace_with_files(map("0x10000", "0x1000", anonymous) + of_range("munmap", "0x10000", "0x0")));
    EXPECT_EQ(run_of(steps).status, 0);
    steps.steps[1].error = Errno::eperm;
    const ProgramRun run = run_of(steps);
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.output.find(
                  "step 2, munmap(0x10000, 0x0): expected -1 [Operation not permitted], is -22 [Invalid argument]"),
              std::string::npos)
        << run.output;
}

TEST_F(CProgram, ShowsTheVmasThatAreNotAsExpected) {
    Performed steps = steps_of(trace_with_files(map("0x10000", "0x3000", anonymous)));
    ASSERT_EQ(steps.steps[0].after.vmas.size(), 1u);
    steps.steps[0].after.vmas[0].end -= 1;
    const ProgramRun run = run_of(steps);
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.output.find("expected these VMAs:\n0x10000-0x12000 rw-p ac\nbut they are:\n"), std::string::npos)
        << run.output;
}

TEST_F(CProgram, FindsAVmaTooMany) {
    Performed steps =
        steps_of(trace_with_files(map("0x10000", "0x3000", anonymous) + of_range("munmap", "0x11000", "0x1000")));
    steps.steps[1].after.vmas.pop_back();
    EXPECT_EQ(run_of(steps).status, 1);
}

TEST_F(CProgram, ComparesTheLettersOfSmaps) {
    Performed steps = steps_of(trace_with_files(map("0x10000", "0x3000", anonymous) +
                                                of_range("madvise", "0x11000", "0x1000", R"(,"advice":"DONTFORK")")));
    EXPECT_EQ(run_of(steps).status, 0);
    for (VmaView& each : steps.steps[1].after.vmas) each.flags &= ~vm::dontcopy;
    EXPECT_EQ(run_of(steps).status, 1);
}

TEST_F(CProgram, ComparesTheOffsetsOfFiles) {
    Performed steps =
        steps_of(trace_with_files(map("0x20000", "0x2000", R"("SHARED","FIXED")", R"(,"file":1,"offset":"0x1000")")));
    EXPECT_EQ(run_of(steps).status, 0);
    steps.steps[0].after.vmas[0].pgoff = 0;
    EXPECT_EQ(run_of(steps).status, 1);
}

TEST_F(CProgram, ComparesLockedMemoryWithItsCounter) {
    const std::string text =
        program_of(trace_with_files(map("0x10000", "0x2000", anonymous) + of_range("mlock", "0x10000", "0x1000")));
    EXPECT_NE(text.find("number_after(\"/proc/self/status\", \"VmLck:\"), 4);"), std::string::npos) << text;
    EXPECT_EQ(compile_and_run(text).status, 0);
}

TEST_F(CProgram, CallsAMappingThatTheKernelPlacesByItsVariable) {
    Trace trace = trace_with_files(map("0x0", "0x3000", R"("PRIVATE","ANONYMOUS")"));
    TraceStep& step = trace.steps.emplace_back();
    step.op.kind = OpKind::munmap;
    step.op.addr = Bytes<Plain>::from(*results_on_model(trace).results[0].value + 0x1000);
    step.op.len = Bytes<Plain>::pages(1);
    const std::string text = program_of(trace);
    EXPECT_NE(text.find("SYS_munmap, p1 + 0x1000"), std::string::npos) << text;
    EXPECT_NE(text.find("p1+0x2000-p1+0x3000 rw-p ac"), std::string::npos) << text;
    EXPECT_EQ(compile_and_run(text).status, 0);
}

TEST_F(CProgram, MovesAddressesAtWhichAProgramHasItsOwnMappings) {
    const Trace trace =
        trace_with_files(map("0x7ffff0000000", "0x2000", anonymous) + of_range("munmap", "0x7ffff0001000", "0x1000"));
    const std::string text = program_of(trace);
    EXPECT_NE(text.find("\"0x100030000000-0x100030001000 rw-p ac\\n\""), std::string::npos) << text;
    EXPECT_EQ(compile_and_run(text).status, 0);
}

TEST_F(CProgram, LetsProcessesTakeTurns) {
    const Trace trace =
        trace_with_files(map("0x10000", "0x4000", anonymous) + write_to("0x10000") + R"({"op":"fork"})" + "\n" +
                         of_range("munmap", "0x11000", "0x1000", of_child) + write_to("0x12000") +
                         of_range("mprotect", "0x10000", "0x1000", read_only + of_child) + R"({"op":"exit","proc":1})" +
                         "\n" + of_range("munmap", "0x10000", "0x4000"));
    expect_as_expected(trace);
    Performed steps = steps_of(trace);
    steps.steps[5].after.vmas.pop_back();
    EXPECT_EQ(run_of(steps).status, 1) << "of the child";
}

TEST_F(CProgram, MovesTheHeapToWhereItIsInTheTrace) {
    const ProgramRun run = compile_and_run(
        program_of(trace_with_files("{\"op\":\"brk\",\"addr\":\"0x22000\"}\n{\"op\":\"brk\",\"addr\":\"0x21000\"}",
                                    R"({"start_brk_bytes":131072})")));
    if (run.status == 77) GTEST_SKIP() << run.output;
    EXPECT_EQ(run.status, 0) << run.output;
}

TEST_F(CProgram, ObeysALimitOnVmas) {
    Trace trace = trace_with_files(map("0x10000", "0x3000", anonymous) + of_range("munmap", "0x11000", "0x1000"),
                                   R"({"max_map_count":1})");
    ASSERT_EQ(results_on_model(trace).results[1].error, Errno::enomem);
    const ProgramRun run = compile_and_run(program_of(trace));
    if (run.status == 77) GTEST_SKIP() << run.output;
    EXPECT_EQ(run.status, 0) << run.output;
}

TEST(CProgramWithout, StepsThatNothingDependsOnAreLeftOutByName) {
    Trace trace =
        trace_with_files(map("0x10000", "0x2000", anonymous) + write_to("0x10000") +
                         R"({"op":"reclaim","addr":"0x10000"})" + "\n" + of_range("munmap", "0x10000", "0x2000"));
    const auto program = c_program(trace);
    ASSERT_TRUE(std::holds_alternative<Exported>(program)) << std::get<NoExport>(program).why;
    const Exported& exported = std::get<Exported>(program);
    ASSERT_EQ(exported.left_out.size(), 1u);
    EXPECT_EQ(text_of(exported.left_out[0]), "step 3, reclaim of 0x10000: it is no system call");
    EXPECT_NE(exported.text.find("Left out: step 3, reclaim of 0x10000: it is no system call."), std::string::npos);
    EXPECT_NE(exported.text.find("step(4, \"munmap"), std::string::npos) << "numbers are those of the trace";
}

TEST(CProgramWithout, AStepThatOthersDependOnThereIsNone) {
    const std::string file = R"(,"file":2,"offset":"0x0")";
    EXPECT_EQ(program_of(trace_with_files(map("0x20000", "0x1000", anonymous) +
                                          map("0x10000", "0x1000", R"("SHARED","FIXED")", file) +
                                          of_range("munmap", "0x20000", "0x1000"))),
              "no: step 3 depends on step 2, mmap(0x10000, 0x1000, READ|WRITE, SHARED|FIXED, file 2, 0x0): a program "
              "cannot make such a file");
}

TEST(CProgramWithout, WhatAMachineCannotBeMadeToHaveThereIsNone) {
    EXPECT_EQ(program_of(trace_with_files(map("0x10000", "0x1000", anonymous), R"({"overcommit_mode":2})")),
              "no: it sets how much memory there is to commit");
    EXPECT_EQ(program_of(trace_with_files("")), "no: it has no steps");
    EXPECT_EQ(program_of(trace_with_files(map("0x10000", "0x1000", anonymous) +
                                          of_range("munmap", "0x10000", "0x7ffffffe0000"))),
              "no: step 2 reaches into the program's own mappings");
}

}  // namespace
}  // namespace vmacheck
