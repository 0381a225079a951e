// A person's way through a scope. A state is named by the path that leads to it: the numbers of its calls (scope_ops).
// Of each state there is what it consists of, and of each of its calls the result, where it leads, and what it breaks.
//
// The calls are checked as a search checks them. A search itself needs none of this; `explore --serve` shows it.
#pragma once

#include "checker/exhaustive/canonical.hpp"
#include "checker/exhaustive/scope.hpp"
#include "model/op/parameters.hpp"
#include "model/state/observation.hpp"
#include "properties/run/property_checker.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace vmacheck {

using CallPath = std::vector<std::uint32_t>;  // numbers of calls, first to last

// The path is none of the scope's. what() is one line that names the call at fault.
class BadPath : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class LeadsTo {
    elsewhere,  // to a state that the path has not been in
    here,       // back to the state that the call is made in
    seen,       // to an earlier state of the path
};

// A call made in a state, and undone again.
struct TakenCall {
    std::uint32_t number = 0;
    Errno error = Errno::ok;
    std::uint64_t value = 0;  // bytes, where it succeeded and returns one
    // Whether it is a transition of the scope. Not one: a call that fails where the scope leaves these out, and a call
    // whose failing allocation or other step did not come about.
    bool counts = true;
    bool came_about = true;  // false: the last of these
    bool abandoned = false;  // an assumption of the kernel or of the model ended it
    LeadsTo leads = LeadsTo::elsewhere;
    std::size_t seen_after = 0;         // calls of the path, where `seen`
    std::vector<Violation> violations;  // of the step and of the World it leads to; the headline first
};

// An open file, or a shared object.
struct OpenFile {
    std::uint16_t number = 0;  // in Parameters::files, from 1; 0: a shared anonymous object
    FileKind kind = FileKind::regular;
    std::optional<std::uint64_t> pages;  // absent: it has no end
    std::uint32_t descriptors = 0;
    std::uint32_t vmas = 0;             // that map it
    std::vector<std::uint64_t> cached;  // page offsets in the page cache, in order
};

// An entry of a page table that is not empty.
struct TableEntry {
    enum class What { page, zero_page, swapped };
    std::uint64_t page = 0;  // page number
    What what = What::page;
    bool writable = false;
    bool dirty = false;
};

struct PathState {
    CallPath path;
    // What the last call broke, of an empty path the starting state. Not empty: the path ends here.
    std::vector<Violation> violations;
    std::optional<std::size_t> same_after;  // the first state of the path that is the same one: after so many calls
    Observation seen;
    std::vector<OpenFile> files;
    std::vector<std::vector<TableEntry>> tables;  // by slot, each by page
    std::uint64_t digest = 0;                     // of the World
    std::vector<TakenCall> calls;                 // all that can be made
    std::size_t closed = 0;                       // calls of processes that are not alive, or for one too many
};

class PathWalk {
public:
    static constexpr std::size_t most_calls = 1000;  // of a path

    // Throws std::runtime_error if the scope has no starting state.
    PathWalk(Scope scope, const Reduction& reduction);
    ~PathWalk();

    // Throw BadPath. The World stays where it came to, so that a near path is reached soon.
    PathState state(const CallPath& path);
    // The path as a trace, with the results that the model gave. It expects what its last call broke.
    Trace trace(const CallPath& path);

    [[nodiscard]] const Scope& scope() const { return scope_; }
    [[nodiscard]] const std::vector<ScopeOp>& ops() const { return ops_; }

private:
    struct Step {
        TraceStep made;
        std::uint32_t number = 0;
        bool applied = false;
        std::vector<std::uint8_t> key;  // of the state after it; empty: inconsistent
        std::vector<Violation> violations;
    };
    void go_to(const CallPath& path);
    void take(std::uint32_t number, std::size_t position);
    TakenCall try_call(std::uint32_t number);
    [[nodiscard]] std::vector<Violation> violations() const;
    [[nodiscard]] const std::vector<std::uint8_t>& key_after(std::size_t calls) const;
    std::vector<std::uint8_t> key_now();

    Scope scope_;
    std::vector<ScopeOp> ops_;
    std::unique_ptr<World<Plain>> world_;
    std::unique_ptr<PropertyChecker<Plain>> checker_;
    CanonicalForm form_;
    Report report_;
    std::vector<std::uint8_t> start_key_;
    std::vector<Violation> start_violations_;
    std::vector<Step> steps_;  // of the path that the World has taken
};

}  // namespace vmacheck
