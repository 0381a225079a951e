// The first place where two JSON values differ.
#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace vmacheck::reference {

struct Difference {
    std::string field;  // "vmas[2].flags"
    std::string expected;
    std::string got;
};

// Compares everything, members that only one side has included. Numbers by value, whatever their type.
std::optional<Difference> first_difference(const boost::json::value& expected, const boost::json::value& got,
                                           const std::string& field = {});

}  // namespace vmacheck::reference
