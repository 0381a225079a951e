// What every exported C program consists of apart from its calls: functions that perform, compare and report.
#pragma once

#include <string>

namespace vmacheck {

// The declarations, the functions that the program calls, and what they call in turn, and the program.
std::string with_c_runtime(const std::string& declarations, const std::string& program);

}  // namespace vmacheck
