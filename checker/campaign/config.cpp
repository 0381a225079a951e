#include "checker/campaign/config.hpp"

#include "checker/config/toml_input.hpp"
#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/did_you_mean.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <limits>

namespace vmacheck {
namespace {

CampaignConfig read_keys(TomlTable& top) {
    CampaignConfig config;
    top.number("seed", config.seed, 0, std::numeric_limits<std::int64_t>::max());  // TOML has no larger
    top.number("ops", config.ops, 1, std::uint64_t{1} << 53);
    top.text("profile", config.setup.profile, unknown_profile);
    top.texts("faults", config.setup.faults, unknown_fault);
    top.flag("shipped", config.setup.shipped);
    config.corpus_given = top.texts("corpus", config.corpus, {});
    config.traces_given = top.texts("traces", config.traces, {});
    top.text("out", config.out, {});
    top.table("random", [&](TomlTable& random) {
        random.number("pages", config.random.pages, 4, 100'000);
        random.number("vmas", config.random.vmas, 1, 100'000);
        random.number("processes", config.random.processes, 1, max_processes);
        random.number("case_steps", config.random.case_steps, 8, 1'000'000);
    });
    top.table("coverage", [&](TomlTable& coverage) {
        bool every_cell = config.wants_every_cell();
        if (coverage.flag("every_cell", every_cell)) config.every_cell = every_cell;
    });
    return config;
}

}  // namespace

bool CampaignConfig::wants_every_cell() const {
    const CampaignConfig usual;
    const RandomLimits& limits = random;
    const bool as_usual = setup == usual.setup && traces == usual.traces && limits == usual.random && ops >= usual.ops;
    return every_cell.value_or(as_usual);
}

std::string CampaignConfig::text(std::uint64_t corpus_digest) const {
    namespace json = boost::json;
    return json::serialize(json::object{{"seed", seed},
                                        {"ops", ops},
                                        {"profile", setup.profile},
                                        {"faults", json::array(setup.faults.begin(), setup.faults.end())},
                                        {"shipped", setup.shipped},
                                        {"corpus", corpus_digest},
                                        {"every_cell", wants_every_cell()},
                                        {"random", json::object{{"pages", random.pages},
                                                                {"vmas", random.vmas},
                                                                {"processes", random.processes},
                                                                {"case_steps", random.case_steps}}}});
}

std::variant<CampaignConfig, std::string> read_campaign(std::string_view toml, const std::string& path) {
    return read_toml_as<CampaignConfig>({path, std::string(toml)}, read_keys);
}

std::variant<CampaignConfig, std::string> read_campaign_file(const std::string& path) {
    return read_toml_as<CampaignConfig>({path, {}}, read_keys);
}

}  // namespace vmacheck
