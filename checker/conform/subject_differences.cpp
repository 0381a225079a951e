#include "checker/conform/subject_differences.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace vmacheck {
namespace {

const Op<Plain>* last_op(const Finding& finding) {
    return finding.trace.steps.empty() ? nullptr : &finding.trace.steps.back().op;
}

bool has(const Finding& finding, OpKind kind) {
    return std::any_of(finding.trace.steps.begin(), finding.trace.steps.end(),
                       [kind](const TraceStep& each) { return each.op.kind == kind; });
}

// "ret: expected EXPECTED, is ACTUAL".
bool results_are(const Finding& finding, std::string_view expected, std::string_view actual) {
    return finding.text() == "ret: expected " + std::string(expected) + ", is " + std::string(actual);
}

bool is_access(const Op<Plain>& op) {
    return op.kind == OpKind::fault || op.kind == OpKind::remote_access;
}

bool exec_of_missing_page(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    return op != nullptr && op->kind == OpKind::fault && op->access == Access::exec &&
           results_are(finding, "SIGSEGV", "SIGBUS");
}

bool cached_page(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    return op != nullptr && is_access(*op) && has(finding, OpKind::uffd_register) &&
           (results_are(finding, "SIGBUS", "0") || results_are(finding, "EFAULT", "0"));
}

bool long_population(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    if (op == nullptr || !has(finding, OpKind::uffd_register)) return false;
    if (op->kind == OpKind::madvise && populates(op->advice)) return results_are(finding, "EFAULT", "0");
    return op->kind == OpKind::mlock && results_are(finding, "ENOMEM", "0");
}

bool dev_zero_for_thp(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    const std::vector<FileSpec>& files = finding.trace.header.parameters.files;
    if (op == nullptr || op->kind != OpKind::mmap || op->file == 0 || op->file > files.size()) return false;
    if (files[op->file - 1u].kind != FileKind::dev_zero || (op->flags & map::type_mask) != map::private_) return false;
    const std::string& text = finding.text();
    const std::size_t actual = text.find(", is 0x");
    if (!text.starts_with("ret: expected 0x") || actual == std::string::npos) return false;
    constexpr std::uint64_t huge = 2 << 20;  // bytes
    return (std::strtoull(text.c_str() + actual + 5, nullptr, 16) - op->offset.value()) % huge == 0;
}

bool below_min_addr(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    return op != nullptr && (op->kind == OpKind::uffd_register || op->kind == OpKind::uffd_unregister) &&
           op->addr.page < finding.trace.header.parameters.mmap_min_addr && results_are(finding, "EINVAL", "0");
}

bool hole_refused(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    return op != nullptr && op->kind == OpKind::madvise && op->advice == Advice::remove &&
           (results_are(finding, "0", "EOPNOTSUPP") || results_are(finding, "ENOMEM", "EOPNOTSUPP"));
}

bool maps_far_offset(const TraceStep& step) {
    return step.op.kind == OpKind::mmap && step.op.offset.page >= std::uint64_t{1} << 51;
}

bool far_hole(const Finding& finding) {
    if (std::none_of(finding.trace.steps.begin(), finding.trace.steps.end(), maps_far_offset)) return false;
    const Op<Plain>* op = last_op(finding);
    return op != nullptr && op->kind == OpKind::madvise && op->advice == Advice::remove &&
           results_are(finding, "0", "EINVAL");
}

bool locked_growth_in_pages(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    if (op == nullptr || op->kind != OpKind::mremap || !results_are(finding, "ENOMEM", "EAGAIN")) return false;
    // RLIMIT_MEMLOCK without a limit is this many pages; what is locked already may be the rest.
    constexpr std::uint64_t no_limit = ~std::uint64_t{0} / page_size;
    return op->new_len.value() / page_size >= no_limit - finding.trace.header.parameters.task_size;
}

// The last 4095 bytes of 64 bits are error numbers to the kernel: it takes the wanted address for one.
bool fixed_at_the_top(const Finding& finding) {
    const Op<Plain>* op = last_op(finding);
    if (op == nullptr || (op->flags & map::fixed) == 0 || op->addr.value() <= ~std::uint64_t{4095}) return false;
    return op->kind == OpKind::mmap && finding.text().starts_with("ret: expected ENOMEM, is ");
}

constexpr std::array rows{
    SubjectDifference{"exec-of-missing-page",
                      "executing memory that may not be executed: the kernel first handles the missing page, which "
                      "may lie beyond the end of a file or belong to userfaultfd, and then refuses",
                      exec_of_missing_page},
    SubjectDifference{
        "cached-page",
        "a page that a file or shared object holds is not missing to userfaultfd, even if it is mapped nowhere "
        "now: the model keeps pages only while they are mapped",
        cached_page},
    SubjectDifference{"long-population",
                      "a page was there before userfaultfd, from a population of more than 64 pages, which the model "
                      "does not follow page by page",
                      long_population},
    SubjectDifference{"registration-below-min-addr",
                      "Debian's 6.1 and 6.12 let userfaultfd have a range that begins below mmap_min_addr",
                      below_min_addr, false},
    SubjectDifference{
        "locked-growth-in-pages",
        "mremap of locked memory by nearly 2^64 bytes: later kernels compare growth with RLIMIT_MEMLOCK in "
        "pages, where it does not wrap around, and gives EAGAIN",
        locked_growth_in_pages, false},
    SubjectDifference{"dev-zero-for-thp",
                      "private mappings of /dev/zero are placed for huge pages as those of files, by their offset",
                      dev_zero_for_thp},
    SubjectDifference{"fixed-at-the-top",
                      "MAP_FIXED at 2^64 - N with N below 4096 gives the error number N: get_unmapped_area passes the "
                      "address on, and it looks like an error",
                      fixed_at_the_top},
    SubjectDifference{"no-holes", "MADV_REMOVE of a file whose file system makes no holes, as ramfs, gives EOPNOTSUPP",
                      hole_refused, false},
    SubjectDifference{"hole-beyond-the-end", "MADV_REMOVE at an offset that no file can have gives EINVAL", far_hole},
};

}  // namespace

std::span<const SubjectDifference> subject_differences() {
    return rows;
}

const SubjectDifference* known_subject_difference(const Finding& finding) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const SubjectDifference& each) { return each.matches(finding); });
    return found == rows.end() ? nullptr : &*found;
}

}  // namespace vmacheck
