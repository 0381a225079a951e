// Paths of small programs: each once, parts by themselves, what cannot happen left out, what breaks found.
#include "checker/smt/prove/enumerate.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace vmacheck::prove {
namespace {

// Inputs between 0 and `high`, and what runs on them.
class Program final : public PathProgram {
public:
    using Body = std::function<RunEnd(const std::vector<TracedNumber>&, PathRecorder&)>;
    Program(std::size_t inputs, std::int64_t high, Body body) : count_(inputs), high_(high), body_(std::move(body)) {}

    [[nodiscard]] std::vector<InputSpec> inputs() const override {
        std::vector<InputSpec> all;
        for (std::size_t i = 0; i < count_; ++i) all.push_back({"x" + std::string(1, char('0' + i)), {0, high_}, 0});
        return all;
    }
    RunEnd run(const std::vector<std::uint64_t>& values, PathRecorder& recorder) override {
        std::vector<TracedNumber> inputs;
        for (std::size_t i = 0; i < count_; ++i) inputs.push_back(TracedNumber::input("x", values[i]));
        return body_(inputs, recorder);
    }

private:
    std::size_t count_;
    std::int64_t high_;
    Body body_;
};

PathSet paths_of(Program program) {
    return enumerate_paths(program, {{}, true});
}

TEST(Enumerate, every_path_once) {
    const PathSet set = paths_of({3, 100, [](const auto& x, PathRecorder&) {
                                      (void)(x[0] < x[1] && x[1] < x[2]);
                                      return RunEnd{};
                                  }});
    EXPECT_EQ(set.counts.paths, 3u);
    EXPECT_EQ(set.counts.undecided, 0u);
    std::vector<std::uint64_t> signatures = set.signatures;
    std::sort(signatures.begin(), signatures.end());
    EXPECT_EQ(std::unique(signatures.begin(), signatures.end()), signatures.end());
}

TEST(Enumerate, what_earlier_decisions_exclude_is_no_path) {
    // All three pairs: of the eight ways six are orders.
    const PathSet set = paths_of({3, 100, [](const auto& x, PathRecorder&) {
                                      (void)(x[0] < x[1]);
                                      (void)(x[1] < x[2]);
                                      (void)(x[0] < x[2]);
                                      return RunEnd{};
                                  }});
    EXPECT_EQ(set.counts.paths, 6u);
    EXPECT_EQ(set.counts.runs, 6u);
}

TEST(Enumerate, bounds_and_definitions_count) {
    const PathSet set = paths_of(
        {2, 4, [](const auto& x, PathRecorder& recorder) {
             recorder.record({(x[0] + x[1]).form(), Relation::less_equal, ConstraintKind::definition});  // both are 0
             (void)(x[0] < 1);
             (void)(x[1] <= 4);
             (void)(x[0] + x[1] < 2);
             return RunEnd{};
         }});
    EXPECT_EQ(set.counts.paths, 1u);
    EXPECT_EQ(set.counts.questions, set.counts.implied);
}

TEST(Enumerate, equalities_hold_from_where_they_are_decided) {
    const PathSet set = paths_of({3, 100, [](const auto& x, PathRecorder&) {
                                      if (x[0] + x[1] == x[2]) {
                                          (void)(x[2] < x[0]);  // cannot be
                                          (void)(x[2] == x[1] + x[0]);
                                          (void)(x[2] != x[0] + x[1]);
                                      }
                                      return RunEnd{};
                                  }});
    EXPECT_EQ(set.counts.paths, 2u);
}

TEST(Enumerate, parts_add_up_instead_of_multiplying) {
    const PathSet set = paths_of({4, 100, [](const auto& x, PathRecorder& recorder) {
                                      (void)(x[0] < 50);
                                      recorder.separate_parts();
                                      for (int i = 1; i < 4; ++i) {
                                          recorder.begin_check();
                                          (void)(x[i] < 10);
                                          (void)(x[i] < 5);
                                      }
                                      recorder.end_parts();
                                      return RunEnd{};
                                  }});
    EXPECT_EQ(set.counts.paths, 2u);
    EXPECT_EQ(set.counts.parts, 2u * (1 + 3 * 3));  // the first part is what stands before the first check
}

TEST(Enumerate, a_part_knows_what_the_path_decided) {
    const PathSet set = paths_of({2, 100, [](const auto& x, PathRecorder& recorder) {
                                      const bool less = x[0] < x[1];
                                      recorder.separate_parts();
                                      recorder.begin_check();
                                      RunEnd end;
                                      if ((x[0] < x[1]) != less) end.violations.push_back({"p", "forgotten"});
                                      recorder.end_parts();
                                      return end;
                                  }});
    EXPECT_EQ(set.counts.paths, 2u);
    EXPECT_EQ(set.counts.parts, 4u);
    EXPECT_FALSE(set.counterexample);
}

TEST(Enumerate, the_one_value_that_breaks_is_found) {
    for (const bool in_part : {false, true}) {
        const PathSet set = paths_of({2, std::int64_t{1} << 40, [&](const auto& x, PathRecorder& recorder) {
                                          if (in_part) recorder.separate_parts(), recorder.begin_check();
                                          RunEnd end;
                                          if (x[0] + 17 == x[1] && x[1] == 123456789)
                                              end.violations = {{"p", "broken"}};
                                          if (in_part) recorder.end_parts();
                                          return end;
                                      }});
        ASSERT_TRUE(set.counterexample);
        EXPECT_EQ(set.counterexample->values, (std::vector<std::uint64_t>{123456789 - 17, 123456789}));
        EXPECT_EQ(set.counterexample->violations.front().property, "p");
    }
}

TEST(Enumerate, an_obligation_that_does_not_follow_is_tried) {
    const PathSet set = paths_of({2, 100, [](const auto& x, PathRecorder&) {
                                      RunEnd end;
                                      try {
                                          (void)(x[0] - x[1]);
                                      } catch (const InternalAssertion& assertion) {
                                          end.violations = {{"internal-assertion", assertion.what()}};
                                      }
                                      return end;
                                  }});
    ASSERT_TRUE(set.counterexample);
    EXPECT_LT(set.counterexample->values[0], set.counterexample->values[1]);
}

TEST(Enumerate, a_maximum_is_either_of_the_two) {
    const PathSet set = paths_of({3, 100, [](const auto& x, PathRecorder&) {
                                      const TracedNumber largest = max(max(x[0], x[1]), x[2]);
                                      RunEnd end;
                                      if (largest != x[0] && largest != x[1] && largest != x[2])
                                          end.violations = {{"p", "neither"}};
                                      if (largest < x[1]) end.violations = {{"p", "less"}};
                                      return end;
                                  }});
    EXPECT_FALSE(set.counterexample);
    EXPECT_EQ(set.counts.undecided, 0u);
    EXPECT_GE(set.counts.paths, 3u);
}

TEST(Enumerate, a_cut_path_counts_up_to_the_cut) {
    const PathSet set = paths_of({2, 100, [](const auto& x, PathRecorder& recorder) {
                                      RunEnd end;
                                      if (x[0] < 50) {
                                          end.cut_at = recorder.constraints().size();
                                          (void)(x[1] < 50);
                                      }
                                      return end;
                                  }});
    EXPECT_EQ(set.counts.cut, 1u);
    EXPECT_EQ(set.counts.paths, 1u);
}

TEST(Enumerate, what_the_solver_gives_up_is_undecided) {
    Program program(4, std::int64_t{1} << 40, [](const auto& x, PathRecorder&) {
        (void)(x[0] + x[0] + x[1] + x[1] + x[1] == x[2] + x[2] + x[2] + x[2] + x[2] + x[3]);
        return RunEnd{};
    });
    EnumerateOptions options;
    options.solver.units_per_query = 1;
    options.solver.order_first = false;
    const PathSet set = enumerate_paths(program, options);
    EXPECT_GT(set.counts.undecided, 0u);
}

TEST(Enumerate, a_program_that_is_no_function_of_its_inputs_is_noticed) {
    int runs = 0;
    Program program(2, 100, [&](const auto& x, PathRecorder&) {
        if (++runs == 1) (void)(x[0] < 7);
        (void)(x[1] < 9);
        return RunEnd{};
    });
    EXPECT_THROW(enumerate_paths(program, {}), InternalAssertion);
}

}  // namespace
}  // namespace vmacheck::prove
