// The catalogue on traced numbers, in a file of its own so that the two domains compile side by side.
#include "properties/catalogue.hpp"
#include "properties/catalogue_list.hpp"

namespace vmacheck {

template <>
std::unique_ptr<ExaminerBase<Traced>> make_examiner() {
    return std::make_unique<Catalogue<Traced>>();
}

}  // namespace vmacheck
