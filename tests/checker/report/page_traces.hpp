// Traces for tests of pages, and the pages that they become.
#pragma once

#include "checker/report/explain.hpp"
#include "checker/report/html/campaign_page.hpp"
#include "checker/report/html/conform_page.hpp"
#include "checker/report/html/explain_page.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace vmacheck {

inline Trace fault_trace(const std::string& name) {
    auto read = read_trace_file(std::string(FAULTS_DIRECTORY) + "/" + name + ".jsonl");
    if (const auto* error = std::get_if<ReadError>(&read)) ADD_FAILURE() << error->message;
    return std::get<Trace>(read);
}

inline Op<Plain> call(OpKind kind, std::uint64_t page, std::uint64_t pages) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(pages);
    op.prot = prot::read | prot::write;
    op.flags = map::private_ | map::fixed | map::anonymous;
    return op;
}

// mmap, munmap and mprotect, at pages that are spread in a fixed way.
inline Trace long_trace(std::size_t steps) {
    Trace trace;
    trace.header.title = "A long one";
    for (std::size_t i = 0; i < steps; ++i) {
        const std::uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15 >> 40;
        const OpKind kinds[] = {OpKind::mmap, OpKind::mmap, OpKind::munmap, OpKind::mprotect};
        TraceStep step;
        step.op = call(kinds[mixed % 4], 0x10 + mixed / 4 % 40, 1 + mixed / 256 % 4);
        if (mixed / 1024 % 2 == 0) step.op.prot = prot::read;
        trace.steps.push_back(step);
    }
    return trace;
}

// A mapping right above one with other rights.
inline Trace refused_trace() {
    Trace trace;
    trace.steps.resize(2);
    trace.steps[0].op = call(OpKind::mmap, 0x10, 1);
    trace.steps[0].op.prot = prot::read;
    trace.steps[1].op = call(OpKind::mmap, 0x11, 1);
    return trace;
}

// As `explain TRACE --html` makes it.
inline std::string page_of(const Trace& trace) {
    ReplayOptions options;
    options.checker = make_full_checker();
    ReplayResult result;
    const Story story = explain(trace, options, result, Depth::details);
    return html::explain_page(
        {story, result.verdict, "traces/t.jsonl", "./vmacheck replay traces/t.jsonl", write_trace(trace)});
}

inline Finding finding_of(const std::string& fault, const std::string& property, const std::string& text) {
    Finding finding;
    finding.origin = {"random", 7, "case 7"};
    finding.trace = fault_trace(fault);
    finding.violations = {{property, text}};
    finding.path = "findings/" + fault + ".jsonl";
    return finding;
}

// A campaign with one finding, in which munmap succeeded three times and nothing else was reached.
inline std::string campaign_page_of_one() {
    CampaignReport report;
    report.verdict = Verdict::violated;
    report.grid = fill_grid({{"errno/munmap/ok", 3}});
    report.totals = {{"random", 10, 10, 20'000, 10}};
    ReportedFinding found;
    found.stored.found = finding_of("adjust-gap-not-updated", "gap-cache", "a gap is <wrong>");
    found.stored.minimised = found.stored.found;
    found.stored.times = 2;
    report.findings.push_back(found);
    CellTrace reached{"traces/corpus/a.jsonl", refused_trace()};
    reached.trace.steps.emplace_back().op = call(OpKind::munmap, 0x11, 1);
    return html::campaign_page(report, "./vmacheck campaign --seed 2", {{"errno/munmap/ok", reached}});
}

// A subject that gives another result of mmap.
inline std::string conform_page_of_one() {
    ConformReport report{"exec:./other", {}, "v5.10", 1};
    report.result.started.profile = "v5.10";
    FoundDifference found;
    found.finding = finding_of("adjust-gap-not-updated", "result-agrees", "ret: expected 0x12000, is EINVAL");
    found.program = "findings/other.c";
    report.result.found.push_back(found);
    return html::conform_page(report);
}

}  // namespace vmacheck
