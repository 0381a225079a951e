// A story as JSON, for tools that draw their own pictures. traces/result.schema.json describes it.
#pragma once

#include "checker/report/story.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace vmacheck {

// "profile", "title", "steps", "compared", "findings" and "differences". `path`: of the trace; `replay`: the command that
// replays it.
boost::json::object json_of(const Story& story, const std::string& path, const std::string& replay);

}  // namespace vmacheck
