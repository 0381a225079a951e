// The keys of a header's "parameters", with their ranges: one table for reader, writer and lists.
#pragma once

#include "model/op/parameters.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vmacheck {

using ParameterMember = std::variant<std::uint64_t Parameters::*, unsigned Parameters::*, bool Parameters::*>;

struct ParameterKey {
    std::string_view key;  // pages unless it ends in _bytes, _mode or _bits; max_map_count counts VMAs
    ParameterMember member;
    std::uint64_t smallest = 0;
    std::uint64_t largest = 0;
    bool may_be_unlimited = false;  // "unlimited" is a value too
};

std::span<const ParameterKey> parameter_keys();

// Why no World can have these parameters together, each within its range; empty: one can.
std::string contradiction(const Parameters& parameters);
// Why no World can have this file, which is one of these; empty: one can.
std::string contradiction(const FileSpec& file, const std::vector<FileSpec>& files);

// Sizes of a trace that a reader accepts: a trace is untrusted data.
inline constexpr std::size_t max_trace_bytes = std::size_t{256} << 20;
inline constexpr std::size_t max_line_bytes = std::size_t{4} << 20;
inline constexpr std::size_t max_steps = 1'000'000;
inline constexpr std::size_t max_files = 4096;
inline constexpr std::size_t max_chain = 256;  // anon_vmas in one chain of a layout

}  // namespace vmacheck
