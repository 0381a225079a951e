#include "checker/run/setup.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

namespace vmacheck {

std::string model_name(const Setup& setup) {
    std::string text = setup.profile + (setup.shipped ? " as shipped" : "");
    if (!setup.faults.empty()) text += fmt::format(" with {}", fmt::join(setup.faults, ", "));
    return text;
}

void add_model(boost::json::object& object, const Setup& setup) {
    object["profile"] = setup.profile;
    object["faults"] = boost::json::array(setup.faults.begin(), setup.faults.end());
    object["shipped"] = setup.shipped;
}

}  // namespace vmacheck
