// What the verbs share.
#include "checker/cli/verbs.hpp"

#include "model/fault.hpp"
#include "model/profile.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace vmacheck::cli {

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        if (comma > at) parts.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

void complain(const std::string& message) {
    fmt::print(stderr, "vmacheck: {}\n", message);
}

void add_model_options(CLI::App& verb, ModelOptions& options) {
    verb.add_option("--profile", options.profile, "kernel version to model, instead of the trace's")
        ->check([](const std::string& name) {
            return profile_named(name) != nullptr
                       ? std::string()
                       : "unknown profile '" + name + "'; 'vmacheck list profiles' shows them";
        });
    verb.add_option_function<std::string>(
            "--faults",
            [&options](const std::string& names) {
                options.faults = names;
                options.has_faults = true;
            },
            "historical bugs to switch on (a,b), instead of the trace's")
        ->check([](const std::string& names) {
            for (const std::string& each : split_list(names))
                if (!fault_named(each)) return "unknown fault '" + each + "'; 'vmacheck list faults' shows them";
            return std::string();
        });
    verb.add_option("--shipped", options.shipped, "bugs the version was released with, instead of the trace's choice")
        ->check(CLI::IsMember({"on", "off"}));
}

}  // namespace vmacheck::cli
