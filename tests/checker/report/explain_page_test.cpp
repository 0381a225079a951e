// Pages as text: what is on them without a script.
#include "checker/report/html/address_axis.hpp"
#include "checker/report/html/markup.hpp"
#include "checker/report/html/merge_figure.hpp"
#include "checker/report/html/vma_bars.hpp"
#include "tests/checker/report/page_traces.hpp"

#include <gmock/gmock.h>

namespace vmacheck {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& what, const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

TEST(Page, EscapesUntrustedText) {
    EXPECT_EQ(html::escape("<b a=\"1\" c='2'>&\x1b"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\\x1b");
    Trace trace = fault_trace("av-double-reuse");
    trace.header.title = "</title><script>alert(1)</script>";
    trace.steps.back().note = "<img src=x onerror=alert(2)>";
    const std::string page = page_of(trace);
    EXPECT_THAT(page, AllOf(HasSubstr("&lt;/title&gt;&lt;script&gt;alert(1)"), HasSubstr("&lt;img src=x")));
    EXPECT_THAT(page, AllOf(Not(HasSubstr("<script>alert")), Not(HasSubstr("<img"))));
}

TEST(Page, LoadsNothingFromAnywhere) {
    const std::string page = page_of(fault_trace("av-double-reuse"));
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
    EXPECT_THAT(page, AllOf(Not(HasSubstr("http://")), Not(HasSubstr("https://")), Not(HasSubstr(" src="))));
}

TEST(Page, SaysWhatWentWrongWhereAndWhy) {
    const std::string page = page_of(fault_trace("av-double-reuse"));
    EXPECT_THAT(page, HasSubstr("What went wrong: one-owner"));
    EXPECT_THAT(page, HasSubstr("all VMAs whose anon_vma is the same one belong to one process"));
    EXPECT_THAT(page, HasSubstr("anon_vma 3 is owned by two processes"));
    EXPECT_THAT(page, HasSubstr("<code>anon_vma_clone</code>"));
    EXPECT_THAT(page, HasSubstr("does not separate children from users"));
    EXPECT_THAT(page, HasSubstr("./vmacheck replay traces/t.jsonl"));
    EXPECT_THAT(page, HasSubstr("✕ owned by process 2 and process 3</text>"));
}

TEST(Page, HasEachStepWithoutAScript) {
    const std::string page = page_of(fault_trace("av-double-reuse"));
    for (int step = 1; step <= 7; ++step) {
        EXPECT_EQ(count_of("<section class=step id=\"step=" + std::to_string(step) + "\"", page), 1u);
        EXPECT_EQ(count_of("data-row=" + std::to_string(step) + ">", page), 1u);
    }
    EXPECT_THAT(page, HasSubstr("<code>fork()</code> <span class=eq>=</span> <code>process 3</code>"));
    EXPECT_THAT(page, HasSubstr("process 3 takes the anon_vma that process 2 still uses"));
    EXPECT_THAT(page, Not(HasSubstr("application/x-pack\"")));
}

TEST(Page, ShowsTheSpecificationNextToWhatThereIs) {
    const std::string page = page_of(fault_trace("merge-case3-pgoff"));
    EXPECT_THAT(page, HasSubstr("<tr class=wrong>"));
    EXPECT_THAT(page, AllOf(HasSubstr("file 1 at page 0x0"), HasSubstr("file 1 at page 0x1"), HasSubstr("✕ differs")));
    EXPECT_THAT(page, HasSubstr("<strong>Merge case 3</strong>"));
    EXPECT_THAT(page, HasSubstr("i_mmap of file 1"));
}

TEST(Page, SaysWhyWhatTouchesWasNotMergedAndNamesTheStepOfAnotherTask) {
    EXPECT_THAT(page_of(fault_trace("munmap-downgrade-race")),
                HasSubstr("<code>other_step</code> (in __do_munmap, result 0)<br><span class=soft>another task took"));
    EXPECT_THAT(page_of(refused_trace()),
                HasSubstr("<h4>Why</h4><ul class=events><li>vma_merge: [0x10000,0x11000) below: it has"));
}

TEST(Page, SaysThatAllHolds) {
    EXPECT_THAT(page_of(long_trace(5)), HasSubstr("Every property holds"));
}

TEST(Page, SaysWhatDiffersFromTheTrace) {
    Trace trace = long_trace(2);
    trace.steps[1].seen.error = Errno::eagain;
    EXPECT_THAT(page_of(trace), AllOf(HasSubstr("A result is not what the trace states"), HasSubstr("EAGAIN")));
}

TEST(Page, OfALongTraceHasEveryCallAndPacksTheMiddle) {
    const std::string page = page_of(long_trace(1000));
    EXPECT_EQ(count_of(" data-row=", page), 1000u);
    EXPECT_EQ(count_of("<section class=step ", page), 40u);
    EXPECT_EQ(count_of("data-kind=step ", page), 10u);
    EXPECT_EQ(count_of("data-kind=lanes ", page), 10u);
    EXPECT_THAT(page, AllOf(HasSubstr("data-kind=step data-first=21 data-count=100>"),
                            HasSubstr("data-kind=step data-first=921 data-count=60>")));
    EXPECT_LT(page.size(), 2'000'000u);
}

TEST(Page, IsTheSameEachTime) {
    EXPECT_EQ(page_of(long_trace(150)), page_of(long_trace(150)));
}

TEST(Page, CarriesTheTrace) {
    EXPECT_EQ(html::data_link("text/plain", "ab"), "data:text/plain;base64,YWI=");
    EXPECT_EQ(html::data_link("text/plain", "abc"), "data:text/plain;base64,YWJj");
    const Trace trace = fault_trace("av-double-reuse");
    EXPECT_THAT(page_of(trace), HasSubstr(html::data_link("application/jsonl", write_trace(trace))));
}

TEST(CampaignPage, HasFindingsWithTheirStoriesAndTheGrid) {
    const std::string page = campaign_page_of_one();
    EXPECT_THAT(page, AllOf(HasSubstr("a gap is &lt;wrong&gt;"), Not(HasSubstr("<wrong>"))));
    EXPECT_THAT(page, HasSubstr("1. gap-cache by mmap"));
    EXPECT_THAT(page, HasSubstr("rb_subtree_gap of VMA [0x1a000,0x1b000) is 9 pages, expected 5"));
    EXPECT_THAT(page, HasSubstr("title=\"./vmacheck explain traces/corpus/a.jsonl --profile v5.10 --faults &#39;&#39; "
                                "--shipped off --step 3\" data-story=0>ok 3</span>"));
    EXPECT_THAT(page, HasSubstr("title=\"./vmacheck reach errno/munmap/EINVAL\">EINVAL open</span>"));
    EXPECT_LT(page.find("EINVAL open"), page.find(">ok 3<")) << "open cells come first";
    EXPECT_THAT(page, HasSubstr("<td>random<td>10 of 10<td>10<td>20000</tr>"));
}

TEST(ConformPage, BeginsWithTheFirstRowThatDiffersAndItsProgram) {
    const std::string page = conform_page_of_one();
    const std::size_t first = page.find("The first row that differs");
    ASSERT_NE(first, std::string::npos);
    EXPECT_LT(first, page.find("Difference 1: result-agrees"));
    EXPECT_LT(page.find("download=\"other.c\""), page.find("Difference 1: result-agrees"));
    EXPECT_THAT(page, HasSubstr("<tr class=differs><td><code>mmap</code><td><code>ok</code><td>✕ differs"));
    EXPECT_THAT(page, HasSubstr("<code>munmap</code><td><code>ok</code><td>not supported"));
    EXPECT_THAT(page, HasSubstr("./vmacheck conform --on exec:./other --profile v5.10 findings/adjust-gap"));
}

TEST(AddressAxis, KeepsTheOrderAndMakesEveryPageSeen) {
    const html::AddressAxis axis({{0x10, 0x11}, {0x7ff000000, 0x7ff000001}, {0x11, 0x400011}});
    EXPECT_EQ(axis.at(0x10), 0);
    EXPECT_EQ(axis.at(0x7ff000001), 100);
    EXPECT_GT(axis.at(0x11), 4);
    EXPECT_LT(axis.at(0x11), axis.at(0x400011));
    EXPECT_LT(axis.at(0x400011), axis.at(0x7ff000000));
    EXPECT_THAT(axis.labels(600), HasSubstr(">0x10000</b>"));
}

TEST(VmaNames, StayWithTheObject) {
    html::VmaNames names;
    EXPECT_EQ(names.index(7), 0u);
    EXPECT_EQ(names.index(9), 1u);
    EXPECT_EQ(names.index(7), 0u);
    EXPECT_EQ(html::VmaNames::text(0), "a");
    EXPECT_EQ(html::VmaNames::text(25), "z");
    EXPECT_EQ(html::VmaNames::text(26), "aa");
    EXPECT_EQ(html::VmaNames::text(27), "ab");
}

TEST(MergeFigure, DrawsTheEightCases) {
    for (int which = 1; which <= 8; ++which)
        EXPECT_THAT(html::merge_figure(which, "x"), HasSubstr("Merge case " + std::to_string(which)));
    EXPECT_EQ(html::merge_figure(9, "x"), "");
}

}  // namespace
}  // namespace vmacheck
