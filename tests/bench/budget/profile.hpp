// Calls and instructions as callgrind counts them.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace vmacheck {

class Profile {
public:
    // Reads callgrind's output file format.
    explicit Profile(std::istream& file);

    // Instructions spent in calls to functions whose name contains `to` from functions whose name contains `from`,
    // callees included.
    [[nodiscard]] std::uint64_t instructions(std::string_view from, std::string_view to) const;

private:
    std::map<std::pair<std::string, std::string>, std::uint64_t> calls_;  // (caller, callee): instructions
};

}  // namespace vmacheck
