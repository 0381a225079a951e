// What a campaign came to, and its forms: text for people, JSON, and those that CI systems read.
#pragma once

#include "checker/campaign/baseline.hpp"
#include "checker/campaign/results.hpp"
#include "checker/campaign/run.hpp"
#include "checker/run/verdict.hpp"

#include <boost/json/value.hpp>

namespace vmacheck {

// A finding and what the baseline says of it. Its path is empty where more were found than are reported.
struct ReportedFinding {
    StoredFinding stored;
    std::string accepted;   // because; empty: it counts
    std::size_t cause = 0;  // index of the finding that stands for its cause; its own where it is that one

    [[nodiscard]] const Finding& finding() const { return stored.shown(); }
    [[nodiscard]] bool is_shown() const { return !finding().path.empty(); }
    // Operations of the minimised trace.
    [[nodiscard]] std::size_t ops() const { return stored.minimised ? finding().trace.steps.size() : 0; }
};

struct CampaignReport {
    CampaignId id;
    CampaignConfig config;
    Shard shard;
    std::vector<EngineTotal> totals;
    Grid grid;
    std::vector<ReportedFinding> findings;
    Baseline not_met;  // accepted, and did not occur
    std::uint64_t digest = 0;
    bool complete = false;           // all units of the campaign, or of the shard
    std::vector<ShardState> shards;  // the one, or all
    std::string missing;             // which units, empty if complete
    Verdict verdict = Verdict::holds;
    std::string because;  // of undecided, and of internal without a finding; otherwise what is missing

    [[nodiscard]] std::uint64_t steps() const;
    [[nodiscard]] std::uint64_t cases() const;
    [[nodiscard]] std::uint64_t guided() const;    // traces of guided exploration
    [[nodiscard]] std::uint64_t replayed() const;  // earlier failures
    [[nodiscard]] std::uint64_t known() const;     // traces of known situations

private:
    [[nodiscard]] std::uint64_t cases_of(std::string_view engine) const;
};

// `config` is the one the results were made with. Findings are minimised already; paths are those write_findings uses.
CampaignReport make_report(Results& results, const CampaignConfig& config, const Shard& shard,
                           const Baseline& baseline);

// The file that holds or will hold the trace of a finding.
std::string path_of(const Finding& finding, const CampaignConfig& config);

// The command that does the campaign again, with another seed if wanted. `usual`: what it is without any option, that
// is by default, or by `file`.
std::string campaign_command(const CampaignConfig& config, std::uint64_t seed, const CampaignConfig& usual = {},
                             const std::string& file = "");
std::string replay_command(const ReportedFinding& finding, const CampaignConfig& config);

std::string report_text(const CampaignReport& report);
boost::json::object report_json(const CampaignReport& report);

// The configuration as it was stored; what only says where files lie has its defaults.
CampaignConfig config_of(const CampaignId& id);

}  // namespace vmacheck
