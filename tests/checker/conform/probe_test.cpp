// Probes: each shows the difference between the values of its policy, and together they find the profile of a subject.
#include "checker/conform/probe.hpp"

#include "checker/subject/model_subject.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// A model of one profile, whatever it is to start from.
class ModelOf final : public Subject {
public:
    explicit ModelOf(std::string profile) : profile_(std::move(profile)) {}
    [[nodiscard]] SubjectInfo hello() const override { return model_.hello(); }
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override {
        Setup mine = setup;
        mine.profile = profile_;
        return model_.reset(mine);
    }
    [[nodiscard]] std::optional<std::string> refuses(const Op<Plain>& op) const override {
        if (op.kind == refused) return "not here";
        return std::nullopt;
    }
    Answer step(const Op<Plain>& op) override { return model_.step(op); }
    [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }

    OpKind refused = OpKind::count;  // an operation that it does not do

private:
    std::string profile_;
    ModelSubject model_;
};

// What a probe asks to start from.
Setup start_of(std::string_view policy) {
    return std::get<Trace>(read_trace(probe_text(policy))).header;
}

const PolicyAnswer& answer_for(const ProbeResult& result, std::string_view policy) {
    return result.answers.at(*policy_named(policy));
}

TEST(Probes, ExistForAllPoliciesThatAProcessCanSee) {
    std::vector<std::string_view> without;
    for (const PolicyInfo& each : all_policies()) {
        EXPECT_EQ(probe_text(each.name).empty(), !each.no_probe.empty()) << each.name;
        if (!each.no_probe.empty()) without.push_back(each.name);
    }
    EXPECT_THAT(without,
                testing::UnorderedElementsAre("anon-reuse", "merge-fails", "mremap-counts-first", "madvise-full-eagain",
                                              "mlock-counts-to-top", "no-mandatory-locks", "huge-aligned-files"));
    EXPECT_TRUE(probe_text("no-such-policy").empty());
}

TEST(Probes, AreTracesThatAnyProcessCanPerform) {
    for (const PolicyInfo& each : all_policies()) {
        if (!each.no_probe.empty()) continue;
        const ReadResult read = read_trace(probe_text(each.name));
        const auto* trace = std::get_if<Trace>(&read);
        ASSERT_NE(trace, nullptr) << each.name << ": " << std::get<ReadError>(read).message;
        EXPECT_LE(trace->steps.size(), 12u) << each.name;
        EXPECT_TRUE(trace->header.parameters.rlimit_as == unlimited) << each.name;
        EXPECT_TRUE(trace->header.layout.empty()) << each.name;
        EXPECT_TRUE(trace->header.faults.empty()) << each.name;
        for (const TraceStep& step : trace->steps) {
            EXPECT_EQ(step.op.fail_alloc.nth, 0) << each.name;
            EXPECT_NE(step.op.kind, OpKind::split) << each.name;
            EXPECT_NE(step.op.kind, OpKind::special_mapping) << each.name;
            EXPECT_FALSE(step.seen.error || step.seen.value || step.seen.vmas || step.seen.map_count) << each.name;
        }
    }
}

// Whatever the other policies are.
TEST(Probes, DifferUnderEachTwoValues) {
    for (const char* base : {"v5.10", "v6.1", "v6.12", "v6.18", "v7.1"})
        for (PolicyId id = 0; id < all_policies().size(); ++id) {
            const PolicyInfo& info = all_policies()[id];
            if (!info.no_probe.empty()) continue;
            std::vector<ProbeRun> runs;
            for (std::uint8_t value = 0; value < info.values.size(); ++value) {
                runs.push_back(
                    run_probe_on_model(probe_text(info.name), start_of(info.name), profile_with(base, id, value)));
                EXPECT_EQ(runs.back().refused, "") << info.name;
                EXPECT_EQ(first_difference(runs.back(), runs.back()), "") << info.name;
                for (std::uint8_t other = 0; other < value; ++other)
                    EXPECT_NE(first_difference(runs.at(other), runs.back()), "")
                        << info.name << ", " << info.values[other].name << " and " << info.values[value].name
                        << " over " << base;
            }
        }
}

TEST(Probe, FindsEachProfileAgain) {
    for (const Profile& each : all_profiles()) {
        ModelOf subject{std::string(each.name)};
        const ProbeResult result = probe(subject);
        EXPECT_EQ(result.profile, each.name);
        EXPECT_EQ(result.differing, 0u) << each.name;
        EXPECT_EQ(result.settings, each.name);
        ASSERT_EQ(result.answers.size(), all_policies().size());
        for (PolicyId id = 0; id < all_policies().size(); ++id) {
            const PolicyInfo& info = all_policies()[id];
            const PolicyAnswer& answer = result.answers[id];
            EXPECT_EQ(answer.policy, id);
            if (!info.no_probe.empty()) {
                EXPECT_EQ(answer.answer, ProbeAnswer::untold) << info.name;
                EXPECT_EQ(answer.why, info.no_probe);
                continue;
            }
            EXPECT_EQ(answer.answer, ProbeAnswer::found) << each.name << ": " << info.name << ": " << answer.why;
            EXPECT_EQ(answer.value, value_of(each.policy, id)) << each.name << ": " << info.name;
        }
    }
}

TEST(Probe, FindsAPolicyThatIsNotItsProfiles) {
    ModelOf subject("v6.18+account-dropped=no");
    const ProbeResult result = probe(subject);
    EXPECT_EQ(result.profile, "v6.18");
    EXPECT_EQ(result.differing, 1u);
    EXPECT_EQ(result.settings, "v6.18+account-dropped=no");
}

TEST(Probe, SaysWhatASubjectCannotDo) {
    ModelOf subject("v6.12");
    subject.refused = OpKind::shmat;
    const ProbeResult result = probe(subject);
    EXPECT_EQ(result.profile, "v6.12");
    EXPECT_EQ(answer_for(result, "close-merges").answer, ProbeAnswer::untold);
    EXPECT_EQ(answer_for(result, "close-merges").why, "not here");
}

// A fault of the subject is no value of a policy.
TEST(Probe, SaysWhereNoValueFits) {
    class Broken final : public Subject {
    public:
        [[nodiscard]] SubjectInfo hello() const override { return model_.hello(); }
        [[nodiscard]] std::optional<std::string> reset(const vmacheck::Setup& setup) override {
            return model_.reset(setup);
        }
        Answer step(const Op<Plain>& op) override {
            Answer answer = model_.step(op);
            if (op.kind == OpKind::mlock) answer.seen.error = Errno::eperm;
            return answer;
        }
        [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }

    private:
        ModelSubject model_;
    };
    Broken subject;
    const ProbeResult result = probe(subject);
    const PolicyAnswer& answer = answer_for(result, "lock-on-fault-unchecked");
    EXPECT_EQ(answer.answer, ProbeAnswer::none);
    EXPECT_THAT(answer.why, testing::HasSubstr("step 2, ret: EPERM"));
}

TEST(Probe, AHeapElsewhereIsProbedThere) {
    class Moved final : public Subject {
    public:
        [[nodiscard]] SubjectInfo hello() const override { return model_.hello(); }
        [[nodiscard]] std::optional<std::string> reset(const vmacheck::Setup& setup) override {
            return model_.reset(setup);
        }
        [[nodiscard]] std::variant<vmacheck::Setup, std::string> start(const vmacheck::Setup& wanted) override {
            vmacheck::Setup mine = wanted;
            mine.profile = "v6.1";
            mine.parameters.start_brk_bytes = 0x601000;
            if (const auto wrong = model_.reset(mine)) return *wrong;
            return mine;
        }
        Answer step(const Op<Plain>& op) override { return model_.step(op); }
        [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }

    private:
        ModelSubject model_;
    };
    Moved subject;
    const ProbeResult result = probe(subject);
    EXPECT_EQ(result.profile, "v6.1");
    EXPECT_EQ(answer_for(result, "brk-needs-mapping").answer, ProbeAnswer::found);
    EXPECT_EQ(answer_for(result, "brk-joins-heap-only").answer, ProbeAnswer::found);
}

}  // namespace
}  // namespace vmacheck
