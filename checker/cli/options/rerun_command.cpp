#include "checker/cli/options/rerun_command.hpp"

#include "traces/format/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace vmacheck::cli {

RerunCommand::RerunCommand(const Command& verb) : verb_(verb.app().get_name()) {
    constexpr std::array<std::string_view, 5> left_out{"--jobs", "--progress", "--format", "--mpi", "--ranks"};
    for (const CLI::Option* option : verb.app().get_options()) {
        if (option->count() == 0) continue;
        const std::string name = option->get_positional() ? "" : option->get_name();
        if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) continue;
        const bool flag = option->get_items_expected_max() == 0;
        if (flag && !option->as<bool>()) continue;  // --keep-shape=false
        given_.push_back({name, flag ? std::vector<std::string>{} : option->results()});
    }
    // An option with several values would take what follows it.
    std::stable_partition(given_.begin(), given_.end(), [](const Given& each) { return each.option.empty(); });
}

std::string RerunCommand::with(std::initializer_list<Change> changes) const {
    std::vector<Given> words = given_;
    for (const Change& change : changes) {
        const auto named = [&](const Given& each) { return each.option == change.option; };
        auto at = std::find_if(words.begin(), words.end(), named);
        if (!change.value) {
            if (at != words.end()) words.erase(at);
            continue;
        }
        if (at == words.end()) at = words.insert(at, Given{change.option, {}});
        at->values.clear();
        if (!change.value->empty()) at->values.push_back(*change.value);
    }
    std::string text = "./vmacheck " + verb_;
    for (const Given& each : words) {
        if (!each.option.empty()) text += " " + each.option;
        for (const std::string& value : each.values) text += " " + shell_quote(value);
    }
    return text;
}

}  // namespace vmacheck::cli
