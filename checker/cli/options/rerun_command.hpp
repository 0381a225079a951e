// The command line that was given, to propose it again with something changed.
#pragma once

#include "checker/cli/options/command.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmacheck::cli {

class RerunCommand {
public:
    RerunCommand() = default;
    // Of a verb whose options have been read. What does not change the result (--jobs, --mpi, --progress, --format) is
    // left out: a proposal is the same for any number of threads and ranks.
    explicit RerunCommand(const Command& verb);

    // "./vmacheck VERB ...", quoted for the shell: the words given, each option named here with this value instead
    // (nothing: without it); options that were not given come last. An empty value is that of a flag.
    struct Change {
        std::string option;  // "--seed"
        std::optional<std::string> value;
    };
    [[nodiscard]] std::string with(std::initializer_list<Change> changes) const;

private:
    struct Given {
        std::string option;  // empty: a positional argument
        std::vector<std::string> values;
    };
    std::string verb_;
    std::vector<Given> given_;
};

}  // namespace vmacheck::cli
