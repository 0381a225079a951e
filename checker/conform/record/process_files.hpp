// What /proc says of a traced process while it stands still. Nothing is guessed: what cannot be read is absent.
#pragma once

#include "model/op/page_range.hpp"
#include "model/op/parameters.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

std::string maps_of(pid_t process);                           // empty: it is gone, or may not be read
std::string link_of(pid_t process, const std::string& name);  // of /proc/PID/NAME; empty likewise

std::vector<int> descriptors_of(pid_t process);  // in order
// Flags that the descriptor was opened with.
std::optional<std::uint64_t> open_flags_of(pid_t process, int descriptor);

// What the file behind the descriptor, its inode and its mount refuse, as far as can be seen from outside; the rest of it
// is default.
FileSpec file_of(pid_t process, int descriptor);

// In each of the ranges the first anonymous page: neither a page of a file nor the zero page. A private
// VMA with such a page has an anon_vma. Page numbers; ranges without one give none. Nothing: the kernel has no
// PAGEMAP_SCAN (before 6.7), or it may not be used.
std::optional<std::vector<std::uint64_t>> first_anonymous(pid_t process, const std::vector<PageRange>& ranges);
// The VMAs that have such pages, from smaps, which does not say where in them.
std::optional<std::vector<PageRange>> anonymous_vmas(pid_t process);

// Limits, capabilities, and where the heap begins, of a process that has just executed a program, with the kernel's own
// settings. What cannot be read keeps its default.
Parameters parameters_of(pid_t process);

// Reads from the process's memory. False: not all of it can be read.
bool read_memory(pid_t process, std::uint64_t address, void* to, std::size_t bytes);
// Up to its end or `most` bytes; nothing if it cannot be read.
std::optional<std::string> read_string(pid_t process, std::uint64_t address, std::size_t most = 4096);

}  // namespace vmacheck
