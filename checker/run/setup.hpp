// A setup (model/state/setup.hpp), as text and JSON name its model.
#pragma once

#include "model/state/setup.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace vmacheck {

// "v5.10", "v5.10 as shipped with av-double-reuse".
std::string model_name(const Setup& setup);

// Appends "profile", "faults" and "shipped".
void add_model(boost::json::object& object, const Setup& setup);

}  // namespace vmacheck
