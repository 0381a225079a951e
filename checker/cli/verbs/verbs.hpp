// The verbs, one file each: each add_ function declares one, and a verb that was chosen leaves what to run in `run`.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace vmacheck::cli {

using Run = std::function<int()>;  // returns the exit code

void add_campaign(CLI::App& app, Run& run);
void add_compare(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_explore(CLI::App& app, Run& run);
void add_guide(CLI::App& app, Run& run);
void add_import(CLI::App& app, Run& run);
void add_list(CLI::App& app, Run& run);
void add_merge(CLI::App& app, Run& run);
void add_minimise(CLI::App& app, Run& run);
void add_prove(CLI::App& app, Run& run);
void add_random(CLI::App& app, Run& run);
void add_reach(CLI::App& app, Run& run);
void add_replay(CLI::App& app, Run& run);
void add_tour(CLI::App& app, Run& run);

}  // namespace vmacheck::cli
