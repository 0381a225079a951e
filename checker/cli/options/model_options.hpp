// --profile, --faults and --shipped: which model a verb is about.
#pragma once

#include "checker/cli/options/command.hpp"
#include "model/state/setup.hpp"

#include <string>
#include <vector>

namespace vmacheck::cli {

// What the command line says; it replaces what the trace, the scope or the default says.
struct ModelOptions {
    std::string profile;
    std::string faults;   // comma-separated
    std::string shipped;  // "on", "off"
    bool has_faults = false;
};

// Declares them, with their checks.
enum class ModelOf {
    trace,
    verb,
    subject,         // --profile auto, the default, is the one that its probes give
    exported_trace,  // as trace; --profile auto is the one that the probes of the running kernel give
};
void add_model_options(const Command& verb, ModelOptions& options, ModelOf of = ModelOf::verb);

// Puts what the options say into the setup.
void apply_model_options(const ModelOptions& options, Setup& setup);

// The options that choose the same model again, " --profile v5.10 --faults a,b".
std::string model_arguments(const ModelOptions& options);

}  // namespace vmacheck::cli
