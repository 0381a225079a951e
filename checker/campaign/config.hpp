// What a campaign does: a value, from a TOML file or the defaults, and its text and digest.
#pragma once

#include "checker/random/limits.hpp"
#include "model/state/setup.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vmacheck {

struct CampaignConfig {
    std::uint64_t seed = 1;
    std::uint64_t ops = 4'000'000;  // budget of the random engine; guided exploration has a fortieth of it in addition
    Setup setup;                    // profile, faults and shipped
    RandomLimits random;
    std::vector<std::string> corpus;  // files and directories of earlier failures, replayed first
    bool corpus_given = false;        // otherwise it is the directory that findings go to, if it is there
    std::vector<std::string> traces{"traces/corpus"};  // of known situations, replayed last; missing by default is fine
    bool traces_given = false;
    std::string out = "findings";  // directory that findings go to
    // Whether an open cell makes the campaign undecided; none: where everything is as by default, but for the seed and a
    // larger budget. Then every cell can be reached.
    std::optional<bool> every_cell;

    [[nodiscard]] bool wants_every_cell() const;

    // All that decides about results, as one line of JSON. `corpus` is the digest of the traces in it.
    [[nodiscard]] std::string text(std::uint64_t corpus_digest) const;
};

// The configuration, or "FILE:LINE:COLUMN: what is wrong; what to do".
std::variant<CampaignConfig, std::string> read_campaign_file(const std::string& path);
std::variant<CampaignConfig, std::string> read_campaign(std::string_view toml, const std::string& path);

}  // namespace vmacheck
