#include "checker/run/model_name.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

namespace vmacheck {

std::string model_name(const TraceHeader& model) {
    std::string text = model.profile + (model.shipped ? " as shipped" : "");
    if (!model.faults.empty()) text += fmt::format(" with {}", fmt::join(model.faults, ", "));
    return text;
}

void add_model(boost::json::object& object, const TraceHeader& model) {
    object["profile"] = model.profile;
    object["faults"] = boost::json::array(model.faults.begin(), model.faults.end());
    object["shipped"] = model.shipped;
}

}  // namespace vmacheck
