// A campaign as a page: verdict, findings with their stories, the coverage grid as a map, engines and their budgets.
#pragma once

#include "checker/campaign/trace_engine.hpp"
#include "checker/report/campaign_report.hpp"

#include <map>
#include <string>

namespace vmacheck::html {

// `again`: the command that does the campaign again. `reached_by`: of cells, by name, a trace that reaches it.
std::string campaign_page(const CampaignReport& report, const std::string& again,
                          const std::map<std::string, CellTrace>& reached_by);

}  // namespace vmacheck::html
