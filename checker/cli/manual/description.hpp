// The verbs and their options as data, for the man page and for the completion of shells. What there is to say of them is
// what --help says.
#pragma once

#include "checker/cli/options/command.hpp"

#include <string>
#include <vector>

namespace vmacheck::cli {

struct OptionDescription {
    std::vector<std::string> names;  // "-o", "--output"; of a positional argument the one that stands for it, "TRACE"
    bool positional = false;
    bool repeated = false;           // takes several values
    std::string value;               // what its value is, "UINT"; empty: it has none
    std::vector<std::string> words;  // the values that there are; empty: any
    std::string help;
};

struct VerbDescription {
    std::string name;
    std::string help;
    std::vector<OptionDescription> options;  // --help left out
    std::vector<VerbDescription> verbs;      // of the program; of `faults`
};

// A command, what is below it included.
VerbDescription describe(const CLI::App& app);

}  // namespace vmacheck::cli
