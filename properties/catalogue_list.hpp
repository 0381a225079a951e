// The list itself; included only where examiners are built.
#pragma once

#include "properties/all.hpp"
#include "properties/examiner.hpp"

namespace vmacheck {

template <class D>
using Catalogue = Examiner<D,
                           References<D>,           // first: what others skip, it reports
                           ListOrder<D>             //
                           >;

} // namespace vmacheck
