#include "checker/report/exports/export_form.hpp"

#include "checker/report/explain.hpp"
#include "checker/report/exports/c_program.hpp"
#include "checker/report/exports/kselftest.hpp"
#include "checker/report/exports/markdown.hpp"
#include "checker/report/exports/syz_program.hpp"
#include "checker/report/exports/vma_test.hpp"
#include "checker/report/html/explain_page.hpp"
#include "traces/format/writer.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

std::variant<Exported, NoExport> page(const ExportRequest& request) {
    ReplayResult result;
    const Story story = explain(request.trace, request.options, result, Depth::details);
    if (result.verdict == Verdict::bad_input) return NoExport{result.error};
    return Exported{
        html::explain_page({story, result.verdict, request.name + ".jsonl", request.again, write_trace(request.trace)}),
        {}};
}

// A form is a row here and a file in this folder.
constexpr std::array<ExportForm, 6> forms{{
    {"c", "a C program that performs the calls, and reports the first result or VMA that is not the expected one",
     [](const ExportRequest& request) { return c_program(request.trace); }},
    {"kselftest", "a test for tools/testing/selftests/mm of a kernel tree, with PROCMAP_QUERY",
     [](const ExportRequest& request) { return kselftest(request.trace, request.name); }},
    {"vma-test", "a test for tools/testing/vma of a kernel tree, for anonymous mmap, munmap and mprotect",
     [](const ExportRequest& request) { return vma_test(request.trace, request.name); }},
    {"syz", "a syzkaller program", [](const ExportRequest& request) { return syz_program(request.trace); }},
    {"markdown", "a report to paste into a mail or an issue",
     [](const ExportRequest& request) { return markdown_report(request.trace, request.again, request.options); }},
    {"html", "a page for a browser, as explain --html writes it", page},
}};

}  // namespace

std::span<const ExportForm> export_forms() {
    return forms;
}

const ExportForm* export_form_named(std::string_view name) {
    const auto found =
        std::find_if(forms.begin(), forms.end(), [&](const ExportForm& each) { return each.name == name; });
    return found == forms.end() ? nullptr : &*found;
}

}  // namespace vmacheck
