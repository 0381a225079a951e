// A table on the terminal.
#pragma once

#include <string>
#include <vector>

namespace vmacheck::cli {

// Each column as wide as its longest text, the last one as it is. Rows have as many columns as the first.
void print_columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace vmacheck::cli
