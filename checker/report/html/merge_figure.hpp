// The eight merge cases, drawn: the VMA below the range (P), the one at or above it (N), and the one after that (X).
#pragma once

#include <string>

namespace vmacheck::html {

// Before, range and after of a case from 1 to 8; empty for another number.
std::string merge_figure(int which, const std::string& sentence);

}  // namespace vmacheck::html
