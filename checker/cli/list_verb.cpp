// vmacheck list: what there is, one line each.
#include "checker/cli/verbs.hpp"

#include "model/events.hpp"
#include "model/fault.hpp"
#include "model/profile.hpp"
#include "properties/catalogue.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {
namespace {

std::string list_profiles() {
    std::string out;
    for (const Profile& each : all_profiles()) {
        std::string shipped;
        for (const FaultInfo& fault : all_faults())
            if (each.shipped.has(fault.fault)) shipped += (shipped.empty() ? "" : ", ") + std::string(fault.name);
        out += fmt::format("{:<8} {}; shipped bugs: {}\n", each.name, each.kernel, shipped.empty() ? "none" : shipped);
    }
    return out;
}

std::string list_faults() {
    std::string out;
    for (const FaultInfo& each : all_faults())
        out += fmt::format("{:<24} {:<14} {}\n", each.name, each.fix, each.effect);
    return out;
}

std::string list_events() {
    std::string out;
    for (int i = 0; i < static_cast<int>(Event::count); ++i) out += fmt::format("{}\n", name(static_cast<Event>(i)));
    return out;
}

std::string list_properties() {
    std::string out;
    for (const PropertyInfo& each : all_properties())
        out += fmt::format("{:<24} {:<10} {} ({})\n", each.name, name(each.kind), each.statement, each.relied_on_by);
    return out;
}

}  // namespace

void add_list(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("list", "what there is, one line each");
    const auto what = std::make_shared<std::string>();
    verb->add_option("WHAT", *what, "profiles, faults, events or properties")
        ->required()
        ->check(CLI::IsMember({"profiles", "faults", "events", "properties"}));
    verb->callback([what, &run] {
        run = [what] {
            const std::string out = *what == "profiles" ? list_profiles()
                                    : *what == "faults" ? list_faults()
                                    : *what == "events" ? list_events()
                                                        : list_properties();
            fmt::print("{}", out);
            return exit_holds;
        };
    });
}

}  // namespace vmacheck::cli
