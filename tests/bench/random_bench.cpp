// The random engine as a user runs it: choosing operations, performing them, and every property after each.
#include "checker/random/engine.hpp"
#include "model/state/world.hpp"

#include <benchmark/benchmark.h>

namespace vmacheck {
namespace {

constexpr std::uint64_t ops = 100'000;  // an iteration

void count_steps(benchmark::State& state, std::uint64_t steps) {
    state.counters["steps/s"] = benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
}

// One thread; the rate is of the processor time it takes.
void random_engine(benchmark::State& state) {
    RandomOptions options;
    options.ops = ops;
    std::uint64_t steps = 0;
    for (auto _ : state) {
        ++options.seed;
        const RandomResult result = run_random(options);
        if (result.found) state.SkipWithError(result.found->text().c_str());
        steps += result.steps;
    }
    count_steps(state, steps);
}
BENCHMARK(random_engine)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

// The same operations with nothing looked at: what is above this is the properties.
void random_engine_unchecked(benchmark::State& state) {
    std::uint64_t steps = 0;
    std::uint64_t vmas = 0;
    std::uint64_t number = 0;
    const RandomLimits limits;
    for (auto _ : state) {
        const CasePlan plan = plan_case(1, number++, limits);
        World<Plain> world(plan.parameters, default_profile());
        RandomOps generator(SplitMix64(plan.seed).next(), plan.parameters, plan.window);
        Coverage coverage;
        std::size_t phase = 0;
        for (unsigned step = 0, left = 0; step < limits.case_steps; ++step, --left) {
            if (left == 0) {
                const Phase& next = plan.phases[phase++ % plan.phases.size()];
                generator.set_mix(next.mix);
                left = next.steps;
            }
            const Op<Plain> op = generator.next(world);
            world.apply(op);
            coverage.add(world, op);
            vmas += world.pool<VmaId>().live();
        }
        benchmark::DoNotOptimize(coverage);
        steps += limits.case_steps;
    }
    count_steps(state, steps);
    state.counters["vmas"] = static_cast<double>(vmas) / static_cast<double>(steps);
}
BENCHMARK(random_engine_unchecked)->Unit(benchmark::kMillisecond);

// What a case costs before its first operation.
void random_plan(benchmark::State& state) {
    std::uint64_t number = 0;
    for (auto _ : state) benchmark::DoNotOptimize(plan_case(1, number++, RandomLimits()));
}
BENCHMARK(random_plan)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vmacheck
