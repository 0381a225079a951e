// Whether the running kernel maps the zero page where anonymous memory is read, as Linux does unless it was changed.
#pragma once

#include "checker/conform/record/process_files.hpp"
#include "model/state/bytes.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace vmacheck {

inline bool reads_map_the_zero_page() {
    void* const mapped = mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return false;
    [[maybe_unused]] const char zero = *static_cast<volatile char*>(mapped);
    const auto start = reinterpret_cast<std::uint64_t>(mapped) / page_size;
    const auto found = first_anonymous(getpid(), {{start, start + 1}});
    munmap(mapped, page_size);
    return found && found->empty();
}

}  // namespace vmacheck
