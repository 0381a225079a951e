#include "checker/cli/options/subject_model.hpp"

#include "checker/config/own_files.hpp"
#include "checker/conform/probe.hpp"
#include "checker/conform/shipped_bugs.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {

void choose_model_of(Subject& subject, ModelOptions& options) {
    if (options.profile == "auto") options.profile = probe(subject).settings;
    if (!options.shipped.empty() || subject.hello().capabilities.anon_vmas) return;
    options.shipped = "on";
    if (options.has_faults || options.profile.empty()) return;
    const ShippedBugs bugs = shipped_bugs(subject, options.profile, own_file("traces/faults"));
    if (bugs.fixed.empty()) return;
    options.shipped = "off";
    options.faults = fmt::format("{}", fmt::join(bugs.present, ","));
    options.has_faults = true;
}

}  // namespace vmacheck::cli
