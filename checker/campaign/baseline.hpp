// Findings that were looked at and accepted for now: a TOML file of
//
//   [[accepted]]
//   property = "gap-cache"
//   op = "munmap"          # any operation, if this is left out
//   because = "known, see the tracker"
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vmacheck {

struct Accepted {
    std::string property;
    std::string op;  // empty: any
    std::string because;

    // Of a finding's key, "property/op".
    [[nodiscard]] bool covers(std::string_view key) const;
};

using Baseline = std::vector<Accepted>;

// Or "FILE:LINE:COLUMN: what is wrong; what to do".
std::variant<Baseline, std::string> read_baseline_file(const std::string& path);
std::variant<Baseline, std::string> read_baseline(std::string_view toml, const std::string& path);

}  // namespace vmacheck
