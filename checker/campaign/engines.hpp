// The engines of a campaign.
#pragma once

#include "checker/campaign/config.hpp"
#include "checker/campaign/corpus.hpp"
#include "checker/campaign/engine.hpp"

namespace vmacheck {

// Their names.
inline constexpr std::string_view corpus_engine = "corpus";
inline constexpr std::string_view random_engine = "random";
inline constexpr std::string_view guide_engine = "guide";
inline constexpr std::string_view traces_engine = "traces";

// In the order their work is done: earlier failures ("corpus"), those that search ("random", "guide"), and traces of
// known situations ("traces"). What several find counts for the first.
Engines make_engines(const CampaignConfig& config, const std::vector<CorpusTrace>& corpus);

}  // namespace vmacheck
