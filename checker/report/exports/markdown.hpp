// A trace as what one pastes into a mail or an issue: the model, the calls, the step that matters, and the command.
#pragma once

#include "checker/report/exports/exported.hpp"
#include "checker/run/replay.hpp"

namespace vmacheck {

// `again`: the command that replays it. The step in full is the one that breaks a property or differs; else the last.
std::variant<Exported, NoExport> markdown_report(const Trace& trace, const std::string& again,
                                                 const ReplayOptions& options);

}  // namespace vmacheck
