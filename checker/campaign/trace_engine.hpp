// Traces as an engine of a campaign: each trace is a unit. It runs on the model of the campaign, whatever its header
// says: does the earlier failure come back, does the known situation still hold?
//
// What a trace states of results and maps is compared where it was written for this profile, and for no fault or those of
// the campaign: then a difference says that the model, or a fault, changed what a call does.
#pragma once

#include "checker/campaign/corpus.hpp"
#include "checker/campaign/engine.hpp"
#include "traces/format/trace.hpp"

#include <map>
#include <string>
#include <vector>

namespace vmacheck {

std::unique_ptr<Engine> make_trace_engine(std::string_view name, const CampaignConfig& config,
                                          std::vector<CorpusTrace> traces);

// The first trace that reaches a cell of the grid.
struct CellTrace {
    std::string path;
    Trace trace;  // on the model of the campaign, up to the step that reaches it
};
// By the name of the cell. Runs the traces.
std::map<std::string, CellTrace> cells_of_traces(const CampaignConfig& config, const std::vector<CorpusTrace>& traces);

}  // namespace vmacheck
