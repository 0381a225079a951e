// As much of JSON Schema (draft 2020-12) as the schemas of this project use. A keyword that is not known here is a
// mistake, so that nothing stands in a schema that no test looks at.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace vmacheck {

// What is wrong with a value, as a place and a reason ("/ops/0: is no integer"); empty: it is as the schema says.
// Throws std::logic_error if the schema itself uses what is not known here.
std::string breach(const boost::json::value& schema, const boost::json::value& value);

}  // namespace vmacheck
