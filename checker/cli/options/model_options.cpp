#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/command.hpp"
#include "model/faults/fault_table.hpp"

#include "model/faults/fault.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/did_you_mean.hpp"

#include <algorithm>

namespace vmacheck::cli {
namespace {

// "a,b" -> {"a", "b"}; empty parts are left out.
std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        if (comma > at) parts.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

}  // namespace

void add_model_options(const Command& verb, ModelOptions& options, ModelOf of) {
    const bool has_auto = of == ModelOf::subject || of == ModelOf::exported_trace;
    const std::string instead = of == ModelOf::trace ? ", instead of the trace's"
                                : of == ModelOf::exported_trace
                                    ? ", instead of the trace's (auto: as the running kernel)"
                                : of == ModelOf::subject ? " (default auto: as the subject answers the probes)"
                                                         : ", instead of the default";
    if (of == ModelOf::subject) options.profile = "auto";
    verb.add_option("--profile", options.profile, "kernel version to model" + instead)
        .check([has_auto](const std::string& name) {
            return has_auto && name == "auto" ? std::string() : unknown_profile(name);
        });
    verb.add_option_function(
            "--faults",
            [&options](const std::string& names) {
                options.faults = names;
                options.has_faults = true;
                return std::string();
            },
            "faults to switch on by name (a,b; 'vmacheck list faults')" + instead)
        .check([](const std::string& names) {
            for (const std::string& each : split_list(names))
                if (const std::string wrong = unknown_fault(each); !wrong.empty()) return wrong;
            return std::string();
        });
    verb.add_option("--shipped", options.shipped, "on or off: bugs that the kernel of the profile has" + instead)
        .one_of({"on", "off"});
}

std::string model_arguments(const ModelOptions& options) {
    std::string text;
    if (!options.profile.empty()) text += " --profile " + options.profile;
    if (options.has_faults) text += " --faults " + (options.faults.empty() ? "''" : options.faults);
    if (!options.shipped.empty()) text += " --shipped " + options.shipped;
    return text;
}

void apply_model_options(const ModelOptions& options, Setup& setup) {
    if (!options.profile.empty()) setup.profile = options.profile;
    if (options.has_faults) setup.faults = split_list(options.faults);
    if (!options.shipped.empty()) setup.shipped = options.shipped == "on";
}

}  // namespace vmacheck::cli
