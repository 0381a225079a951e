// Several subjects at work: the order of what comes of it, and that a check says the same as with one.
#include "checker/conform/subject_pool.hpp"

#include "checker/conform/found_differences.hpp"
#include "checker/exhaustive/built_in_scopes.hpp"
#include "tests/checker/conform/check_options.hpp"
#include "tests/checker/conform/other_model.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <thread>

namespace vmacheck {
namespace {

using Make = std::function<std::unique_ptr<Subject>()>;

std::vector<std::unique_ptr<Subject>> several(const Make& make, unsigned count) {
    std::vector<std::unique_ptr<Subject>> all;
    for (unsigned i = 0; i < count; ++i) all.push_back(make());
    return all;
}

std::unique_ptr<Subject> the_model() {
    return std::make_unique<ModelSubject>();
}

TEST(SubjectPool, GivesResultsInTheOrderOfTheirNumbers) {
    ModelSubject first;
    SubjectPool pool(first, several(the_model, 3));
    std::vector<std::uint64_t> merged;
    const auto run = [](Subject&, std::uint64_t n) {
        std::this_thread::sleep_for(std::chrono::milliseconds(n % 3 == 0 ? 5 : 0));
        return n;
    };
    for (int round = 0; round < 2; ++round) {
        merged.clear();
        pool.in_order(40, run, [&](std::uint64_t n) { return merged.push_back(n), true; });
        ASSERT_EQ(merged.size(), 40u);
        for (std::uint64_t n = 0; n < merged.size(); ++n) EXPECT_EQ(merged[n], n);
    }
}

TEST(SubjectPool, UsesTheOthersAndLeavesTheFirst) {
    ModelSubject first;
    SubjectPool pool(first, several(the_model, 2));
    const auto caller = std::this_thread::get_id();
    pool.in_order(
        20, [&](Subject& subject, std::uint64_t) { return &subject != &first && std::this_thread::get_id() != caller; },
        [&](bool elsewhere) {
            EXPECT_TRUE(elsewhere);
            EXPECT_EQ(std::this_thread::get_id(), caller);
            return true;
        });
}

TEST(SubjectPool, BeginsLittleMoreThanIsMerged) {
    ModelSubject first;
    SubjectPool pool(first, several(the_model, 2));
    std::atomic<std::uint64_t> begun{0};
    std::uint64_t merged = 0;
    pool.in_order(
        ~std::uint64_t{0}, [&](Subject&, std::uint64_t) { return ++begun; },
        [&](std::uint64_t) {
            EXPECT_LE(begun, merged + 9);
            return ++merged < 30;
        });
    EXPECT_EQ(merged, 30u);
    EXPECT_LT(begun, 40u);
}

TEST(SubjectPool, WhatIsThrownIsThrownInItsTurn) {
    for (const unsigned others : {0u, 3u}) {
        ModelSubject first;
        SubjectPool pool(first, several(the_model, others));
        std::uint64_t merged = 0;
        const auto run = [](Subject&, std::uint64_t n) {
            if (n >= 5) throw SubjectLost("number " + std::to_string(n));
            return n;
        };
        try {
            pool.in_order(100, run, [&](std::uint64_t) { return ++merged, true; });
            ADD_FAILURE() << "nothing was thrown";
        } catch (const SubjectLost& lost) {
            EXPECT_STREQ(lost.what(), "number 5");
        }
        EXPECT_EQ(merged, 5u);
        EXPECT_THROW(pool.in_order(
                         3, [](Subject&, std::uint64_t n) { return n; },
                         [](std::uint64_t) -> bool { throw std::runtime_error("in merge"); }),
                     std::runtime_error);
    }
}

// Says which thread used it last, and which ended it.
class Watched final : public Subject {
public:
    Watched(std::thread::id& used, std::thread::id& ended) : used_(used), ended_(ended) {}
    ~Watched() override { ended_ = std::this_thread::get_id(); }
    [[nodiscard]] SubjectInfo hello() const override { return {}; }
    [[nodiscard]] std::optional<std::string> reset(const Setup&) override {
        used_ = std::this_thread::get_id();
        return std::nullopt;
    }
    Answer step(const Op<Plain>&) override { return {}; }
    [[nodiscard]] Observation observe(const Detail&) override { return {}; }

private:
    std::thread::id& used_;
    std::thread::id& ended_;
};

// Where a program is started, it ends with the thread that started it.
TEST(SubjectPool, SubjectsEndInTheThreadThatUsedThem) {
    std::thread::id used;
    std::thread::id ended;
    {
        ModelSubject first;
        std::vector<std::unique_ptr<Subject>> one;
        one.push_back(std::make_unique<Watched>(used, ended));
        SubjectPool pool(first, std::move(one));
        pool.in_order(
            1, [](Subject& subject, std::uint64_t) { return subject.reset({}).has_value(); },
            [](bool) { return true; });
    }
    EXPECT_NE(used, std::thread::id());
    EXPECT_EQ(used, ended);
}

// What a check says, in one text.
std::string text_of(const SubjectCheckResult& result) {
    std::string text;
    for (const SourceTotal& each : result.sources)
        text += each.name + " " + std::to_string(each.traces) + " " + std::to_string(each.steps) + " " +
                std::to_string(each.differing) + "\n";
    for (const auto& [why, count] : result.left_out) text += why + " " + std::to_string(count) + "\n";
    for (const FoundDifference& each : result.found)
        text += each.finding.text() + " " + std::to_string(each.times) + " " + each.finding.origin.unit + " " +
                std::to_string(each.finding.trace.steps.size()) + "\n";
    for (const auto& [name, times] : result.known) text += name + " " + std::to_string(times) + "\n";
    for (const auto& [name, times] : result.further) text += name + " " + std::to_string(times) + "\n";
    for (const Loss& each : result.losses) text += each.how + " " + std::to_string(each.trace.steps.size()) + "\n";
    return text + std::to_string(result.compared) + " " + std::to_string(result.failures) + " " +
           std::to_string(result.lost_times) + " " + std::to_string(result.not_repeated) + " " + result.lost +
           result.ended + (result.complete ? " complete" : "") + "\n";
}

std::string checked(const Make& make, const SubjectCheckOptions& options, unsigned others) {
    const std::unique_ptr<Subject> first = make();
    SubjectPool pool(*first, several(make, others));
    return text_of(check_subject(pool, options));
}

// Traces, a tour, and random cases that end at their first difference, so that the last one has an odd budget.
TEST(SubjectCheck, SaysTheSameWithAnyNumberOfSubjects) {
    SubjectCheckOptions options = check_options(20'777);
    options.scopes = {*built_in_scope("peer", 3)};
    options.traces.resize(5);
    for (Trace& each : options.traces) each.steps.resize(2);
    for (const Make& make :
         {Make([] { return std::make_unique<OtherModel>("v5.10-loose", std::vector<std::string>()); }),
          Make([] { return std::make_unique<OtherModel>("v5.10", std::vector<std::string>{"merge-map-count-kept"}); }),
          Make(the_model)}) {
        const std::string one = checked(make, options, 0);
        EXPECT_NE(one.find("20777"), std::string::npos);
        EXPECT_EQ(checked(make, options, 2), one);
        EXPECT_EQ(checked(make, options, 5), one);
    }
}

// Each is lost at its own first fork after 100 steps of a case.
TEST(SubjectCheck, SaysTheSameOfLossesWithAnyNumberOfSubjects) {
    const Make make = [] {
        auto subject = std::make_unique<ChangedModel>();
        const auto steps = std::make_shared<std::size_t>(0);
        subject->starts = [steps]() -> std::optional<std::string> {
            *steps = 0;
            return std::nullopt;
        };
        subject->change = [steps](const Op<Plain>& op, Answer&) {
            if (++*steps > 100 && op.kind == OpKind::fork) throw SubjectLost("ended with signal 11");
        };
        return subject;
    };
    const std::string one = checked(make, check_options(5000), 0);
    EXPECT_NE(one.find("ended with signal 11"), std::string::npos);
    EXPECT_EQ(checked(make, check_options(5000), 3), one);
}

}  // namespace
}  // namespace vmacheck
