#include "checker/cli/manual/description.hpp"

#include <CLI/CLI.hpp>

namespace vmacheck::cli {
namespace {

// "{text,json}", as CLI11 describes the check that a value is one of these.
std::vector<std::string> words_in(const std::string& check) {
    if (check.size() < 2 || check.front() != '{' || check.back() != '}') return {};
    return CLI::detail::split(check.substr(1, check.size() - 2), ',');
}

OptionDescription describe(const CLI::Option& option) {
    OptionDescription made;
    made.positional = option.get_positional();
    if (made.positional) {
        made.names.push_back(option.get_name(true));
    } else {
        for (const std::string& each : option.get_snames()) made.names.push_back("-" + each);
        for (const std::string& each : option.get_lnames()) made.names.push_back("--" + each);
    }
    made.repeated = option.get_expected_max() > 1;
    made.help = option.get_description();
    if (option.get_type_size() == 0) return made;     // a flag
    const std::string type = option.get_type_name();  // "TEXT:{text,json}"
    const std::size_t colon = type.find(':');
    made.value = type.substr(0, colon);
    if (colon != std::string::npos) made.words = words_in(type.substr(colon + 1));
    return made;
}

}  // namespace

VerbDescription describe(const CLI::App& app) {
    VerbDescription made{app.get_name(), app.get_description(), {}, {}};
    for (const CLI::Option* each : app.get_options())
        if (each != app.get_help_ptr()) made.options.push_back(describe(*each));
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        made.verbs.push_back(describe(*each));
    return made;
}

}  // namespace vmacheck::cli
