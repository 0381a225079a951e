// What each modelled operation takes and how it may fail, in one table: the rows of model/op/op_table.cpp with the
// errors of the residue table. `vmacheck list operations` and model/README.md show it.
#pragma once

#include "model/op/op.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct OperationRow {
    OpKind op = OpKind::count;
    std::string_view stands_for;         // the kernel's functions, or the calls, that it is
    std::vector<std::string> flags;      // rights, flags, advices or kinds of access, by name
    std::vector<Errno> errors;           // in addition to ESRCH, which every operation of a missing process gives
    std::vector<AllocSite> allocations;  // that may fail in it
};

// One row for each OpKind, in its order.
std::vector<OperationRow> operation_table();

// The table as model/README.md has it.
std::string operation_table_markdown();

}  // namespace vmacheck
