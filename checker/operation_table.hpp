// What each modelled operation takes and how it may fail, in one table: flags by the names that traces use, errors from
// the residue table, and the allocations that may fail in it. `vmacheck list operations` and the README show it.
#pragma once

#include "model/op.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct OperationRow {
    OpKind op = OpKind::count;
    std::string_view stands_for;         // the kernel's functions, or the calls, that it is
    std::vector<std::string> flags;      // rights, flags, advices or kinds of access, by name
    std::vector<Errno> errors;           // besides ESRCH, which every operation of a missing process gives
    std::vector<AllocSite> allocations;  // that may fail in it
};

// One row for each OpKind, in its order.
std::vector<OperationRow> operation_table();

// An error that an operation may give and no trace of the corpus shows, and why none does.
struct UnshownError {
    OpKind op;
    Errno error;
    std::string_view reason;
};
std::span<const UnshownError> unshown_errors();

// The table as the README has it.
std::string operation_table_markdown();

}  // namespace vmacheck
