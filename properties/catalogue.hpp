// The catalogue of properties. To add one: write its header in invariants/, contracts/ or refinement/, and name it in
// catalogue_list.hpp in one line. Every engine then checks it.
#pragma once

#include "properties/examiner.hpp"

#include <memory>
#include <span>

namespace vmacheck {

// What there is, in catalogue order.
std::span<const PropertyInfo> all_properties();
const PropertyInfo* property_named(std::string_view name);  // nullptr if there is none

// Checks all of them.
template <class D>
std::unique_ptr<ExaminerBase<D>> make_examiner();

template <>
std::unique_ptr<ExaminerBase<Plain>> make_examiner();
template <>
std::unique_ptr<ExaminerBase<Traced>> make_examiner();

}  // namespace vmacheck
