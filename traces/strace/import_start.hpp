// Where the trace of a log begins: the execve that the layout belongs to, and the parameters that follow from both.
// Internal to traces/strace.
#pragma once

#include "model/op/parameters.hpp"
#include "traces/observe/maps.hpp"
#include "traces/strace/strace.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

// Index of the execve of the log's first thread that the layout belongs to: the one whose program the layout shows, and
// whose first brk(NULL) is where the layout's heap begins. The last of those that fit best. Nothing: the log has none.
// A doubt is added to notes.
std::optional<std::size_t> exec_of_layout(const std::vector<MapsLine>& layout, const StraceLog& log,
                                          std::vector<std::string>& notes);

// Sets mmap_base, the stack limit and the start of the heap. Calls of the log from `first` on are those of the program.
void set_start_parameters(Parameters& parameters, const ImportedLayout& layout, const StraceLog& log, std::size_t first,
                          std::vector<std::string>& notes);

// Sets mmap_base alone, from the stack limit of the parameters and the layout. Whether addresses were randomised.
bool set_mmap_base(Parameters& parameters, const ImportedLayout& layout);

}  // namespace vmacheck
