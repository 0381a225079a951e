#include "checker/cli/options/properties_option.hpp"

#include "properties/run/extra_properties.hpp"

namespace vmacheck::cli {

void add_properties_option(CLI::App& verb) {
    const auto load = [](const std::vector<std::string>& paths) {
        for (const std::string& path : paths)
            if (const std::string wrong = load_extra_properties(path); !wrong.empty())
                throw CLI::ValidationError("--properties", wrong);
    };
    verb.add_option_function<std::vector<std::string>>(
        "--properties", load, "shared objects with more properties (properties/run/extra_properties.hpp)");
}

}  // namespace vmacheck::cli
