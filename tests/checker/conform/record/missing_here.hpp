// What the running kernel lacks, or does not allow here, of what a recording makes use of: in words; empty: nothing.
#pragma once

#include "checker/conform/record/process_files.hpp"
#include "model/state/bytes.hpp"

#include <fmt/format.h>

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace vmacheck {

inline std::string why_no_pagemap_scan() {
    return first_anonymous(getpid(), {{0, 1}}) ? ""
                                               : "PAGEMAP_SCAN of /proc/self/pagemap is missing (before Linux 6.7)";
}

// Whether anonymous memory that is read maps the zero page, as Linux does unless it was changed.
inline std::string why_no_zero_page() {
    if (std::string missing = why_no_pagemap_scan(); !missing.empty()) return missing;
    void* const mapped = mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return fmt::format("mmap: {}", std::strerror(errno));
    [[maybe_unused]] const char zero = *static_cast<volatile char*>(mapped);
    const auto start = reinterpret_cast<std::uint64_t>(mapped) / page_size;
    const auto found = first_anonymous(getpid(), {{start, start + 1}});
    munmap(mapped, page_size);
    return found && found->empty() ? "" : "this kernel maps another page than the zero page where memory is read";
}

// Events of the page faults of this thread.
inline std::string why_no_fault_events() {
    perf_event_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.type = PERF_TYPE_SOFTWARE;
    wanted.config = PERF_COUNT_SW_PAGE_FAULTS;
    wanted.sample_period = 1;
    const long events = syscall(SYS_perf_event_open, &wanted, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (events < 0) return fmt::format("perf_event_open of page faults: {}", std::strerror(errno));
    close(static_cast<int>(events));
    return {};
}

}  // namespace vmacheck
