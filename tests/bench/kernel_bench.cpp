// The same calls twice: on the model with every property after each, and bare, in a child process, on the kernel this
// runs on. Both are measured in processor time of one run, so that their ratio means something on a busy machine too.
#include "checker/random/random_ops.hpp"
#include "model/state/world.hpp"
#include "properties/run/catalogue.hpp"

#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace vmacheck {
namespace {

constexpr unsigned window = 40;        // pages
constexpr std::size_t most_vmas = 16;  // while there are more, only munmap is drawn
constexpr std::size_t calls = 20'000;  // of one sequence
constexpr std::uint64_t seeds = 1u << 20;

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Parameters layout() {
    Parameters p = small_parameters();
    p.max_map_count = 1000;
    p.soft_dirty = false;
    return p;
}

// A call that the model and the kernel can both make: private anonymous memory at a fixed place within the window.
// False: it is none.
bool make_callable(Op<Plain>& op, const Parameters& p) {
    op.fail_alloc = {};
    if (op.addr.offset != 0 || op.len.offset != 0 || op.len.page == 0 || op.len.page > window) return false;
    if (op.addr.page < p.mmap_base - window || op.addr.page + op.len.page > p.mmap_base) return false;
    switch (op.kind) {
        case OpKind::mmap:
            op.flags = map::private_ | map::fixed | map::anonymous;
            op.file = 0;
            op.offset = {};
            op.prot &= prot::read | prot::write;
            return true;
        case OpKind::mprotect: op.prot &= prot::read | prot::write; return true;
        case OpKind::madvise: return op.advice == Advice::dontfork || op.advice == Advice::dofork;
        default: return op.kind == OpKind::munmap;
    }
}

// Drawn as the random engine draws, with a look at the World that they lead to.
std::vector<Op<Plain>> sequence(std::uint64_t seed, const Parameters& p) {
    World<Plain> world(p, default_profile());
    RandomOps generator(seed, p, window);
    OpMix mix;
    mix.times = OpMix::every_kind(0);
    for (const OpKind kind : {OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::madvise})
        mix.times.at(static_cast<std::size_t>(kind)) = 1;
    mix.failures = 0;
    mix.processes = 1;
    mix.vmas = most_vmas;
    generator.set_mix(mix);
    std::vector<Op<Plain>> ops;
    while (ops.size() < calls) {
        Op<Plain> op = generator.next(world);
        if (!make_callable(op, p)) continue;
        world.apply(op);
        ops.push_back(op);
    }
    return ops;
}

// One byte a call: whether it succeeded.
using Answers = std::vector<char>;

double run_model(const std::vector<Op<Plain>>& ops, const Parameters& p, Answers& answers, benchmark::State& state) {
    World<Plain> world(p, default_profile());
    const auto checker = make_property_checker<Plain>();
    Report report;
    const double start = processor_seconds();
    for (const Op<Plain>& op : ops) {
        answers.push_back(world.apply(op).ok() ? 1 : 0);
        checker->check_step(world, op, report);
    }
    const double taken = processor_seconds() - start;
    if (!report.empty()) state.SkipWithError(report.violations().front().text.c_str());
    return taken;
}

bool call(const Op<Plain>& op, char* base, std::uint64_t first_page) {
    char* const at = base + (op.addr.page.value() - first_page) * page_size;
    const std::size_t len = op.len.page.value() * page_size;
    switch (op.kind) {
        case OpKind::mmap: return mmap(at, len, op.prot, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
        case OpKind::munmap: return munmap(at, len) == 0;
        case OpKind::mprotect: return mprotect(at, len, op.prot) == 0;
        default: return madvise(at, len, op.advice == Advice::dontfork ? MADV_DONTFORK : MADV_DOFORK) == 0;
    }
}

struct KernelRun {
    double seconds = 0;
    std::uint64_t differ = 0;  // answers that are not the model's
};

// In a child, whose address space is its own. nullopt: it did not come to its end.
std::optional<KernelRun> run_kernel(const std::vector<Op<Plain>>& ops, const Parameters& p, const Answers& expected) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return std::nullopt;
    const pid_t child = fork();
    if (child == 0) {
        // A free range with free pages on both sides, so that nothing joins from outside.
        constexpr std::size_t room = (window + 2) * page_size;
        void* const free_range = mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (free_range == MAP_FAILED || munmap(free_range, room) != 0) _exit(1);
        char* const base = static_cast<char*>(free_range) + page_size;
        KernelRun run;
        const double start = processor_seconds();
        for (std::size_t i = 0; i < ops.size(); ++i)
            run.differ += call(ops[i], base, p.mmap_base - window) != (expected[i] != 0) ? 1 : 0;
        run.seconds = processor_seconds() - start;
        _exit(write(ends[1], &run, sizeof run) == sizeof run ? 0 : 1);
    }
    close(ends[1]);
    KernelRun run;
    const bool came = child > 0 && read(ends[0], &run, sizeof run) == sizeof run;
    close(ends[0]);
    if (child > 0) waitpid(child, nullptr, 0);
    return came ? std::optional(run) : std::nullopt;
}

// "checked/s" and "kernel/s" are of the same calls; "ratio" above 1: the model with every property is the faster one.
// "differ": calls that this kernel refuses and v5.10 does not, or the other way round.
void checked_calls_and_the_kernels(benchmark::State& state) {
    const Parameters p = layout();
    double model_s = 0;
    double kernel_s = 0;
    std::uint64_t made = 0;
    std::uint64_t differ = 0;
    std::uint64_t seed = 1;
    for (auto _ : state) {
        state.PauseTiming();
        const std::vector<Op<Plain>> ops = sequence(seed++ % seeds, p);
        state.ResumeTiming();
        Answers answers;
        model_s += run_model(ops, p, answers, state);
        const auto kernel = run_kernel(ops, p, answers);
        if (!kernel) return state.SkipWithError("the child did not end well");
        kernel_s += kernel->seconds;
        differ += kernel->differ;
        made += ops.size();
    }
    state.counters["checked/s"] = static_cast<double>(made) / model_s;
    state.counters["kernel/s"] = static_cast<double>(made) / kernel_s;
    state.counters["ratio"] = kernel_s / model_s;
    state.counters["differ"] = static_cast<double>(differ);
}
BENCHMARK(checked_calls_and_the_kernels)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vmacheck
