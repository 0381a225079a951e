// A campaign's report in the forms that CI systems read.
#pragma once

#include "checker/report/campaign_report.hpp"

namespace vmacheck {

// JUnit XML: a test case for each property, each earlier failure that came back, the coverage and the budget.
std::string junit_xml(const CampaignReport& report);

// SARIF 2.1.0: a result for each finding that is reported, at the source line of its property.
std::string sarif(const CampaignReport& report);

// GitHub's annotations, one a line, at most 10: what the web page shows of a step.
std::string github_annotations(const CampaignReport& report);

// A summary for people, in Markdown.
std::string markdown(const CampaignReport& report);

}  // namespace vmacheck
