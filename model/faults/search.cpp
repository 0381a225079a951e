#include "model/faults/search.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array search_rows{
    FaultInfo{.fault = guard_gap_underflow,
              .name = "guard-gap-underflow",
              .kind = FaultKind::real,
              .introduced = "v4.12",
              .fixed = "v4.12",
              .commit = "f4cb767d76cf",
              .property = "guard-gap",
              .effect = "the search for an address takes the gap below a stack for huge where a mapping lies "
                        "within the guard gap"},
    FaultInfo{.fault = guard_gap_protnone,
              .name = "guard-gap-protnone",
              .kind = FaultKind::real,
              .introduced = "v4.12",
              .fixed = "v4.13",
              .commit = "561b5e0709e4",
              .property = "page-map",
              .effect = "a stack does not grow close to a PROT_NONE mapping, which is the guard that runtimes "
                        "place themselves"},
    FaultInfo{
        .fault = guard_gap_up_overflow,
        .name = "guard-gap-up-overflow",
        .kind = FaultKind::real,
        .introduced = "v4.12",
        .fixed = "v4.12",
        .commit = "bd726c90b6b8",
        .property = "page-map",
        .effect = "expand_upwards refuses the top of the address space, where address plus guard gap wraps around"},
    FaultInfo{.fault = search_ignores_gap,
              .name = "search-ignores-gap",
              .kind = FaultKind::real,
              .introduced = "v6.1",
              .fixed = "v6.3",
              .commit = "58c5d0d6d522",
              .property = "guard-gap",
              .effect = "unmapped_area takes any hole of the maple tree, however close to a stack (v6.1)"},
    FaultInfo{.fault = search_skips_gap_below,
              .name = "search-skips-gap-below",
              .kind = FaultKind::real,
              .introduced = "v6.1",
              .property = "guard-gap",
              .effect = "unmapped_area takes a hole below a stack, however close above one that grows up (v6.1)"},
};

}  // namespace

std::span<const FaultInfo> rows_of_search() {
    return search_rows;
}

}  // namespace vmacheck::faults
