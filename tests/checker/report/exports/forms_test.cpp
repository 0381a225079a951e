// The forms of an export that are no C program: what they say, and what they refuse.
#include "checker/report/exports/export_form.hpp"
#include "checker/report/exports/kselftest.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vmacheck {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string mapped =
    R"({"op":"mmap","addr":"0x10000","len":"0x4000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]})"
    "\n";
const std::string protect = R"({"op":"mprotect","addr":"0x11000","len":"0x1000","prot":["READ"]})"
                            "\n";
const std::string write = R"({"op":"fault","addr":"0x10000","access":"write"})"
                          "\n";
const std::string placed = R"({"op":"mmap","len":"0x1000","prot":["READ"],"flags":["PRIVATE","ANONYMOUS"]})"
                           "\n";

Trace titled_trace(const std::string& steps, const std::string& header = "") {
    ReadResult result = read_trace("{\"vmacheck-trace\":1,\"title\":\"A title */\"" + header + "}\n" + steps);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe("trace", *error));
    return std::get<Trace>(std::move(result));
}

std::string exported(std::string_view form, const Trace& trace) {
    ExportRequest request{trace, "a-name", "./vmacheck replay a-name.jsonl", {}};
    request.options.checker = make_full_checker();
    auto result = export_form_named(form)->render(request);
    if (const auto* none = std::get_if<NoExport>(&result)) return "no: " + none->why;
    return std::get<Exported>(result).text;
}

TEST(ExportForms, HaveNamesOfTheirOwnAndSayWhatTheyAre) {
    std::set<std::string_view> names;
    for (const ExportForm& each : export_forms()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_FALSE(each.what.empty()) << each.name;
        EXPECT_EQ(export_form_named(each.name), &each);
    }
    EXPECT_EQ(export_form_named("html5"), nullptr);
}

TEST(ExportForms, SayTheTitleTheModelAndWhatIsLeftOut) {
    const Trace trace = titled_trace(mapped + write + R"({"op":"reclaim","addr":"0x10000"})", R"(,"profile":"v6.12")");
    for (const char* form : {"c", "kselftest", "syz"}) {
        const std::string text = exported(form, trace);
        EXPECT_THAT(text, HasSubstr("A title * /")) << form;
        EXPECT_THAT(text, HasSubstr("v6.12")) << form;
        EXPECT_THAT(text, HasSubstr("Left out: step 3, reclaim of 0x10000: it is no system call.")) << form;
    }
}

TEST(ExportForms, GiveTheSameBytesAgain) {
    const Trace trace = titled_trace(mapped + protect);
    for (const ExportForm& each : export_forms())
        EXPECT_EQ(exported(each.name, trace), exported(each.name, trace)) << each.name;
}

TEST(Kselftest, AsksForEachVmaAndEachHole) {
    const std::string text =
        exported("kselftest", titled_trace(mapped + R"({"op":"munmap","addr":"0x11000","len":"0x1000"})"));
    EXPECT_THAT(text, HasSubstr("TEST(a_name)"));
    EXPECT_THAT(text, HasSubstr("ASSERT_EQ(munmap(base + 0x1000, 0x1000), 0);"));
    EXPECT_THAT(text, HasSubstr("ASSERT_EQ(procmap.query.vma_end, (unsigned long)(base + 0x1000));"));
    EXPECT_THAT(text, HasSubstr("ASSERT_FALSE(find_vma_procmap(&procmap, base + 0x1000));"));
}

TEST(Kselftest, ExpectsErrors) {
    const std::string text = exported(
        "kselftest", titled_trace(mapped + R"({"op":"mprotect","addr":"0x13000","len":"0x2000","prot":["READ"]})"));
    EXPECT_THAT(text, HasSubstr("0x2000, PROT_READ), -1);\n\tASSERT_EQ(errno, ENOMEM);"));
}

TEST(Kselftest, RefusesWhatItCannotState) {
    EXPECT_EQ(exported("kselftest", titled_trace(placed)),
              "no: not all of its mappings are at fixed addresses that are near each other");
    EXPECT_EQ(
        exported("kselftest", titled_trace(mapped + protect + R"({"op":"fault","addr":"0x11000","access":"write"})")),
        "no: the access of step 3 raises a signal");
    EXPECT_EQ(exported("kselftest", titled_trace(mapped, R"(,"parameters":{"rlimit_as":9})")), "no: it sets limits");
}

TEST(Kselftest, NamesAreIdentifiers) {
    EXPECT_EQ(c_identifier("case1-file.2"), "case1_file_2");
    EXPECT_EQ(c_identifier("32bit"), "trace_32bit");
}

TEST(VmaTest, SaysWhichRequestsMergeAndTheVmasAfterEach) {
    const std::string next =
        R"({"op":"mmap","addr":"0x14000","len":"0x1000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]})";
    const std::string text = exported("vma-test", titled_trace(mapped + protect + next));
    EXPECT_THAT(text, HasSubstr("static bool test_a_name(void)"));
    EXPECT_THAT(text, HasSubstr("ASSERT_TRUE(a_name_map(&mm, 0x10000, 0x14000, 0x100073 /* rw-p ac */, false));"));
    EXPECT_THAT(text, HasSubstr("ASSERT_TRUE(a_name_modify(&mm, 0x11000, 0x12000, 0x100071 /* r--p ac */));"));
    EXPECT_THAT(text, HasSubstr("ASSERT_TRUE(a_name_map(&mm, 0x14000, 0x15000, 0x100073 /* rw-p ac */, true));"));
    EXPECT_THAT(text, HasSubstr("{ 0x12000, 0x15000, 0x12, 0x100073 /* rw-p ac */ },"));
}

TEST(VmaTest, UnmapsFirstWhereAMappingReplacesOthers) {
    EXPECT_THAT(exported("vma-test", titled_trace(mapped + mapped)),
                HasSubstr("do_vmi_munmap(&vmi, &mm, 0x10000, 0x4000, NULL, false)"));
}

TEST(VmaTest, RefusesOtherSteps) {
    EXPECT_EQ(exported("vma-test", titled_trace(mapped + write)),
              "no: step 2, write access to 0x10000: the test has no such step");
    EXPECT_EQ(exported("vma-test", titled_trace(R"({"op":"munmap","addr":"0x10000","len":"0x0"})")),
              "no: step 1, munmap(0x10000, 0x0): it fails, which is up to the callers of mm/vma.c");
}

TEST(Syz, MovesAddressesIntoTheDataOfAProgram) {
    const std::string text = exported(
        "syz",
        titled_trace(
            mapped + protect +
            R"({"op":"mremap","addr":"0x10000","len":"0x1000","new_len":"0x2000","flags":["MAYMOVE","FIXED"],"new_addr":"0x20000"})"));
    EXPECT_THAT(text, HasSubstr("\nmmap(&(0x7f0000000000/0x4000)=nil, 0x4000, 0x3, 0x32, 0xffffffffffffffff, 0x0)\n"));
    EXPECT_THAT(text, HasSubstr("\nmprotect(&(0x7f0000001000/0x1000)=nil, 0x1000, 0x1)\n"));
    EXPECT_THAT(
        text, HasSubstr("\nmremap(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x2000, 0x3, &(0x7f0000010000/0x2000)=nil)\n"));
}

TEST(Syz, OpensMemfdsBeforeItsDataIsUnmapped) {
    const std::string text = exported(
        "syz",
        titled_trace(
            R"({"op":"mmap","addr":"0x10000","len":"0x1000","prot":["READ"],"flags":["SHARED","FIXED"],"file":1,"offset":"0x0"})",
            R"(,"files":[{"kind":"shmem","pages":4}])"));
    EXPECT_THAT(text,
                HasSubstr("r0 = memfd_create(&(0x7f0000000000)='vmacheck\\x00', 0x2)\nftruncate(r0, 0x4000)\nmunmap("));
    EXPECT_THAT(text, HasSubstr("0x1000, 0x1, 0x11, r0, 0x0)"));
}

TEST(Syz, RefusesAddressesThatAreFarApart) {
    EXPECT_THAT(exported("syz", titled_trace(mapped + R"({"op":"munmap","addr":"0x20000000","len":"0x1000"})")),
                HasSubstr("no: its addresses lie farther apart"));
}

TEST(Markdown, ShowsTheStepThatBreaksAPropertyAndTheCommand) {
    Trace trace = titled_trace(
        R"({"op":"mmap","addr":"0x10000","len":"0x4000","prot":[],"flags":["PRIVATE","FIXED","ANONYMOUS"]})"
        "\n"
        R"({"op":"mmap","addr":"0x11000","len":"0x1000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]})"
        "\n"
        R"({"op":"mmap","addr":"0x12000","len":"0x1000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"]})",
        R"(,"faults":["adjust-gap-not-updated"])");
    const std::string text = exported("markdown", trace);
    EXPECT_THAT(text, HasSubstr("### A title \\*/\n"));
    EXPECT_THAT(text, HasSubstr("v5.10 with adjust-gap-not-updated"));
    EXPECT_THAT(text, HasSubstr("**Violated** at step 3: `gap-cache`: rb\\_subtree\\_gap"));
    EXPECT_THAT(text, HasSubstr("Step 3 is decided by `vma_merge`: case 2"));
    EXPECT_THAT(text, HasSubstr("  before  |aaaaaaa|bbbbbbb|"));
    EXPECT_THAT(text, HasSubstr("Again: `./vmacheck replay a-name.jsonl`"));
}

TEST(Markdown, SaysExpectedAndActualOfAResultThatDiffers) {
    const std::string text = exported(
        "markdown",
        titled_trace(mapped + R"({"op":"munmap","addr":"0x10000","len":"0x4000","ret":"EINVAL"})" + "\n" + mapped));
    EXPECT_THAT(text, HasSubstr("**Differs** at step 2, `ret`: expected `EINVAL`, is `0`"));
    EXPECT_THAT(text, Not(HasSubstr("step 3")));
}

TEST(Html, IsThePageOfTheTrace) {
    const std::string text =
        exported("html", titled_trace(mapped + R"({"op":"munmap","addr":"0x10000","len":"0x1000"})"));
    EXPECT_THAT(text, HasSubstr("<!doctype html>"));
    EXPECT_THAT(text, HasSubstr("./vmacheck replay a-name.jsonl"));
    EXPECT_THAT(text, HasSubstr("Every property holds"));
}

}  // namespace
}  // namespace vmacheck
