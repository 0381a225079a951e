// What `reach` is to reach: cells of the coverage grid (checker/coverage/grid.hpp), by their names.
//
//   merge_case_6, chain_imported ...   an event:                event/merge_case_6
//   mprotect:ENOMEM, brk:ok            an end of an operation:  errno/mprotect/ENOMEM
//   merge/6/file/some/mprotect         a cell, as the grid names it
//   merge/6/file                       any cell that begins so
#pragma once

#include "checker/coverage/grid.hpp"
#include "model/state/outcome.hpp"

#include <variant>

namespace vmacheck::smt {

struct GoalCell {
    std::string name;
    std::string reason;  // why the grid calls it unreachable; empty: it does not
    // What it is about; absent where the name does not say it.
    std::optional<Event> event;
    std::optional<OpKind> op;
    std::optional<Errno> error;
    std::optional<AllocSite> site;
    std::optional<MergeSituation> merge;

    // Whether a step that ended so may be one; a merge is looked at more closely by its situation.
    template <class D>
    [[nodiscard]] bool may_be(OpKind kind, const Outcome<D>& outcome) const {
        if (!outcome.violations.empty()) return false;
        if (op && *op != kind) return false;
        if (error && *error != outcome.error) return false;
        for (const EventRecord& each : outcome.events) {
            if (event && each.event == *event) return true;
            if (merge && merge_case(each.event) == merge->which) return true;
            if (site && each.event == Event::alloc_failed && each.a == static_cast<std::uint32_t>(*site)) return true;
        }
        return error.has_value();
    }
};

struct Goal {
    std::string text;
    std::vector<GoalCell> cells;  // one of them; never empty

    // Of what has been counted of the last step alone.
    [[nodiscard]] const GoalCell* reached(const Coverage& last_step) const;
};

// The goal, or what is wrong with the text and what to do about it.
std::variant<Goal, std::string> goal_named(const std::string& text);

}  // namespace vmacheck::smt
