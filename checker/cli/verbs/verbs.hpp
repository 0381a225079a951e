// The verbs, one file each: each add_ function declares one, and a verb that was chosen leaves what to run in `run`.
#pragma once

#include "checker/cli/options/command.hpp"

#include <functional>

namespace vmacheck::cli {

using Run = std::function<int()>;  // returns the exit code

void add_campaign(const Command& app, Run& run);
void add_compare(const Command& app, Run& run);
void add_completion(const Command& app, Run& run);
void add_conform(const Command& app, Run& run);
void add_diff(const Command& app, Run& run);
void add_explain(const Command& app, Run& run);
void add_explore(const Command& app, Run& run);
void add_export(const Command& app, Run& run);
void add_faults(const Command& app, Run& run);
void add_guide(const Command& app, Run& run);
void add_import(const Command& app, Run& run);
void add_list(const Command& app, Run& run);
void add_man(const Command& app, Run& run);
void add_merge(const Command& app, Run& run);
void add_minimise(const Command& app, Run& run);
void add_probe(const Command& app, Run& run);
void add_prove(const Command& app, Run& run);
void add_random(const Command& app, Run& run);
void add_reach(const Command& app, Run& run);
void add_record(const Command& app, Run& run);
void add_replay(const Command& app, Run& run);
void add_tour(const Command& app, Run& run);

}  // namespace vmacheck::cli
