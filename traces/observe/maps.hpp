// The text of /proc/PID/maps: read into lines, and turned into the starting layout of a trace.
//
// The text shows less than a VMA has. What a line leaves open is filled in with what such a mapping has right after
// execve: every MAY bit for a private mapping, VM_ACCOUNT if it is private and writable, VM_GROWSDOWN for the stack,
// and no anon_vma, since faults are not shown. The offset of an anonymous mapping is its address.
#pragma once

#include "model/state/observation.hpp"
#include "model/state/setup.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// One line of maps. Bytes, as printed.
struct MapsLine {
    std::uint64_t start = 0;
    std::uint64_t end = 0;  // exclusive, above start, both page aligned
    bool read = false;
    bool write = false;
    bool exec = false;
    bool shared = false;
    std::uint64_t offset = 0;
    std::string device;  // "fe:00"
    std::uint64_t inode = 0;
    std::string name;      // path, "[heap]" ..., or empty
    std::size_t line = 0;  // from 1
    // A path, as opposed to a kernel's name in brackets or nothing.
    [[nodiscard]] bool names_file() const { return !name.empty() && name.front() != '['; }
    friend bool operator==(const MapsLine&, const MapsLine&) = default;
};

// Throws InputError where the text is no maps text: a malformed field, an unaligned or empty range, or ranges that
// overlap or are out of order. Empty lines are skipped.
std::vector<MapsLine> parse_maps(std::string_view text);

struct ImportedLayout {
    std::vector<VmaSpec> vmas;    // those below task_size
    std::vector<FileSpec> files;  // files[i] has the id i + 1 in vmas; one for each path, as execve opens them
    std::vector<SharedObjectSpec> shared_objects;  // as large as the mappings of it reach
    std::uint64_t heap_start = 0;                  // bytes: of [heap], 0 if there is none
    std::uint64_t heap_end = 0;                    // bytes
    std::uint64_t stack_start = 0;                 // page number: of [stack], 0 if there is none
    std::uint64_t below_stack = 0;  // page number: end of the highest VMA below the stack, 0 if there is none
};

// task_size in pages: what lies above it ([vsyscall]) is no VMA and left out. A VMA that crosses it is an InputError,
// and so are more files than a trace can name.
ImportedLayout layout_of_maps(const std::vector<MapsLine>& lines, std::uint64_t task_size);

// The process that the layout describes, without counters: a maps text shows only VMAs. Their anon_vmas, chains, policies
// and contexts are not shown, and the offset of private anonymous memory is printed as 0, so it is absent.
ProcessView observe_maps(const ImportedLayout& layout);

}  // namespace vmacheck
