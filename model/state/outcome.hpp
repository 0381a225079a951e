// What applying an operation gives: its result, what it passed, and the properties that the model itself found broken.
#pragma once

#include "model/op/event_list.hpp"
#include "model/op/flags.hpp"
#include "model/state/bytes.hpp"

#include <string>
#include <vector>

namespace vmacheck {

// A broken property. A Report is a list of them; an Outcome has those that the model itself met while it ran: the
// kernel's VM_BUG_ON and the use of a freed object.
struct Violation {
    std::string property;  // its name in the catalogue, or "bug-on" or "use-after-free"
    std::string text;      // expected and actual, or "use after free of anon_vma 3 in unlink_anon_vmas"
    friend bool operator==(const Violation&, const Violation&) = default;
};

template <class D>
struct Outcome {
    Errno error = Errno::ok;
    Bytes<D> value;  // mmap, mremap, shmat: address; brk: the break; fork: the child's slot; otherwise 0. 0 on error.
    EventList events;
    std::vector<Violation> violations;  // not empty: the step was abandoned and the World is as before it

    [[nodiscard]] bool ok() const { return error == Errno::ok; }
    [[nodiscard]] bool has(Event event) const { return events.has(event); }
};

}  // namespace vmacheck
