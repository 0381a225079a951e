// vmacheck completion: what a shell needs to complete a command line.
#include "checker/cli/manual/completion.hpp"
#include "checker/cli/verbs/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace vmacheck::cli {

void add_completion(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("completion", "completion of command lines, for a shell to read");
    const auto chosen = std::make_shared<std::string>();
    std::vector<std::string> names;
    for (const Shell& each : shells()) names.emplace_back(each.name);
    verb.add_option("SHELL", *chosen, "bash or zsh").required().one_of(names);
    verb.callback([app, chosen, &run] {
        run = [app, chosen] {
            const auto shell =
                std::find_if(shells().begin(), shells().end(), [&](const Shell& each) { return each.name == *chosen; });
            fmt::print("{}", shell->script(describe(app.app())));
            return 0;
        };
    });
}

}  // namespace vmacheck::cli
