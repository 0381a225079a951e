#include "model/faults/stack.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array stack_rows{
    FaultInfo{.fault = stack_grow_wrong_mm,
              .name = "stack-grow-wrong-mm",
              .kind = FaultKind::real,
              .fixed = "v2.6.23",
              .commit = "05fa199d45c5",
              .property = "page-map",
              .effect = "growth of another process's stack is refused or allowed by the size of the accessing process"},
    FaultInfo{.fault = pgoff_wrap_down,
              .name = "pgoff-wrap-down",
              .kind = FaultKind::real,
              .fixed = "v2.6.39",
              .commit = "a626ca6a6564",
              .property = "pgoff-range",
              .effect = "expand_downwards takes more from vm_pgoff than there is"},
    FaultInfo{.fault = pgoff_wrap_up,
              .name = "pgoff-wrap-up",
              .kind = FaultKind::real,
              .fixed = "v2.6.39",
              .commit = "42c36f63ac13",
              .property = "pgoff-range",
              .effect = "expand_upwards grows a VMA beyond the last page offset"},
    FaultInfo{.fault = munmap_downgrade_race,
              .name = "munmap-downgrade-race",
              .kind = FaultKind::real,
              .introduced = "v4.20",
              .fixed = "v5.8",
              .commit = "246c320a8cfe",
              .property = "linearizable",
              .effect = "munmap holds the mmap_lock for reading next to a stack, which grows into the range and loses "
                        "its new page (CVE-2020-29369)"},
    FaultInfo{.fault = exec_shift_uncharge,
              .name = "exec-shift-uncharge",
              .kind = FaultKind::real,
              .introduced = "v2.6.23",
              .property = "committed",
              .effect =
                  "exec that finds no page table to move its stack returns the charge of all pages that the stack "
                  "was to move over"},
    FaultInfo{.fault = exec_end_kept,
              .name = "exec-end-kept",
              .kind = FaultKind::synthetic,
              .property = "page-map",
              .effect = "exec leaves the stack with the range that it had while it moved"},
};

}  // namespace

std::span<const FaultInfo> rows_of_stack() {
    return stack_rows;
}

}  // namespace vmacheck::faults
