#include "checker/campaign/guide_engine.hpp"

#include "checker/campaign/engines.hpp"
#include "checker/smt/guide.hpp"
#include "model/state/digest.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::uint64_t ops_of_session = 10'000;
// Far more than a session takes, on any machine the same: it ends one that the solver makes slow.
constexpr std::uint64_t units_of_session = 2'000'000'000;

std::uint64_t sessions(const CampaignConfig& config) {
    return (guide_share(config) + ops_of_session - 1) / ops_of_session;
}

class GuideWorker final : public EngineWorker {
public:
    explicit GuideWorker(const CampaignConfig& config) : config_(config) {}

    UnitResult run(std::uint64_t unit) override {
        smt::GuideOptions options;
        options.setup = config_.setup;
        options.seed = config_.seed;
        options.session = unit;
        options.ops = std::min(ops_of_session, guide_share(config_) - unit * ops_of_session);
        options.units = units_of_session;
        options.limits = config_.random;
        smt::GuideResult guided = smt::run_guide(options);
        UnitResult result;
        result.steps = guided.steps;
        result.cases = guided.cases;
        result.coverage = guided.coverage;
        Digest digest;
        digest.add(guided.steps);
        digest.add(guided.digest);
        if (guided.found) {
            digest.add(digest_of(guided.found->property()));
            result.findings.push_back(*std::move(guided.found));
        }
        result.digest = digest.value();
        return result;
    }

private:
    CampaignConfig config_;
};

class GuideEngine final : public Engine {
public:
    explicit GuideEngine(const CampaignConfig& config) : config_(config) {}
    [[nodiscard]] std::string_view name() const override { return guide_engine; }
    [[nodiscard]] std::uint64_t units() const override { return sessions(config_); }
    [[nodiscard]] std::uint64_t ops() const override { return guide_share(config_); }
    [[nodiscard]] std::unique_ptr<EngineWorker> worker() const override {
        return std::make_unique<GuideWorker>(config_);
    }

private:
    CampaignConfig config_;
};

}  // namespace

std::uint64_t guide_share(const CampaignConfig& config) {
    return (config.ops + 39) / 40;
}

std::unique_ptr<Engine> make_guide_engine(const CampaignConfig& config) {
    return std::make_unique<GuideEngine>(config);
}

}  // namespace vmacheck
