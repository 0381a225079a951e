#include "checker/trace_command.hpp"

#include "checker/extra_properties.hpp"
#include "checker/wording.hpp"

namespace vmacheck {

std::string trace_command(std::string_view verb, const std::string& path) {
    std::string text = fmt::format("./vmacheck {} {}", verb, shell_word(path));
    for (const std::string& each : loaded_extra_properties()) text += " --properties " + shell_word(each);
    return text;
}

}  // namespace vmacheck
