// Assignments near a known one: what is found satisfies the query, and simple turns are found.
#include "checker/smt/nearby.hpp"
#include "checker/random/random_ops.hpp"

#include <gtest/gtest.h>

namespace vmacheck::smt {
namespace {

// Inputs 0, 1, ... within [0, 100].
Query with_inputs(std::size_t count) {
    Query query;
    query.frames.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
        query.inputs.push_back({"i" + std::to_string(i), Bounds{0, 100}});
        query.assertions.emplace_back(static_cast<InputId>(i));
    }
    return query;
}

LinearForm random_form(SplitMix64& random, std::size_t inputs) {
    LinearForm form = form_of_constant(static_cast<std::int64_t>(random.below(21)) - 10);
    for (InputId input = 0; input < inputs; ++input)
        if (random.percent(40)) form.add(form_of(input), random.percent(50) ? 1 : -1);
    return form;
}

// A random query that these values satisfy, and one more assertion, which they do not.
struct Turned {
    Query query = with_inputs(5);
    Constraint last;
    std::vector<std::int64_t> values;
};

Turned random_turn(SplitMix64& random) {
    Turned turned;
    for (std::size_t i = 0; i < 5; ++i) turned.values.push_back(static_cast<std::int64_t>(random.below(101)));
    // A maximum, so that not every input is free.
    const LinearForm a = form_of(0);
    const LinearForm b = form_of(1);
    turned.query.inputs.push_back({"max", Bounds{0, 100}});
    turned.query.assertions.emplace_back(InputId{5});
    turned.query.assertions.emplace_back(Maximum{5, a, b, 0});
    turned.values.push_back(std::max(turned.values[0], turned.values[1]));
    for (int i = 0; i < 6; ++i) {
        const auto relation = static_cast<Relation>(random.below(4));
        Constraint each{random_form(random, 6), relation, ConstraintKind::decision};
        if (!holds(each, turned.values)) each = negation(each);
        if (i < 5)
            turned.query.assertions.emplace_back(each);
        else
            turned.last = negation(each);
    }
    turned.query.assertions.emplace_back(turned.last);
    return turned;
}

TEST(Nearby, what_is_found_satisfies_the_query) {
    SplitMix64 random(7);
    int found = 0;
    for (int i = 0; i < 5000; ++i) {
        const Turned turned = random_turn(random);
        std::uint64_t units = 0;
        auto values = find_near(turned.query, turned.last, turned.values, 100, units);
        if (!values) continue;
        ++found;
        EXPECT_TRUE(holds(turned.last, *values));
        EXPECT_TRUE(satisfied_by(turned.query, *values));
    }
    EXPECT_GT(found, 1000);
}

TEST(Nearby, mends_what_the_first_change_breaks) {
    // 0 < 1 < 2, one apart; now 0 is to reach 2.
    Query query = with_inputs(3);
    query.assertions.emplace_back(compare(form_of(0), Relation::less, form_of(1)));
    query.assertions.emplace_back(compare(form_of(1), Relation::less, form_of(2)));
    const Constraint last = compare(form_of_constant(50), Relation::less_equal, form_of(0));
    query.assertions.emplace_back(last);
    std::uint64_t units = 0;
    EXPECT_FALSE(find_near(query, last, {1, 2, 3}, 1, units)) << "one try cannot change three numbers";
    const auto values = find_near(query, last, {1, 2, 3}, 100, units);
    ASSERT_TRUE(values);
    EXPECT_EQ(*values, (std::vector<std::int64_t>{50, 51, 52}));
}

TEST(Nearby, changes_what_a_maximum_is_made_of) {
    Query query = with_inputs(2);
    query.inputs.push_back({"max", Bounds{0, 100}});
    query.assertions.emplace_back(InputId{2});
    query.assertions.emplace_back(Maximum{2, form_of(0), form_of(1), 0});
    const Constraint last = compare(form_of(2), Relation::equal, form_of_constant(30));
    query.assertions.emplace_back(last);
    std::uint64_t units = 0;
    const auto values = find_near(query, last, {5, 20, 20}, 100, units);
    ASSERT_TRUE(values);
    EXPECT_EQ(*values, (std::vector<std::int64_t>{5, 30, 30}));
}

TEST(Nearby, keeps_to_the_bounds) {
    Query query = with_inputs(1);
    const Constraint last = compare(form_of_constant(100), Relation::less, form_of(0));
    query.assertions.emplace_back(last);
    std::uint64_t units = 0;
    EXPECT_FALSE(find_near(query, last, {5}, 100, units));
}

}  // namespace
}  // namespace vmacheck::smt
