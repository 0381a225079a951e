// Of the whole scope what fits into a test: every start state, and each operation on each kind of VMA. The rest, with
// pages, failing allocations and larger trees, takes minutes: `./vmacheck prove`.
#include "checker/smt/prove/prove.hpp"

#include <gtest/gtest.h>

namespace vmacheck::prove {
namespace {

void expect_proved(const std::string& only, std::size_t at_least) {
    ProveOptions options;
    options.only = only;
    options.jobs = 2;
    const ProveResult result = prove(options);
    for (const Finding* each : result.findings())
        ADD_FAILURE() << each->origin.unit << ": " << each->property() << ": " << each->text();
    EXPECT_EQ(result.counts.undecided, 0u);
    EXPECT_GE(result.proved.size(), at_least) << only;
    for (const Proved& each : result.proved) EXPECT_GT(each.counts.paths, 0u) << each.name;
}

TEST(ProveWhole, start_states_satisfy_the_invariants) {
    expect_proved("start: ", 2700);
}

TEST(ProveWhole, the_case_taken_is_the_one_of_the_table) {
    expect_proved("cases: ", 70);
}

TEST(ProveWhole, operations_hold_on_the_kinds_of_vma_that_the_small_scope_leaves_out) {
    for (const char* operation : {"mprotect to read", "mprotect to write", "madvise", "mlock", "munlock", "mbind"})
        for (const char* area : {"shared file", "file with close", "registered", "with policy", "special"})
            expect_proved(std::string(operation) + ", " + area, 1);
    expect_proved("uffd_register, anonymous, forked", 1);
}

TEST(ProveWhole, mlock_with_present_pages_ends) {
    expect_proved("mlock, anonymous, faulted, with a page in VMA 1", 5);
}

}  // namespace
}  // namespace vmacheck::prove
