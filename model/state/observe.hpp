// What a World shows of itself, as an observation.
#pragma once

#include "model/state/ids.hpp"
#include "model/state/observation.hpp"
#include "model/state/world_at.hpp"

#include <cstddef>
#include <map>

namespace vmacheck {

// Numbers anon_vmas 1, 2, 3 ... by first appearance: processes by slot, VMAs by address. A number stays with its
// anon_vma for as long as the AnonNumbers live, and is not given again.
class AnonNumbers {
public:
    unsigned number(AnonVmaId id);  // 0 for none
    // Numbers all that VMAs of the World have and that have no number yet.
    void visit(const World<Plain>& world);
    // The same, where all that there were before the last step have their numbers: looks at what it touched only.
    void visit_touched(const World<Plain>& world);

private:
    std::map<AnonVmaId, unsigned> numbers_;
};

// Every field is present, and 0 where there is no such process. Neither throws, whatever state the World is in: a freed or repeated VMA ends the list.
ProcessView observe_process(const WorldAt& world, std::size_t slot, AnonNumbers& numbers);
Observation observe(const World<Plain>& world, AnonNumbers& numbers);
// One VMA, and a process without its VMAs.
VmaView observe_vma(const WorldAt& world, VmaId id, const Vma<Plain>& vma, AnonNumbers& numbers);
ProcessView observe_counters(const WorldAt& world, std::size_t slot);
// Pages; below 0 where a bug returned more than was charged.
std::int64_t observe_committed(const WorldAt& world);

}  // namespace vmacheck
