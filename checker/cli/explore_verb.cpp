#include "checker/exhaustive/search.hpp"
#include "checker/exhaustive/level_files.hpp"
#include "checker/cli/verbs.hpp"
#include <fmt/format.h>
#include <chrono>
namespace vmacheck::cli {
void add_explore(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("explore", "all reachable states of a scope");
    struct O { std::string scope = "peer"; unsigned pages = 0; ExploreOptions e; bool fp = true; std::string faults; };
    auto o = std::make_shared<O>();
    verb->add_option("--scope", o->scope);
    verb->add_option("--pages", o->pages);
    verb->add_option("--jobs", o->e.jobs);
    verb->add_option("--store", o->e.store);
    verb->add_option("--faults", o->faults);
    verb->add_option("--max-states", o->e.limits.states);
    verb->add_flag("--keep-shape", o->e.expand.reduction.keep_shape);
    verb->add_flag("--every", o->e.expand.every_property);
    verb->add_flag("--hash-compact", o->e.expand.hash_compact);
    verb->add_option("--fingerprint", o->fp);
    verb->callback([o, &run] { run = [o] {
        auto scope = built_in_scope(o->scope, o->pages);
        scope->model.faults = split_list(o->faults);
        o->e.expand.fingerprint = o->fp;
        auto t0 = std::chrono::steady_clock::now();
        Search search(*scope, o->e);
        ExploreResult r = search.run();
        double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
        fmt::print("complete {} stopped {} states {} transitions {} calls {} self {} depth {} levels {} fp {:016x} digest {:#x}\n", r.complete, r.stopped_by, r.states, r.counts.transitions, r.counts.calls, r.counts.self_loops, r.depth(), r.levels.size(), r.counts.fingerprint, r.digest);
        fmt::print("{:.3f} s {:.3f} Mtrans/s {:.1f} bytes/state ops {}\n", s, r.counts.transitions / s / 1e6, double(r.bytes) / r.states, search.ops().size());
        if (r.finding) { for (auto& v : r.finding->violations) fmt::print("found {} ops {}: {}\n", r.finding->trace.steps.size(), v.property, v.text); }
        for (int i = 1; i <= 8; ++i) { fmt::print("case {} {} import {}\n", i, r.reach.count(i-1), r.reach.count(r.reach.cells()-8+i-1)); }
        return 0; }; });
}
}
