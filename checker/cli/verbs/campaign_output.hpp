// What the verbs campaign and merge share: where a campaign's report goes, and how it is written and printed.
#pragma once

#include "checker/cli/options/command.hpp"
#include "checker/cli/options/output_files.hpp"
#include "checker/report/campaign_report.hpp"

#include <functional>
#include <string>

namespace vmacheck::cli {

inline constexpr const char* in_memory = ":memory:";  // where results are kept without --db

struct ReportOptions {
    std::string out;  // empty: the configuration's
    std::string format = "text";
    std::string progress = "auto";
    std::string baseline;
    std::string junit;
    std::string sarif;
    std::string summary;
    std::string html;
    std::string annotations;
    bool bisect = false;
};
void add_report_options(const Command& verb, ReportOptions& options);

// Throws OutputError if a finding or a report could not be written. Before the search, which would be lost.
void expect_outputs(const ReportOptions& options, const std::string& out);

// The baseline that the options name. Throws BadInputs with what is wrong with it.
Baseline read_accepted(const ReportOptions& options);

struct Timing {
    double elapsed_s = 0;     // of this call
    std::uint64_t steps = 0;  // of this call
    double all_s = 0;         // of all calls that added to the results
    unsigned jobs = 0;
};

// The command to paste next where nothing was found, or where units are missing.
using NextCommand = std::function<std::string(const CampaignReport&)>;

// Minimises what was found, writes traces and reports, prints, and returns the exit code.
int report_campaign(Results& results, const CampaignConfig& config, const Shard& shard, const Baseline& baseline,
                    const ReportOptions& options, const Timing& timing, const NextCommand& next);

// Runs the verb, as run_verb does. Bad input has the exit code that --bisect wants.
int run_campaign_verb(const std::string& verb, const ReportOptions& options, const std::function<int()>& f);

}  // namespace vmacheck::cli
