// The catalogue on traced numbers, in a file of its own so that the two domains compile side by side.
#include "properties/run/catalogue.hpp"
#include "properties/run/catalogue_list.hpp"

namespace vmacheck {

template <>
std::unique_ptr<PropertyChecker<Traced>> make_property_checker() {
    return std::make_unique<Catalogue<Traced>>();
}

}  // namespace vmacheck
