// A VMA view as text, for people.
#pragma once

#include "model/state/observation.hpp"

#include <string>

namespace vmacheck {

// "2>1": anon_vmas by number, newest first.
std::string chain_text(const std::vector<unsigned>& chain);

// One VMA on a line: "0x10000-0x13000 rw-p ac pgoff 0x10 anon 1 chain 2>1".
std::string describe(const VmaView& vma);

}  // namespace vmacheck
