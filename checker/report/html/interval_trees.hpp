// The interval trees around a step: AVCs of an anon_vma, VMAs of a file, by their page offsets.
#pragma once

#include "checker/report/html/vma_bars.hpp"
#include "checker/run/reverse_map_view.hpp"

#include <string>

namespace vmacheck::html {

// Empty if there are none.
std::string interval_trees(const ReverseMapView& view, VmaNames& names);

}  // namespace vmacheck::html
