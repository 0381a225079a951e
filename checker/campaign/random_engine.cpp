#include "checker/campaign/random_engine.hpp"
#include "model/state/digest.hpp"

#include "checker/campaign/engines.hpp"
#include "checker/random/case_runner.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// Enough to make what is stored small, and little enough to share among threads and to lose when killed.
constexpr std::uint64_t cases_in_unit = 16;

class RandomWorker final : public EngineWorker {
public:
    explicit RandomWorker(const CampaignConfig& config)
        : config_(config), runner_(config.setup, config.seed, config.random) {}

    UnitResult run(std::uint64_t unit) override {
        UnitResult result;
        Digest digest;
        const std::uint64_t case_steps = config_.random.case_steps;
        for (std::uint64_t number = unit * cases_in_unit; number < (unit + 1) * cases_in_unit; ++number) {
            const std::uint64_t before = number * case_steps;
            if (before >= config_.ops) break;
            CaseResult each = runner_.run(number, std::min(case_steps, config_.ops - before));
            ++result.cases;
            result.steps += each.steps;
            result.coverage.add(each.coverage);
            digest.add(each.steps);
            digest.add(each.digest);
            if (!each.found) continue;
            digest.add(digest_of(each.found->property()));
            result.findings.push_back(*std::move(each.found));
        }
        result.digest = digest.value();
        return result;
    }

private:
    CampaignConfig config_;
    CaseRunner runner_;
};

class RandomEngine final : public Engine {
public:
    explicit RandomEngine(const CampaignConfig& config) : config_(config) {}
    [[nodiscard]] std::string_view name() const override { return random_engine; }
    [[nodiscard]] std::uint64_t units() const override {
        const std::uint64_t of_unit = cases_in_unit * config_.random.case_steps;
        return (config_.ops + of_unit - 1) / of_unit;
    }
    [[nodiscard]] std::uint64_t ops() const override { return config_.ops; }
    [[nodiscard]] std::unique_ptr<EngineWorker> worker() const override {
        return std::make_unique<RandomWorker>(config_);
    }

private:
    CampaignConfig config_;
};

}  // namespace

std::unique_ptr<Engine> make_random_engine(const CampaignConfig& config) {
    return std::make_unique<RandomEngine>(config);
}

}  // namespace vmacheck
