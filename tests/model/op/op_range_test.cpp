// The pages that an operation names.
#include "model/op/op_range.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Op<Plain> op_at(OpKind kind, std::uint64_t addr, std::uint64_t len) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::from(addr);
    op.len = Bytes<Plain>::from(len);
    return op;
}

void expect_named(const Op<Plain>& op, std::uint64_t start, std::uint64_t end) {
    EXPECT_EQ(named_range(op).start, start) << name(op.kind);
    EXPECT_EQ(named_range(op).end, end) << name(op.kind);
}

TEST(OpRange, LengthsAreRoundedAsTheCallRoundsThem) {
    expect_named(op_at(OpKind::munmap, 0x10000, 0x1001), 0x10, 0x12);
    expect_named(op_at(OpKind::remap_file_pages, 0x10000, 0x1fff), 0x10, 0x11);
    expect_named(op_at(OpKind::mlock, 0x10fff, 2), 0x10, 0x12);
    expect_named(op_at(OpKind::mlock, 0x10fff, ~std::uint64_t{0}), 0x10, 0x11);  // as the kernel's sum wraps
}

std::optional<PageRange> shown(const Op<Plain>& op, Errno error = Errno::ok, std::uint64_t value = 0,
                               std::uint64_t brk = 0) {
    Outcome<Plain> outcome;
    outcome.error = error;
    outcome.value = Bytes<Plain>::from(value);
    return pages_of(op, outcome, brk);
}

void expect_shown(const std::optional<PageRange>& range, std::uint64_t start, std::uint64_t end) {
    ASSERT_TRUE(range);
    EXPECT_EQ(range->start, start);
    EXPECT_EQ(range->end, end);
}

TEST(OpRange, WhatIsShownIsWhereTheCallEndedUp) {
    expect_shown(shown(op_at(OpKind::mmap, 0, 0x2000), Errno::ok, 0x7000), 7, 9);
    EXPECT_FALSE(shown(op_at(OpKind::mmap, 0x5000, 0x2000), Errno::enomem));
    Op<Plain> fixed = op_at(OpKind::mmap, 0x5000, 0x2000);
    fixed.flags = map::fixed;
    expect_shown(shown(fixed, Errno::enomem), 5, 7);
    expect_shown(shown(op_at(OpKind::fault, 0x5123, 0)), 5, 6);
    expect_shown(shown(op_at(OpKind::brk, 0x8001, 0), Errno::ok, 0, 0x5001), 6, 9);
    expect_shown(shown(op_at(OpKind::brk, 0x5001, 0), Errno::ok, 0, 0x8001), 6, 9);
    EXPECT_FALSE(shown(op_at(OpKind::brk, 0x5001, 0), Errno::ok, 0, 0x5002));
    EXPECT_FALSE(shown(op_at(OpKind::munlockall, 0x5000, 0x2000)));
    EXPECT_FALSE(shown(op_at(OpKind::truncate, 0x5000, 0x2000)));
}

TEST(OpRange, EndsBeyond64BitsAreCut) {
    const auto range = shown(op_at(OpKind::munmap, 0x5000, ~std::uint64_t{0}), Errno::einval);
    expect_shown(range, 5, pages_in_64_bits - 1);
}

}  // namespace
}  // namespace vmacheck
