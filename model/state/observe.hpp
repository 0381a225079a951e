// What a World shows of itself, as an observation.
#pragma once

#include "model/state/ids.hpp"
#include "model/state/observation.hpp"
#include "model/state/world_fwd.hpp"

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

private:
    std::map<AnonVmaId, unsigned> numbers_;
};

// Every field is present, and 0 where there is no such process. Neither throws, whatever state the World is in: a freed or repeated VMA ends the list.
ProcessView observe_process(const World<Plain>& world, std::size_t slot, AnonNumbers& numbers);
Observation observe(const World<Plain>& world, AnonNumbers& numbers);

}  // namespace vmacheck
