// The forms in which a trace can be exported, one row each.
#pragma once

#include "checker/report/exports/exported.hpp"
#include "checker/run/replay.hpp"

#include <span>
#include <string>
#include <string_view>

namespace vmacheck {

struct ExportRequest {
    Trace trace;            // with the model that is to be expected in its header
    std::string name;       // of the file, without folder and ending
    std::string again;      // the command that replays it
    ReplayOptions options;  // for forms that show what the model does
};

struct ExportForm {
    std::string_view name;  // of --as
    std::string_view what;  // "a C program ..."
    std::variant<Exported, NoExport> (*render)(const ExportRequest& request);
};

std::span<const ExportForm> export_forms();
// nullptr: there is none of this name.
const ExportForm* export_form_named(std::string_view name);

}  // namespace vmacheck
