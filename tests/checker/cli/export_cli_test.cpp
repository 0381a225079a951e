// vmacheck export on the command line: where the text goes, what is left out, and what is refused.
#include "tests/checker/cli/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string trace =
    "{\"vmacheck-trace\":1,\"title\":\"Two pages\",\"files\":[{\"kind\":\"with_close\"}]}\n"
    "{\"op\":\"mmap\",\"addr\":\"0x10000\",\"len\":\"0x2000\",\"prot\":[\"READ\"],"
    "\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\"]}\n";
const std::string map_of_file =
    "{\"op\":\"mmap\",\"addr\":\"0x20000\",\"len\":\"0x1000\",\"prot\":[\"READ\"],\"flags\":[\"SHARED\",\"FIXED\"],"
    "\"file\":1,\"offset\":\"0x0\"}\n";
const std::string unmap_file = "{\"op\":\"munmap\",\"addr\":\"0x20000\",\"len\":\"0x1000\"}\n";
const std::string protect_file = R"({"op":"mprotect","addr":"0x20000","len":"0x1000","prot":[]})"
                                 "\n";

TEST(ExportCli, writes_to_standard_output_or_to_a_file) {
    const Scratch scratch;
    const std::string path = scratch.file("a.jsonl", trace);
    const Ran printed = run_program({"export", path, "--as", "c"});
    EXPECT_EQ(printed.exit_code, 0) << printed.err;
    EXPECT_THAT(printed.out, StartsWith("/*\n * Two pages\n"));
    EXPECT_EQ(printed.err, "");
    const Ran written = run_program({"export", path, "--as", "c", "--output", scratch.path("a.c")});
    EXPECT_EQ(written.exit_code, 0) << written.err;
    EXPECT_EQ(written.out, "");
    EXPECT_EQ(contents(scratch.path("a.c")), printed.out);
    EXPECT_THAT(scratch.names(), ElementsAre("a.c", "a.jsonl"));
}

TEST(ExportCli, names_what_is_left_out_on_standard_error) {
    const Scratch scratch;
    const Ran ran = run_program(
        {"export", scratch.file("a.jsonl", trace + unmap_file + "{\"op\":\"reclaim\",\"addr\":\"0x10000\"}\n"), "--as",
         "c"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(ran.err, "vmacheck: left out: step 3, reclaim of 0x10000: it is no system call\n");
}

TEST(ExportCli, refuses_in_one_line_and_writes_no_file) {
    const Scratch scratch;
    const std::string path = scratch.file("a.jsonl", trace + map_of_file + protect_file);
    const Ran ran = run_program({"export", path, "--as", "c", "-o", scratch.path("a.c")});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "vmacheck: " + path +
                           ": cannot be exported as c: step 3 depends on step 2, mmap(0x20000, 0x1000, READ, "
                           "SHARED|FIXED, file 1, 0x0): a program cannot make such a file\n");
    EXPECT_THAT(scratch.names(), ElementsAre("a.jsonl"));
}

TEST(ExportCli, refuses_an_unknown_form_and_a_missing_one) {
    const Scratch scratch;
    const std::string path = scratch.file("a.jsonl", trace);
    const Ran unknown = run_program({"export", path, "--as", "pascal"});
    EXPECT_EQ(unknown.exit_code, 150);
    EXPECT_THAT(unknown.err, HasSubstr("c,kselftest,vma-test,syz,markdown"));
    EXPECT_EQ(run_program({"export", path}).exit_code, 150);
    EXPECT_EQ(run_program({"export", scratch.path("none.jsonl"), "--as", "c"}).exit_code, 150);
    const Ran no_place = run_program({"export", path, "--as", "c", "-o", scratch.path("no/such/a.c")});
    EXPECT_EQ(no_place.exit_code, 150);
    EXPECT_THAT(no_place.err, StartsWith("vmacheck: "));
}

TEST(ExportCli, takes_the_model_from_the_options) {
    const Scratch scratch;
    const std::string path = scratch.file("a.jsonl", trace);
    EXPECT_THAT(run_program({"export", path, "--as", "c", "--profile", "v6.12"}).out, HasSubstr("model of v6.12 does"));
    EXPECT_THAT(run_program({"export", path, "--as", "markdown", "--profile", "v6.12"}).out,
                HasSubstr("replay " + path + " --profile v6.12"));
    EXPECT_EQ(run_program({"export", path, "--as", "c", "--profile", "v1.0"}).exit_code, 150);
}

}  // namespace
