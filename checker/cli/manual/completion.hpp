// What a shell needs to complete a command line of the program: its verbs, their options, and the words that an option
// takes, as they are in this version.
#pragma once

#include "checker/cli/manual/description.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck::cli {

struct Shell {
    std::string_view name;
    std::string (*script)(const VerbDescription& program);
};

const std::vector<Shell>& shells();  // bash, zsh

}  // namespace vmacheck::cli
