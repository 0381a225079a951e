// vmacheck man: the manual page.
#include "checker/cli/manual/man_page.hpp"
#include "checker/cli/verbs/verbs.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {

void add_man(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("man", "the manual page, for 'man -l -'");
    verb.callback([app, &run] {
        run = [app] {
            fmt::print("{}", man_page(describe(app.app())));
            return 0;
        };
    });
}

}  // namespace vmacheck::cli
