// What can be seen of a World at one moment, apart from it: for pictures, and to compare with the results in a trace.
#pragma once

#include "model/state/ids.hpp"
#include "model/state/world_fwd.hpp"
#include "traces/format/trace.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace vmacheck {

// Numbers anon_vmas 1, 2, 3 ... by first appearance: processes by slot, VMAs by address. A number stays with its
// anon_vma for as long as the AnonNumbers live, and is not given again.
class AnonNumbers {
public:
    unsigned number(AnonVmaId id);  // 0 for none
    // Numbers all that VMAs of the World have and that have no number yet.
    void visit(const World<Plain>& world);

private:
    std::map<AnonVmaId, unsigned> numbers_;
};

struct VmaSnapshot {
    ObservedVma seen;  // every field present
    VmaId id;          // which VMA it is, to follow it from one moment to the next
    bool has_file = false;
    FileKind file_kind = FileKind::regular;
    std::vector<unsigned> chain;  // anon_vmas by number, newest first
};

struct ProcessSnapshot {
    bool alive = false;
    std::uint32_t map_count = 0;
    std::uint64_t brk_bytes = 0;
    std::uint64_t total_vm = 0;    // pages
    std::uint64_t stack_vm = 0;    // pages
    std::uint64_t locked_vm = 0;   // pages
    std::uint64_t hiwater_vm = 0;  // pages
    std::vector<VmaSnapshot> vmas;
};

// Never throws, whatever state the World is in: a freed or repeated VMA ends the list.
ProcessSnapshot take_snapshot(const World<Plain>& world, std::size_t slot, AnonNumbers& numbers);

struct WorldSnapshot {
    std::array<ProcessSnapshot, max_processes> processes;
    std::int64_t committed = 0;  // pages; below 0 where a bug returned more than was charged
};

WorldSnapshot take_snapshot(const World<Plain>& world, AnonNumbers& numbers);

// "rw-p ac": access, p or s as /proc shows it, and the other flags by their two letters in smaps.
std::string short_flags(VmFlags flags);

}  // namespace vmacheck
