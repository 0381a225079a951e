// Guided exploration as an engine of a campaign: a unit is a session, in which random cases and solved ones alternate.
#pragma once

#include "checker/campaign/config.hpp"
#include "checker/campaign/engine.hpp"

namespace vmacheck {

// Operations of all its units, in addition to those of the random engine: a guided one costs many times as much.
std::uint64_t guide_share(const CampaignConfig& config);

std::unique_ptr<Engine> make_guide_engine(const CampaignConfig& config);

}  // namespace vmacheck
