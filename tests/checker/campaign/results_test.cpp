// Results of a campaign: the same whatever the order of units, the number of threads and of shards.
#include "checker/campaign/run.hpp"
#include "checker/report/campaign_report.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace vmacheck {
namespace {

class CampaignResults : public ::testing::Test {
protected:
    CampaignResults() {
        std::string name = std::filesystem::temp_directory_path().string() + "/vmacheck-results-XXXXXX";
        directory_ = mkdtemp(name.data());
        config_.ops = 60'000;
        config_.random.case_steps = 200;  // small units
        config_.corpus_given = true;
    }
    ~CampaignResults() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    [[nodiscard]] CampaignId id() const { return {"test", config_.text(0), "test"}; }
    [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

    Results run(const std::string& name, const RunLimits& limits) {
        const Engines engines = make_engines(config_, {});
        Results results(name == ":memory:" ? name : path(name), id(), engines, {});
        run_campaign(engines, results, limits, {});
        return results;
    }

    std::string reported(Results& results) {
        minimise_findings(results, {});
        const CampaignReport report = make_report(results, config_, {}, {});
        return report_text(report) + boost::json::serialize(report_json(report));
    }

    CampaignConfig config_;
    std::string directory_;
};

TEST_F(CampaignResults, SameForThreadsAndShardsInAnyOrder) {
    for (const std::string fault : {"", "adjust-case6-no-import"}) {
        SCOPED_TRACE(fault);
        config_.setup.faults.clear();
        if (!fault.empty()) config_.setup.faults = {fault};
        Results one = run(":memory:", {1, {}, 0});
        const std::string whole = reported(one);
        EXPECT_EQ(make_report(one, config_, {}, {}).verdict, fault.empty() ? Verdict::holds : Verdict::violated);
        Results two = run(":memory:", {2, {}, 0});
        EXPECT_EQ(reported(two), whole);
        std::vector<std::string> shards;
        for (std::uint64_t i = 0; i < 4; ++i) {
            const std::string name = "shard" + fault + std::to_string(i);
            run(name, {1, {i, 4}, 0});
            shards.push_back(path(name));
        }
        for (int order = 0; order < 2; ++order) {
            Results merged = Results::merged(shards, ":memory:");
            EXPECT_EQ(merged.digest(), one.digest());
            EXPECT_EQ(reported(merged), whole);
            std::reverse(shards.begin(), shards.end());
        }
    }
}

TEST_F(CampaignResults, ShardsMustBeOfOneCampaignAndApart) {
    run("a", {1, {0, 2}, 0});
    EXPECT_THROW(Results::merged({path("a"), path("a")}, ":memory:"), DatabaseError);
    config_.seed = 2;
    run("other", {1, {1, 2}, 0});
    EXPECT_THROW(Results::merged({path("a"), path("other")}, ":memory:"), DatabaseError);
    EXPECT_THROW(run("a", {1, {0, 2}, 0}), DatabaseError) << "the file holds another campaign";
    EXPECT_THROW(Results(path("none")), DatabaseError);
}

TEST_F(CampaignResults, AMissingShardIsUndecided) {
    run("a", {1, {0, 2}, 0});
    Results half = Results::merged({path("a")}, ":memory:");
    const CampaignReport report = make_report(half, config_, {}, {});
    EXPECT_EQ(report.verdict, Verdict::undecided);
    EXPECT_FALSE(report.complete);
    EXPECT_EQ(report.because, "units are missing: shard 2/2");
    Results again(path("a"));
    EXPECT_EQ(make_report(again, config_, {0, 2}, {}).verdict, Verdict::holds) << "the shard itself is done";
}

TEST_F(CampaignResults, OpenCellsFailWhereTheFileAsksForThem) {
    config_.ops = 2000;
    Results few = run(":memory:", {1, {}, 0});
    EXPECT_EQ(make_report(few, config_, {}, {}).verdict, Verdict::holds);
    config_.every_cell = true;
    const CampaignReport report = make_report(few, config_, {}, {});
    EXPECT_EQ(report.verdict, Verdict::undecided);
    EXPECT_NE(report_text(report).find("\nopen        "), std::string::npos);
}

TEST_F(CampaignResults, AcceptedFindingsDoNotCount) {
    config_.setup.faults = {"adjust-gap-not-updated"};
    config_.ops = 20'000;
    Results results = run(":memory:", {1, {}, 0});
    minimise_findings(results, {});
    const CampaignReport plain = make_report(results, config_, {}, {});
    ASSERT_FALSE(plain.findings.empty());
    Baseline baseline;
    for (const ReportedFinding& each : plain.findings) baseline.push_back({each.finding().property(), "", "known"});
    EXPECT_EQ(make_report(results, config_, {}, baseline).verdict, Verdict::holds);
    baseline.assign(1, {"list-order", "", "never met"});
    const CampaignReport stale = make_report(results, config_, {}, baseline);
    EXPECT_EQ(stale.verdict, Verdict::violated);
    ASSERT_EQ(stale.not_met.size(), 1u);
    EXPECT_EQ(stale.not_met[0].property, "list-order");
}

// Two that were found apart may be the same once they are minimised: then there is one, which counts for both.
TEST_F(CampaignResults, WhatIsEqualOnceItIsMinimisedIsOneFinding) {
    config_.setup.faults = {"merge-case3-pgoff"};
    Results results = run(":memory:", {1, {}, 0});
    minimise_findings(results, {});
    std::uint64_t found = 0;
    for (const StoredFinding& each : results.findings()) found += each.times;
    const CampaignReport report = make_report(results, config_, {}, {});
    ASSERT_LT(report.findings.size(), results.findings().size()) << "none are equal: another fault shows more";
    std::set<std::string> keys;
    std::set<std::string> paths;
    for (const ReportedFinding& each : report.findings) {
        found -= each.stored.times;
        if (!each.is_shown()) continue;
        EXPECT_TRUE(keys.insert(each.finding().key()).second) << each.finding().key();
        EXPECT_TRUE(paths.insert(each.finding().path).second) << each.finding().path;
    }
    EXPECT_EQ(found, 0u);
}

// An earlier failure is found again, before anything is searched, with the fault and not without it.
TEST_F(CampaignResults, TheCorpusIsReplayedOnTheCampaignsModel) {
    config_.setup.faults = {"adjust-gap-not-updated"};
    config_.ops = 20'000;
    Results first = run(":memory:", {1, {}, 0});
    minimise_findings(first, {});
    const std::vector<CorpusTrace> corpus{{"earlier.jsonl", write_trace(first.findings().front().minimised->trace)}};
    for (const bool fault : {true, false}) {
        if (!fault) config_.setup.faults.clear();
        const Engines engines = make_engines(config_, corpus);
        Results results(":memory:", id(), engines, corpus);
        run_campaign(engines, results, {1, {}, 0}, {});
        EXPECT_EQ(make_report(results, config_, {}, {}).replayed(), 1u);
        if (!fault) {
            EXPECT_TRUE(results.findings().empty());
            continue;
        }
        const StoredFinding found = results.findings().front();
        EXPECT_EQ(found.found.origin.engine, "corpus");
        EXPECT_EQ(found.found.origin.unit, "earlier.jsonl");
        EXPECT_EQ(path_of(found.found, config_), "earlier.jsonl");
    }
}

}  // namespace
}  // namespace vmacheck
