// The solver's verdicts, values and budgets; with the order of differences and without it.
#include "checker/smt/solver.hpp"

#include "checker/random/random_ops.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vmacheck::smt {
namespace {

LinearForm sum(std::int64_t constant, std::initializer_list<LinearForm::Term> terms) {
    LinearForm form;
    form.constant = constant;
    form.terms.assign(terms.begin(), terms.end());
    return form;
}

Constraint at_most_zero(LinearForm form) {
    return {std::move(form), Relation::less_equal, ConstraintKind::decision};
}

SolverOptions with_order(bool first) {
    SolverOptions options;
    options.order_first = first;
    return options;
}

class SolverVerdicts : public testing::TestWithParam<bool> {
protected:
    Solver solver{with_order(GetParam())};

    void SetUp() override {
        for (InputId id = 0; id < 3; ++id) solver.declare(id, "x", {0, 10});
    }
};
INSTANTIATE_TEST_SUITE_P(OrderAndZ3, SolverVerdicts, testing::Bool());

TEST_P(SolverVerdicts, a_chain_of_less_is_sat_until_it_closes) {
    solver.add(compare(form_of(0), Relation::less, form_of(1)));
    solver.add(compare(form_of(1), Relation::less, form_of(2)));
    ASSERT_EQ(solver.check(), SolverAnswer::sat);
    EXPECT_LT(solver.value(0), solver.value(1));
    EXPECT_LT(solver.value(1), solver.value(2));
    EXPECT_EQ(solver.check_with(compare(form_of(2), Relation::less_equal, form_of(0))), SolverAnswer::unsat);
    EXPECT_EQ(solver.check_without(compare(form_of(0), Relation::less, form_of(2))), SolverAnswer::unsat);
    EXPECT_EQ(solver.check(), SolverAnswer::sat);  // what was asked besides is gone
}

TEST_P(SolverVerdicts, bounds_are_inclusive) {
    EXPECT_EQ(solver.check_with(compare(form_of(0), Relation::equal, form_of_constant(10))), SolverAnswer::sat);
    EXPECT_EQ(solver.check_with(compare(form_of(0), Relation::equal, form_of_constant(0))), SolverAnswer::sat);
    EXPECT_EQ(solver.check_with(compare(form_of(0), Relation::less, form_of_constant(0))), SolverAnswer::unsat);
    EXPECT_EQ(solver.check_with(compare(form_of_constant(10), Relation::less, form_of(0))), SolverAnswer::unsat);
}

TEST_P(SolverVerdicts, numbers_are_integers) {
    EXPECT_EQ(solver.check_with({sum(-7, {{0, 2}}), Relation::equal, ConstraintKind::decision}), SolverAnswer::unsat);
    EXPECT_EQ(solver.check_with({sum(-7, {{0, 2}, {1, -2}}), Relation::equal, ConstraintKind::decision}),
              SolverAnswer::unsat);
    EXPECT_EQ(solver.check_with({sum(-8, {{0, 2}}), Relation::equal, ConstraintKind::decision}), SolverAnswer::sat);
    EXPECT_EQ(solver.value(0), 4);
}

TEST_P(SolverVerdicts, a_frame_takes_its_inputs_and_constraints_with_it) {
    solver.push();
    solver.declare(3, "y", {5, 5});
    solver.add(compare(form_of(0), Relation::equal, form_of(3)));
    ASSERT_EQ(solver.check(), SolverAnswer::sat);
    EXPECT_EQ(solver.value(0), 5);
    solver.pop();
    EXPECT_EQ(solver.inputs(), 3u);
    solver.declare(3, "z", {7, 7});
    EXPECT_EQ(solver.check_with(compare(form_of(0), Relation::equal, form_of_constant(4))), SolverAnswer::sat);
    EXPECT_EQ(solver.value(3), 7);
}

TEST_P(SolverVerdicts, a_maximum_is_one_of_its_two) {
    solver.add(Maximum{2, form_of(0), form_of(1), 0});
    solver.push();
    solver.add(compare(form_of(0), Relation::less, form_of(2)));
    ASSERT_EQ(solver.check(), SolverAnswer::sat);
    EXPECT_EQ(solver.value(1), solver.value(2));
    EXPECT_EQ(solver.check_with(compare(form_of(1), Relation::not_equal, form_of(2))), SolverAnswer::unsat);
    solver.pop();
    EXPECT_EQ(solver.check_with(compare(form_of(2), Relation::less, form_of(1))), SolverAnswer::unsat);
}

TEST_P(SolverVerdicts, different_numbers_in_too_little_room) {
    for (InputId id = 0; id < 3; ++id) solver.add(compare(form_of(id), Relation::less, form_of_constant(2)));
    solver.add(compare(form_of(0), Relation::not_equal, form_of(1)));
    solver.add(compare(form_of(1), Relation::not_equal, form_of(2)));
    EXPECT_EQ(solver.check(), SolverAnswer::sat);
    EXPECT_EQ(solver.check_with(compare(form_of(2), Relation::not_equal, form_of(0))), SolverAnswer::unsat);
}

TEST_P(SolverVerdicts, minimise_goes_by_the_order_given) {
    solver.add(at_most_zero(sum(7, {{0, -1}, {1, -1}})));  // x0 + x1 >= 7
    solver.add(compare(form_of(0), Relation::not_equal, form_of_constant(0)));
    ASSERT_EQ(solver.minimise({0, 1, 2}), SolverAnswer::sat);
    EXPECT_EQ(solver.values(), (std::vector<std::int64_t>{1, 6, 0}));
    ASSERT_EQ(solver.minimise({1, 0, 2}), SolverAnswer::sat);
    EXPECT_EQ(solver.values(), (std::vector<std::int64_t>{7, 0, 0}));
    solver.add(compare(form_of(1), Relation::less, form_of_constant(0)));
    EXPECT_EQ(solver.minimise({0}), SolverAnswer::unsat);
}

TEST(Solver, what_the_order_knows_is_not_asked_of_z3) {
    Solver solver;
    solver.declare(0, "a", {});
    solver.declare(1, "b", {});
    solver.add(compare(form_of(0), Relation::less, form_of(1)));
    EXPECT_EQ(solver.check(), SolverAnswer::sat);
    EXPECT_EQ(solver.check_with(compare(form_of(1), Relation::equal, form_of(0))), SolverAnswer::unsat);
    EXPECT_EQ(solver.counts().by_order, 2u);
    // Neither a difference, nor met by an assignment at hand.
    EXPECT_EQ(solver.check_with({sum(-1001, {{0, 3}, {1, 5}}), Relation::equal, ConstraintKind::decision}),
              SolverAnswer::sat);
    EXPECT_EQ(3 * solver.value(0) + 5 * solver.value(1), 1001);
    EXPECT_EQ(solver.counts().by_order, 2u);
    EXPECT_EQ(solver.counts().queries, 3u);
}

// A knapsack of large odd weights, which no limit of a few thousand units decides.
void add_hard_question(Solver& solver) {
    LinearForm form = form_of_constant(-1'234'567'891);
    for (InputId id = 0; id < 24; ++id) {
        solver.declare(id, "x", {0, 1});
        form.add(form_of(id), 10'000'019 + 1'299'709 * static_cast<std::int64_t>(id * id % 23) * 7);
    }
    solver.add({form, Relation::equal, ConstraintKind::decision});
}

TEST(Solver, a_spent_budget_is_said_and_is_neither_sat_nor_unsat) {
    SolverOptions options;
    options.units_per_query = 3000;
    Solver solver(options);
    add_hard_question(solver);
    EXPECT_EQ(solver.check(), SolverAnswer::out_of_budget);
    EXPECT_EQ(solver.counts().undecided, 1u);
    EXPECT_EQ(solver.minimise({0}), SolverAnswer::out_of_budget);
    // The next question has units of its own.
    solver.push();
    solver.add(compare(form_of(0), Relation::less, form_of_constant(0)));
    EXPECT_EQ(solver.check(), SolverAnswer::unsat);
}

TEST(Solver, a_budget_in_all_ends_every_query_after_it) {
    SolverOptions options;
    options.units_in_all = 10;
    Solver solver(options);
    solver.declare(0, "a", {});
    SolverAnswer verdict = SolverAnswer::sat;
    unsigned asked = 0;
    for (; verdict == SolverAnswer::sat && asked < 1000; ++asked) verdict = solver.check();
    EXPECT_EQ(verdict, SolverAnswer::out_of_budget);
    EXPECT_GT(asked, 1u);
    EXPECT_LT(asked, 20u);
}

// ------------------------------------------------------------------------------------------------ random questions

Constraint random_constraint(SplitMix64& random, InputId inputs) {
    LinearForm form = form_of_constant(static_cast<std::int64_t>(random.below(13)) - 6);
    const std::uint64_t terms = random.percent(80) ? 2 : random.below(4);
    for (std::uint64_t i = 0; i < terms; ++i) {
        const bool difference = random.percent(80);
        const auto other = static_cast<std::int64_t>(random.below(6)) - 3;
        form.add(form_of(static_cast<InputId>(random.below(inputs))),
                 difference ? (i % 2 == 0 ? 1 : -1) : (other == 0 ? 3 : other));
    }
    return {form, static_cast<Relation>(random.below(4)), ConstraintKind::decision};
}

// Adds, asks, pushes and pops at random; both solvers are told the same. Returns the verdicts and values.
std::vector<std::int64_t> random_session(std::uint64_t seed, Solver& one, Solver* other) {
    SplitMix64 random(seed);
    std::vector<std::int64_t> told;
    constexpr InputId inputs = 6;
    std::vector<Constraint> standing;
    std::vector<std::size_t> marks;
    for (Solver* each : {&one, other})
        for (InputId id = 0; each != nullptr && id < inputs; ++id) each->declare(id, "x", {-4, 9});
    for (int step = 0; step < 60; ++step) {
        const Constraint constraint = random_constraint(random, inputs);
        const Maximum maximum{static_cast<InputId>(random.below(inputs)), form_of(static_cast<InputId>(step % 3)),
                              form_of(static_cast<InputId>(3 + step % 3)), 0};
        const std::uint64_t what = random.below(10);
        for (Solver* each : {&one, other}) {
            if (each == nullptr) continue;
            if (what < 3) each->push();
            if (what < 6) each->add(constraint);
            if (what == 6) each->add(maximum);
            if (what == 7 && each->frames() > 0) each->pop();
        }
        const SolverAnswer verdict = one.check();
        told.push_back(static_cast<std::int64_t>(verdict));
        if (verdict == SolverAnswer::sat) told.insert(told.end(), one.values().begin(), one.values().end());
        if (other != nullptr) {
            EXPECT_EQ(verdict, other->check()) << one.script();
        }
    }
    return told;
}

TEST(Solver, the_order_and_z3_agree) {
    std::uint64_t by_order = 0;
    std::uint64_t sat = 0;
    std::uint64_t queries = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Solver with(with_order(true));
        Solver without(with_order(false));
        random_session(seed, with, &without);
        by_order += with.counts().by_order;
        sat += with.counts().sat;
        queries += with.counts().queries;
        EXPECT_EQ(without.counts().by_order, 0u);
    }
    EXPECT_GT(by_order, queries / 2);
    EXPECT_GT(sat, queries / 10);
    EXPECT_LT(sat, queries * 9 / 10);
}

TEST(Solver, the_same_questions_give_the_same_values) {
    for (const bool order : {true, false})
        for (std::uint64_t seed = 100; seed < 110; ++seed) {
            Solver first(with_order(order));
            Solver second(with_order(order));
            EXPECT_EQ(random_session(seed, first, nullptr), random_session(seed, second, nullptr));
            EXPECT_EQ(first.counts().units, second.counts().units);
        }
}

// ------------------------------------------------------------------------------------------------ written questions

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream in(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

TEST(Solver, the_stock_z3_gives_the_same_answers_on_written_questions) {
    if (std::string(Z3_PROGRAM).empty()) GTEST_SKIP() << "z3 is not installed";
    namespace fs = std::filesystem;
    const fs::path dir = fs::path(testing::TempDir()) / "vmacheck_smt2";
    fs::remove_all(dir);
    SolverOptions options;
    options.dump_dir = dir;
    Solver solver(options);
    random_session(7, solver, nullptr);
    std::vector<std::string> files;
    for (const auto& each : fs::directory_iterator(dir)) files.push_back(each.path());
    ASSERT_EQ(files.size(), solver.counts().queries);
    unsigned sat = 0;
    for (const std::string& file : files) {
        const std::string answer = file + ".answer";
        ASSERT_EQ(std::system((std::string(Z3_PROGRAM) + " " + file + " > " + answer).c_str()), 0);
        // z3 itself complains where an answer is not the stated status.
        const std::string told = lines_of(answer).at(0);
        EXPECT_EQ("; answer: " + told, lines_of(file).at(0)) << file;
        sat += told == "sat" ? 1 : 0;
    }
    EXPECT_GT(sat, 0u);
    EXPECT_LT(sat, files.size());
    fs::remove_all(dir);
}

}  // namespace
}  // namespace vmacheck::smt
