// The two number domains: range, linear forms, what a comparison records, and maxima.
#include "model/state/number.hpp"
#include "model/state/bytes.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vmacheck {
namespace {

constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

template <class D>
class NumberTest : public testing::Test {};
using Domains = testing::Types<Plain, Traced>;
TYPED_TEST_SUITE(NumberTest, Domains);

TYPED_TEST(NumberTest, sums_and_differences_within_range) {
    using N = Number<TypeParam>;
    EXPECT_EQ((N(3) + N(4)).value(), 7u);
    EXPECT_EQ((N(4) - N(4)).value(), 0u);
    EXPECT_EQ((N(top - 1) + N(1)).value(), top);
    N number = 5;
    number += 2;
    number -= 6;
    EXPECT_EQ(number.value(), 1u);
}

TYPED_TEST(NumberTest, leaving_the_range_is_an_internal_assertion) {
    using N = Number<TypeParam>;
    EXPECT_THROW(N(top) + N(1), InternalAssertion);
    EXPECT_THROW(N(3) - N(4), InternalAssertion);
    EXPECT_THROW(N(0) - N(top), InternalAssertion);
    N number = top;
    EXPECT_THROW(number += 1, InternalAssertion);
    EXPECT_EQ(number.value(), top);
}

TYPED_TEST(NumberTest, compares_by_value) {
    using N = Number<TypeParam>;
    EXPECT_TRUE(N(1) < N(2));
    EXPECT_FALSE(N(2) < N(2));
    EXPECT_TRUE(N(2) <= N(2));
    EXPECT_TRUE(N(3) > N(2));
    EXPECT_TRUE(N(2) >= N(2));
    EXPECT_TRUE(N(2) == N(2));
    EXPECT_TRUE(N(2) != N(3));
    EXPECT_EQ(max(N(2), N(9)).value(), 9u);
    EXPECT_EQ(max(N(9), N(2)).value(), 9u);
}

TYPED_TEST(NumberTest, sums_that_wrap_in_bytes_are_seen_at_the_page) {
    using N = Number<TypeParam>;
    EXPECT_FALSE(sum_wraps_64_bit_bytes<TypeParam>(N(pages_in_64_bits - 2), N(1)));
    EXPECT_TRUE(sum_wraps_64_bit_bytes<TypeParam>(N(pages_in_64_bits - 1), N(1)));
    EXPECT_TRUE(page_align_is_zero(Bytes<TypeParam>::from(0)));
    EXPECT_TRUE(page_align_is_zero(Bytes<TypeParam>::from(top)));
    EXPECT_FALSE(page_align_is_zero(Bytes<TypeParam>::from(1)));
    EXPECT_EQ(Bytes<TypeParam>::from(4097).round_up().value(), 2u);
    EXPECT_EQ(Bytes<TypeParam>::from(4096).round_up().value(), 1u);
    EXPECT_EQ(Bytes<TypeParam>::from(0x12345678).value(), 0x12345678u);
}

// ---------------------------------------------------------------------------------------------------- traced numbers

class TracedTest : public testing::Test {
protected:
    PathRecorder recorder;
    PathRecorder::Scope scope{recorder};
    TracedNumber x = TracedNumber::input("x", 10);
    TracedNumber y = TracedNumber::input("y", 4);

    // The one constraint recorded so far; then none.
    Constraint only() {
        EXPECT_EQ(recorder.constraints().size(), 1u);
        return recorder.constraints().empty() ? Constraint{} : recorder.constraints().back();
    }
};

LinearForm form(std::int64_t constant, std::initializer_list<LinearForm::Term> terms) {
    LinearForm made;
    made.constant = constant;
    made.terms.assign(terms.begin(), terms.end());
    return made;
}

TEST_F(TracedTest, an_input_is_its_own_form) {
    EXPECT_EQ(x.form(), form(0, {{0, 1}}));
    EXPECT_EQ(y.form(), form(0, {{1, 1}}));
    EXPECT_EQ(recorder.inputs().at(1).name, "y");
    EXPECT_EQ(recorder.inputs().at(1).value, 4u);
    EXPECT_TRUE(TracedNumber(7).form().is_constant());
}

TEST_F(TracedTest, forms_add_up_and_terms_that_cancel_go) {
    const TracedNumber sum = y + x + 5 + y;
    EXPECT_EQ(sum.form(), form(5, {{0, 1}, {1, 2}}));
    EXPECT_EQ(sum.value(), 23u);
    EXPECT_EQ((sum - x).form(), form(5, {{1, 2}}));
    EXPECT_EQ((sum - x - y - y).form(), form(5, {}));
    EXPECT_EQ(recorder.evaluate(sum.form()), 23);
}

TEST_F(TracedTest, a_sum_records_nothing_and_a_difference_its_obligation) {
    const TracedNumber sum = x + y;
    EXPECT_TRUE(recorder.constraints().empty());
    const TracedNumber rest = x - y;
    EXPECT_EQ(rest.value() + sum.value(), 20u);
    const Constraint constraint = only();
    EXPECT_EQ(constraint.kind, ConstraintKind::obligation);
    EXPECT_EQ(constraint.relation, Relation::less_equal);  // y - x <= 0
    EXPECT_EQ(constraint.form, form(0, {{0, -1}, {1, 1}}));
}

TEST_F(TracedTest, less_that_holds) {
    EXPECT_TRUE(y < x);
    const Constraint constraint = only();
    EXPECT_EQ(constraint.kind, ConstraintKind::decision);
    EXPECT_EQ(constraint.relation, Relation::less);  // y - x < 0
    EXPECT_EQ(constraint.form, form(0, {{0, -1}, {1, 1}}));
}

TEST_F(TracedTest, less_that_does_not_hold_is_its_negation) {
    EXPECT_FALSE(x < y);
    const Constraint constraint = only();
    EXPECT_EQ(constraint.relation, Relation::less_equal);  // y - x <= 0
    EXPECT_EQ(constraint.form, form(0, {{0, -1}, {1, 1}}));
}

TEST_F(TracedTest, equality_either_way) {
    EXPECT_TRUE(x == y + 6);
    EXPECT_EQ(only().relation, Relation::equal);
    EXPECT_EQ(only().form, form(-6, {{0, 1}, {1, -1}}));
    EXPECT_TRUE(x != y);
    EXPECT_EQ(recorder.constraints().back().relation, Relation::not_equal);
}

TEST_F(TracedTest, what_no_input_decides_is_not_recorded) {
    EXPECT_TRUE(x < x + 1);
    EXPECT_TRUE(x == x);
    EXPECT_TRUE(TracedNumber(3) < TracedNumber(4));
    EXPECT_EQ((x + 3 - x).value(), 3u);
    EXPECT_TRUE(recorder.constraints().empty());
}

TEST_F(TracedTest, a_maximum_is_a_fresh_input_and_no_decision) {
    const TracedNumber larger = max(x, y + 1);
    EXPECT_EQ(larger.value(), 10u);
    EXPECT_TRUE(recorder.constraints().empty());
    ASSERT_EQ(recorder.maxima().size(), 1u);
    const Maximum& maximum = recorder.maxima().front();
    EXPECT_EQ(larger.form(), form(0, {{maximum.result, 1}}));
    EXPECT_EQ(maximum.a, x.form());
    EXPECT_EQ(maximum.b, form(1, {{1, 1}}));
    EXPECT_EQ(recorder.inputs().at(maximum.result).value, 10u);
}

TEST_F(TracedTest, a_maximum_that_no_input_decides_is_the_larger) {
    EXPECT_EQ(max(x, x + 2).form(), form(2, {{0, 1}}));
    EXPECT_EQ(max(x + 2, x).form(), form(2, {{0, 1}}));
    EXPECT_EQ(max(TracedNumber(3), TracedNumber(4)).value(), 4u);
    EXPECT_EQ(max(TracedNumber(4), TracedNumber(3)).value(), 4u);
    EXPECT_EQ(max(TracedNumber(top), TracedNumber(3)).value(), top);
    EXPECT_TRUE(recorder.maxima().empty());
    EXPECT_TRUE(recorder.constraints().empty());
}

TEST_F(TracedTest, a_maximum_that_holds_for_all_inputs_is_no_fresh_input) {
    const TracedNumber zero = TracedNumber::input("z", 0);
    EXPECT_EQ(max(x, x + zero).form(), (x + zero).form());
    EXPECT_EQ(max(x + zero, x).form(), (x + zero).form());
    EXPECT_TRUE(recorder.maxima().empty());
}

TEST_F(TracedTest, the_same_maximum_is_the_same_input) {
    const TracedNumber first = max(x, y);
    EXPECT_EQ(max(y, x).form(), first.form());
    EXPECT_NE(max(x, y + 1).form(), first.form());
    EXPECT_EQ(recorder.maxima().size(), 2u);
}

TEST_F(TracedTest, parts_are_cut_off_the_path_and_give_their_inputs_back) {
    EXPECT_TRUE(y < x);
    recorder.separate_parts();
    recorder.begin_check();
    (void)max(x, y);
    EXPECT_TRUE(y != x);
    recorder.begin_check();
    (void)max(x, y + 1);
    recorder.end_parts();
    EXPECT_TRUE(y <= x);
    EXPECT_EQ(recorder.constraints().size(), 2u);
    EXPECT_EQ(recorder.inputs().size(), 2u);
    ASSERT_EQ(recorder.parts().size(), 3u);  // the first: what stood before the first check
    EXPECT_TRUE(recorder.parts()[0].constraints.empty());
    ASSERT_EQ(recorder.parts()[1].maxima.size(), 1u);
    EXPECT_EQ(recorder.parts()[1].maxima[0].result, 2u);
    EXPECT_EQ(recorder.parts()[1].maxima[0].constraints_before, 0u);
    EXPECT_EQ(recorder.parts()[1].constraints.size(), 1u);
    EXPECT_EQ(recorder.parts()[2].maxima[0].result, 2u);
    EXPECT_EQ(recorder.parts()[2].inputs.at(0).value, 10u);
}

TEST_F(TracedTest, questions_stand_where_they_were_asked) {
    EXPECT_TRUE(y < x);
    read_attribute<Traced>(7);
    read_attribute<Plain>(8);
    ASSERT_EQ(recorder.questions().size(), 1u);
    EXPECT_EQ(recorder.questions()[0].about, 7u);
    EXPECT_EQ(recorder.questions()[0].constraints_before, 1u);
}

TEST_F(TracedTest, identical_looks_at_the_form_and_records_nothing) {
    EXPECT_TRUE(identical(x + y, y + x));
    EXPECT_FALSE(identical(x, TracedNumber(10)));
    EXPECT_TRUE(recorder.constraints().empty());
}

// 2^64 - 1 would be -1 in a form, and "10 < 2^64 - 1" the false constraint 10 + 1 < 0.
TEST_F(TracedTest, constants_that_do_not_fit_a_form_stay_among_constants) {
    EXPECT_TRUE(TracedNumber(3) < TracedNumber(top));
    EXPECT_EQ((TracedNumber(top) - TracedNumber(top - 2)).value(), 2u);
    EXPECT_EQ((TracedNumber(top - 2) + TracedNumber(1)).value(), top - 1);
    EXPECT_THROW((void)(x < TracedNumber(top)), InternalAssertion);
    EXPECT_THROW((void)(TracedNumber(top) == x), InternalAssertion);
    EXPECT_THROW(TracedNumber(top) - x, InternalAssertion);
    EXPECT_THROW(TracedNumber(top - 100) + x, InternalAssertion);
    EXPECT_THROW(max(x, TracedNumber(top)), InternalAssertion);
    EXPECT_TRUE(x < TracedNumber(top >> 1));
    EXPECT_LT(recorder.evaluate(only().form), 0);
}

TEST_F(TracedTest, scopes_nest) {
    PathRecorder inner;
    {
        const PathRecorder::Scope inside(inner);
        EXPECT_EQ(PathRecorder::current(), &inner);
        EXPECT_TRUE(y < x);
    }
    EXPECT_EQ(PathRecorder::current(), &recorder);
    EXPECT_EQ(inner.constraints().size(), 1u);
    EXPECT_TRUE(recorder.constraints().empty());
    EXPECT_FALSE(x < y);
    recorder.clear();
    EXPECT_TRUE(recorder.constraints().empty());
    EXPECT_TRUE(recorder.inputs().empty());
}

TEST(TracedNumberTest, an_input_without_a_recorder_is_an_internal_assertion) {
    EXPECT_EQ(PathRecorder::current(), nullptr);
    EXPECT_THROW(TracedNumber::input("x", 1), InternalAssertion);
}

}  // namespace
}  // namespace vmacheck
