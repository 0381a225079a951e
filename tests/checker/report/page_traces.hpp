// Traces for tests of pages, and the pages that they become.
#pragma once

#include "checker/report/explain.hpp"
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

// As `explain TRACE --html` makes it.
inline std::string page_of(const Trace& trace) {
    ReplayOptions options;
    options.checker = make_full_checker();
    ReplayResult result;
    const Story story = explain(trace, options, result, Depth::details);
    return html::explain_page(
        {story, result.verdict, "traces/t.jsonl", "./vmacheck replay traces/t.jsonl", write_trace(trace)});
}

}  // namespace vmacheck
