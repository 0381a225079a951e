#include "model/faults/brk.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array brk_rows{
    FaultInfo{.fault = brk_error_unsigned,
              .name = "brk-error-unsigned",
              .kind = FaultKind::real,
              .introduced = "v4.20",
              .fixed = "v4.20",
              .commit = "9bc8039e715d",
              .property = "page-map",
              .effect = "brk takes the error of a failed shrink for success, and moves the break above memory that "
                        "stays mapped"},
    FaultInfo{.fault = brk_not_restored,
              .name = "brk-not-restored",
              .kind = FaultKind::synthetic,
              .property = "residue",
              .effect = "brk reports that a shrink failed, and leaves the break where it was to go"},
};

}  // namespace

std::span<const FaultInfo> rows_of_brk() {
    return brk_rows;
}

}  // namespace vmacheck::faults
