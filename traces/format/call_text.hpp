// An operation as a person writes the call.
#pragma once

#include "model/op/op.hpp"

#include <string>

namespace vmacheck {

// "mprotect(0x11000, 0x1000, READ|WRITE)".
std::string call_text(const Op<Plain>& op);

}  // namespace vmacheck
