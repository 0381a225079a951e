// What applying an operation gives: its result, what it passed, and the properties that the model itself found broken.
#pragma once

#include "model/op/event_list.hpp"
#include "model/op/flags.hpp"
#include "model/state/bytes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// A broken property. A Report is a list of them; an Outcome has those that the model itself met while it ran: the
// kernel's VM_BUG_ON and the use of a freed object.
struct Violation {
    std::string property;  // its name in the catalogue, or "bug-on" or "use-after-free"
    std::string text;      // expected and actual, or "use after free of anon_vma 3, freed in exit_mmap, in reclaim"
    friend bool operator==(const Violation&, const Violation&) = default;
};

// Why a test refused, in words with both values, for people who look at one step (World::explain_to).
struct Refusal {
    enum class Of : std::uint8_t { merge, call };
    Of what = Of::call;
    std::string function;  // the kernel's, in which the test stands
    std::string text;      // "total_vm would be 15 pages, RLIMIT_AS is 14"
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

// How the step of another task ended that came between (Op::meanwhile).
struct OtherStep {
    bool done = false;  // false: the operation has no such place, or its locks kept the task out
    Errno error = Errno::ok;
    std::string_view where;  // the kernel function that had let go of the lock
    EventList events;
};

template <class D>
struct Outcome {
    Errno error = Errno::ok;
    Bytes<D> value;    // mmap, mremap, shmat: address; brk: the break; fork: the child's slot; otherwise 0. 0 on error.
    EventList events;  // of the operation itself
    OtherStep meanwhile;
    std::vector<Violation> violations;  // not empty: the step was abandoned and the World is as before it

    [[nodiscard]] bool ok() const { return error == Errno::ok; }
    [[nodiscard]] bool has(Event event) const { return events.has(event); }
};

}  // namespace vmacheck
