// What a bug breaks in several places is one cause.
#include "checker/campaign/causes.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Finding finding(OpKind last, std::size_t ops, std::vector<Violation> violations) {
    Finding found;
    for (std::size_t i = 0; i < ops; ++i) found.trace.steps.emplace_back().op.kind = last;
    found.violations = std::move(violations);
    return found;
}

std::vector<std::size_t> causes(const std::vector<Finding>& findings) {
    std::vector<const Finding*> pointers;
    for (const Finding& each : findings) pointers.push_back(&each);
    return causes_of(pointers);
}

TEST(Causes, AnInvariantIsOneWhicheverOperationBreaksIt) {
    EXPECT_TRUE(
        same_cause(finding(OpKind::mmap, 1, {{"gap-cache", "a"}}), finding(OpKind::munmap, 1, {{"gap-cache", "b"}})));
}

TEST(Causes, WhatACallMayDoIsJudgedByTheOperation) {
    const Finding mmap = finding(OpKind::mmap, 1, {{"page-map", "a"}});
    EXPECT_FALSE(same_cause(mmap, finding(OpKind::mremap, 1, {{"page-map", "a"}})));
    EXPECT_TRUE(same_cause(mmap, finding(OpKind::mmap, 2, {{"page-map", "b"}})));
    EXPECT_FALSE(same_cause(mmap, finding(OpKind::mmap, 2, {{"residue", "b"}})));
}

TEST(Causes, DanglingReferencesSayLittle) {
    EXPECT_FALSE(
        same_cause(finding(OpKind::mmap, 1, {{"references", "a"}}), finding(OpKind::exit, 1, {{"references", "a"}})));
}

TEST(Causes, AnAssertionIsTheSameByItsText) {
    const Finding one = finding(OpKind::mmap, 1, {{"bug-on", "a"}});
    EXPECT_TRUE(same_cause(one, finding(OpKind::exit, 1, {{"bug-on", "a"}})));
    EXPECT_FALSE(same_cause(one, finding(OpKind::mmap, 1, {{"bug-on", "b"}})));
    EXPECT_TRUE(same_cause(finding(OpKind::exit, 1, {{"use-after-free", "use after free of vma 3 in f"}}),
                           finding(OpKind::brk, 1, {{"use-after-free", "use after free of vma 12 in f"}})));
}

TEST(Causes, AResultThatIsNotTheStatedOneBelongsToWhatTheOperationBreaks) {
    const Finding differs =
        finding(OpKind::mmap, 1, {{std::string(stated_result_name), "step 1: ret is 1, expected 2"}});
    EXPECT_TRUE(same_cause(differs, finding(OpKind::mmap, 1, {{"page-map", "a"}})));
    EXPECT_FALSE(same_cause(differs, finding(OpKind::brk, 1, {{"page-map", "a"}})));
}

TEST(Causes, TheShortestStandsForAllThatAreConnected) {
    EXPECT_EQ(causes({finding(OpKind::mremap, 3, {{"committed", "a"}}),
                      finding(OpKind::mremap, 2, {{"account-flag", "b"}, {"page-map", "c"}}),
                      finding(OpKind::mremap, 4, {{"committed", "d"}, {"page-map", "e"}}),
                      finding(OpKind::brk, 1, {{"residue", "f"}})}),
              (std::vector<std::size_t>{1, 1, 1, 3}));
    EXPECT_TRUE(causes({}).empty());
}

}  // namespace
}  // namespace vmacheck
