// The model that a verb is about, as its text and its JSON name it.
#pragma once

#include "traces/format/trace.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace vmacheck {

// "v5.10", "v5.10 as shipped with av-double-reuse".
std::string model_name(const TraceHeader& model);

// Appends "profile", "faults" and "shipped".
void add_model(boost::json::object& object, const TraceHeader& model);

}  // namespace vmacheck
