#include "checker/cli/options/columns.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::cli {

void print_columns(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i + 1 < row.size(); ++i) line += fmt::format("{:<{}} ", row[i], widths[i]);
        fmt::print("{}{}\n", line, row.back());
    }
}

}  // namespace vmacheck::cli
