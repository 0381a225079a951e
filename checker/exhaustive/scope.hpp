// A scope: a small world that is explored to its end. Which processes, files and calls there are, within how many
// pages, and which allocations may fail.
//
// The window of pages is the whole address space, so that a scope with P pages has no address outside it.
#pragma once

#include "model/op/op.hpp"
#include "model/state/setup.hpp"
#include "model/state/world_fwd.hpp"
#include "traces/format/trace.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// Calls of one kind: every combination of what is listed, at every place of the window.
//
// The place follows from the operation's range in op_table: every range [s, e) for one of pages, every page or page
// boundary for one of a page, once for the others. In addition these vary: the new length of mremap, and its
// destination where it is fixed; the size of truncate, up to the window's; the target of remote_access.
struct Calls {
    OpKind kind = OpKind::munmap;
    std::vector<Prot> prots{0};
    std::vector<MapFlags> maps{0};          // of mmap; without MAP_FIXED the range's length alone counts
    std::vector<std::uint16_t> files{0};    // from 1; 0: none
    std::vector<std::uint64_t> offsets{0};  // pages, of files
    std::vector<Advice> advices{Advice::normal};
    std::vector<Access> accesses{Access::write};
    std::vector<std::uint32_t> call_flags{0};
    std::vector<std::uint16_t> numbers{0};  // policies or userfaultfd contexts
};

struct Scope {
    std::string name;
    std::string about;  // one line for people
    unsigned pages = 3;
    unsigned processes = 1;  // at most at a time
    std::vector<Calls> calls;
    // Whether a call that fails is a transition, and what it leaves behind is explored. Not in `peer`, whose counts are
    // those of others.
    bool failing_calls = true;
    unsigned alloc_failures = 0;  // each call also with its 1st, 2nd ... allocation failing
    // Each call also with every step of another task at its 1st, 2nd ... place for one (Op::meanwhile): a write access
    // to a page of the window by any process, or memory pressure on it.
    unsigned other_steps = 0;
    Setup setup;  // profile, faults, parameters, starting layout

    // Whether rmap walks unmap pages, so that their order is part of the state.
    [[nodiscard]] bool walks_rmap() const;
    // Flags that the VMAs of all its mmaps have.
    [[nodiscard]] VmFlags usual_flags() const;
    // What makes it this scope, as one line of JSON: equal texts, equal state graphs.
    [[nodiscard]] std::string identity() const;
};

// One call of a scope.
struct ScopeOp {
    Op<Plain> op;
    // Whether it counts, having ended so: not where the allocation that was to fail was not made, or where the other
    // task could take no step.
    [[nodiscard]] bool counts(const Outcome<Plain>& outcome) const {
        return (op.fail_alloc.nth == 0 || outcome.has(Event::alloc_failed)) &&
               (op.meanwhile.nth == 0 || outcome.meanwhile.done);
    }
};

// All calls, in the order that numbers them. Whether a call is made in a state also depends on which processes there
// are: see op_is_open.
std::vector<ScopeOp> scope_ops(const Scope& scope);

// The World that every path begins with. Throws std::runtime_error, naming the scope, if it cannot be made.
std::unique_ptr<World<Plain>> starting_world(const Scope& scope);

// Whether the call is made in this World: its process is there, a fork finds room, an exit is not the last.
bool op_is_open(const Scope& scope, const World<Plain>& world, const Op<Plain>& op);

// The parameters of a window that is the whole address space: no guard against page 0, searched from its top, a break
// at its bottom, a guard gap of one page.
Parameters window_parameters(unsigned pages);

inline constexpr unsigned least_pages = 1;
inline constexpr unsigned most_pages = 16;

}  // namespace vmacheck
