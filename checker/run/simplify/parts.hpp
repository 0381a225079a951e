// The simplifications of a trace by subject. Each function appends its edits; see simplify.hpp.
#pragma once

#include "checker/run/simplify/simplify.hpp"

namespace vmacheck {

inline constexpr std::uint64_t base_page = 16;  // 0x10000, where minimised traces begin

void simplify_header(const Trace& trace, std::vector<Edit>& edits);
void simplify_processes(const Trace& trace, const std::vector<SeenResult>& results, std::vector<Edit>& edits);
void simplify_order(const Trace& trace, std::vector<Edit>& edits);
void simplify_arguments(const Trace& trace, const std::vector<SeenResult>& results, std::vector<Edit>& edits);
void simplify_addresses(const Trace& trace, std::vector<Edit>& edits);

}  // namespace vmacheck
