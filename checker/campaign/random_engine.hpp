// The random engine as an engine of a campaign: a unit is some cases.
#pragma once

#include "checker/campaign/config.hpp"
#include "checker/campaign/engine.hpp"

namespace vmacheck {

std::unique_ptr<Engine> make_random_engine(const CampaignConfig& config);

}  // namespace vmacheck
