#include "checker/smt/guide_source.hpp"

#include "checker/random/random_parameters.hpp"
#include "model/op/op_table.hpp"

#include <algorithm>
#include <limits>

namespace vmacheck::smt {
namespace {

// One case in four lives in the layout of x86-64, without limits: sizes and offsets there have no small bound.
Parameters wide_parameters(std::uint64_t seed) {
    Parameters p;
    p.files = small_parameters().files;
    p.overcommit_mode = 1;
    p.pgoff_bits = seed % 8 < 4 ? 62 : 53;
    return p;
}

class RandomGenerator final : public OpGenerator {
public:
    RandomGenerator(const GuidedCase& of, std::uint64_t seed, std::optional<std::uint64_t> phase)
        : phases_(of.random.phases), generator_(seed, of.setup.parameters, of.random.window) {
        if (!phase) return;
        generator_.set_mix(phases_[*phase % phases_.size()].mix);
        left_ = std::numeric_limits<unsigned>::max();
    }
    std::optional<Op<Plain>> next(const World<Plain>& world) override {
        if (left_ == 0) {
            const Phase& phase = phases_[phase_++ % phases_.size()];
            generator_.set_mix(phase.mix);
            left_ = phase.steps;
        }
        --left_;
        return generator_.next(world);
    }

private:
    const std::vector<Phase>& phases_;
    RandomOps generator_;
    std::size_t phase_ = 0;
    unsigned left_ = 0;  // steps of the phase
};

class RandomSource final : public GuideSource {
public:
    RandomSource(const Setup& setup, const RandomLimits& limits) : setup_(setup), limits_(limits) {}
    std::shared_ptr<const GuidedCase> make_case(std::uint64_t seed, std::uint64_t number) override {
        GuidedCase made{setup_, plan_case(seed, number, limits_)};
        if (made.random.seed % 4 == 0) made.random.parameters = wide_parameters(made.random.seed / 4);
        made.setup.parameters = made.random.parameters;
        made.setup.layout = made.random.layout;
        return std::make_shared<const GuidedCase>(std::move(made));
    }
    std::unique_ptr<OpGenerator> generate(const GuidedCase& of, std::uint64_t seed,
                                          std::optional<std::uint64_t> phase) override {
        return std::make_unique<RandomGenerator>(of, seed, phase);
    }
    [[nodiscard]] bool admits(const World<Plain>&, const Op<Plain>&) const override { return true; }

private:
    Setup setup_;
    RandomLimits limits_;
};

class ScopeGenerator final : public OpGenerator {
public:
    ScopeGenerator(const Scope& scope, const std::vector<ScopeOp>& ops, std::uint64_t seed)
        : scope_(scope), ops_(ops), random_(seed) {}
    std::optional<Op<Plain>> next(const World<Plain>& world) override {
        // Nearly all are open, so that some tries do; then those that are open are looked for.
        for (int tries = 0; tries < 8 && !ops_.empty(); ++tries) {
            const Op<Plain>& op = ops_[random_.below(ops_.size())].op;
            if (op_is_open(scope_, world, op)) return op;
        }
        std::vector<const Op<Plain>*> open;
        for (const ScopeOp& each : ops_)
            if (op_is_open(scope_, world, each.op)) open.push_back(&each.op);
        if (open.empty()) return std::nullopt;
        return *open[random_.below(open.size())];
    }

private:
    const Scope& scope_;
    const std::vector<ScopeOp>& ops_;
    SplitMix64 random_;
};

class ScopeSource final : public GuideSource {
public:
    explicit ScopeSource(const Scope& scope) : scope_(scope), ops_(scope_ops(scope)) {
        case_ = std::make_shared<const GuidedCase>(GuidedCase{scope.setup, {}});
    }
    std::shared_ptr<const GuidedCase> make_case(std::uint64_t, std::uint64_t) override { return case_; }
    std::unique_ptr<OpGenerator> generate(const GuidedCase&, std::uint64_t seed,
                                          std::optional<std::uint64_t>) override {
        return std::make_unique<ScopeGenerator>(scope_, ops_, seed);
    }
    [[nodiscard]] bool admits(const World<Plain>& world, const Op<Plain>& op) const override {
        const auto is_op = [&op](const ScopeOp& each) { return same_call(each.op, op); };
        return op_is_open(scope_, world, op) && std::any_of(ops_.begin(), ops_.end(), is_op);
    }
    [[nodiscard]] bool any_open(const World<Plain>& world) const override {
        return std::any_of(ops_.begin(), ops_.end(),
                           [&](const ScopeOp& each) { return op_is_open(scope_, world, each.op); });
    }
    [[nodiscard]] bool keeps_failed() const override { return scope_.failing_calls; }

private:
    Scope scope_;
    std::vector<ScopeOp> ops_;
    std::shared_ptr<const GuidedCase> case_;
};

}  // namespace

std::unique_ptr<GuideSource> random_source(const Setup& setup, const RandomLimits& limits) {
    return std::make_unique<RandomSource>(setup, limits);
}
std::unique_ptr<GuideSource> scope_source(const Scope& scope) {
    return std::make_unique<ScopeSource>(scope);
}

}  // namespace vmacheck::smt
