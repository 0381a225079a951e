// Page counts as an int of C holds them, by which the faults mlock-count-width and mremap-growth-width count. A kernel
// meets such counts only with 16 TiB and more, so that random operations do not.
#include "model/accounting.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

constexpr std::uint64_t two_gi = std::uint64_t{1} << 31;

void expect_int(std::uint64_t count, std::uint64_t pages, bool negative) {
    const IntPages<Plain> found = as_int<Plain>(count);
    EXPECT_EQ(found.pages.value(), pages) << count;
    EXPECT_EQ(found.negative, negative) << count;
}

TEST(Accounting, a_count_from_2_gi_on_is_a_negative_int) {
    expect_int(0, 0, false);
    expect_int(two_gi - 1, two_gi - 1, false);
    expect_int(two_gi, two_gi, true);
    expect_int(2 * two_gi - 1, 1, true);
}

TEST(Accounting, a_count_from_4_gi_on_starts_again) {
    expect_int(2 * two_gi, 0, false);
    expect_int(2 * two_gi + 1, 1, false);
    expect_int(3 * two_gi, two_gi, true);
    expect_int(4 * two_gi, 0, false);
}

TEST(Accounting, the_least_int_is_its_own_negation) {
    EXPECT_TRUE(negated<Plain>({1, false}).negative);
    EXPECT_FALSE(negated<Plain>({1, true}).negative);
    EXPECT_TRUE(negated<Plain>({two_gi, true}).negative);
}

}  // namespace
}  // namespace vmacheck
