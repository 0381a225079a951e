// What ImpliedBounds claims is true: against every assignment, and against what it must see for a proof to be quick.
#include "checker/smt/prove/implied_bounds.hpp"

#include <gtest/gtest.h>

#include <random>

namespace vmacheck::prove {
namespace {

using smt::form_of;

Constraint random_constraint(std::mt19937_64& random, unsigned inputs) {
    Constraint constraint{{}, static_cast<Relation>(random() % 4), ConstraintKind::decision};
    constraint.form.constant = static_cast<std::int64_t>(random() % 7) - 3;
    for (InputId input = 0; input < inputs; ++input)
        if (const auto factor = static_cast<std::int64_t>(random() % 5) - 2; factor != 0)
            constraint.form.add(form_of(input), factor);
    return constraint;
}

// All assignments of three inputs within 0..5.
std::vector<std::vector<std::int64_t>> assignments() {
    std::vector<std::vector<std::int64_t>> all;
    for (std::int64_t a = 0; a <= 5; ++a)
        for (std::int64_t b = 0; b <= 5; ++b)
            for (std::int64_t c = 0; c <= 5; ++c) all.push_back({a, b, c});
    return all;
}

TEST(ImpliedBounds, never_claims_what_an_assignment_denies) {
    const auto all = assignments();
    std::mt19937_64 random(7);
    int claims = 0;
    for (int round = 0; round < 3000; ++round) {
        ImpliedBounds known;
        for (int i = 0; i < 3; ++i) known.declare({0, 5});
        std::vector<std::vector<std::int64_t>> left = all;
        for (int i = 0; i < 4; ++i) {
            const Constraint next = random_constraint(random, 3);
            std::vector<std::vector<std::int64_t>> fewer;
            for (const auto& each : left)
                if (smt::holds(next, each)) fewer.push_back(each);
            if (fewer.empty()) continue;
            left = std::move(fewer);
            known.assume(next);
            for (int j = 0; j < 4; ++j) {
                const Constraint question = random_constraint(random, 3);
                if (!known.implies(question)) continue;
                ++claims;
                for (const auto& each : left) ASSERT_TRUE(smt::holds(question, each)) << "round " << round;
            }
        }
    }
    EXPECT_GT(claims, 3000);
}

TEST(ImpliedBounds, frames_take_back_what_was_assumed_in_them) {
    const Constraint fact = smt::compare(form_of(0), Relation::less, form_of(1));
    const Constraint equal = smt::compare(form_of(1), Relation::equal, form_of(2));
    ImpliedBounds known;
    for (int i = 0; i < 3; ++i) known.declare({0, 100});
    known.push();
    known.assume(fact);
    known.push();
    known.assume(equal);
    EXPECT_TRUE(known.implies(smt::compare(form_of(0), Relation::less, form_of(2))));
    known.pop();
    EXPECT_FALSE(known.implies(smt::compare(form_of(0), Relation::less, form_of(2))));
    EXPECT_TRUE(known.implies(fact));
    known.pop();
    EXPECT_FALSE(known.implies(fact));
}

TEST(ImpliedBounds, sums_of_gaps_and_lengths_need_no_solver) {
    ImpliedBounds known;
    for (int i = 0; i < 4; ++i) known.declare({i % 2, std::int64_t{1} << 35});
    LinearForm low = form_of(0);
    low.add(form_of(1), 1);
    LinearForm high = low;
    high.add(form_of(2), 1);
    high.add(form_of(3), 1);
    EXPECT_TRUE(known.implies(smt::compare(low, Relation::less, high)));
    EXPECT_TRUE(known.implies(smt::compare(low, Relation::not_equal, high)));
}

TEST(ImpliedBounds, a_maximum_is_at_least_its_two) {
    ImpliedBounds known;
    for (int i = 0; i < 3; ++i) known.declare({0, 100});
    known.assume(Maximum{2, form_of(0), form_of(1), 0});
    EXPECT_TRUE(known.implies(smt::compare(form_of(0), Relation::less_equal, form_of(2))));
    EXPECT_TRUE(known.implies(smt::compare(form_of(1), Relation::less_equal, form_of(2))));
    EXPECT_FALSE(known.implies(smt::compare(form_of(2), Relation::less_equal, form_of(1))));
}

}  // namespace
}  // namespace vmacheck::prove
