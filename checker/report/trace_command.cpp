#include "checker/report/trace_command.hpp"

#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"

namespace vmacheck {

std::string trace_command(std::string_view verb, const std::string& path) {
    std::string text = fmt::format("./vmacheck {} {}", verb, shell_quote(path));
    for (const std::string& each : loaded_extra_properties()) text += " --properties " + shell_quote(each);
    return text;
}

std::string model_arguments_of(const Setup& setup) {
    return fmt::format(" --profile {} --faults '{}' --shipped {}", setup.profile, fmt::join(setup.faults, ","),
                       setup.shipped ? "on" : "off");
}

}  // namespace vmacheck
