#include "model/faults/chains.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array rows{
    FaultInfo{.fault = av_double_reuse,
              .name = "av-double-reuse",
              .kind = FaultKind::real,
              .introduced = "v3.19",
              .fixed = "v6.0",
              .backported = "v5.10.198",
              .commit = "2555283eb40d",
              .property = "one-owner",
              .effect =
                  "anon_vma_clone reuses an anon_vma by its `degree`, which does not separate children from users "
                  "(CVE-2022-42703)"},
    FaultInfo{.fault = av_degree_import_order,
              .name = "av-degree-import-order",
              .kind = FaultKind::real,
              .introduced = "v3.19",
              .fixed = "v3.19",
              .commit = "b800c91a0517",
              .property = "num-active-vmas",
              .effect = "__vma_adjust clones the exporter's chain before it sets the importer's anon_vma"},
    FaultInfo{.fault = av_fork_leak,
              .name = "av-fork-leak",
              .kind = FaultKind::real,
              .introduced = "v2.6.34",
              .fixed = "v2.6.34",
              .commit = "4946d54cb55e",
              .property = "residue",
              .effect = "anon_vma_fork returns on a late failed allocation without unlinking the cloned chain"},
    FaultInfo{.fault = av_fork_shares_parent,
              .name = "av-fork-shares-parent",
              .kind = FaultKind::real,
              .introduced = "v5.5",
              .fixed = "v5.7",
              .commit = "23ab76bf90a6",
              .property = "one-owner",
              .effect = "a forked VMA takes the anon_vma of the parent's previous VMA when the parent's two share one"},
    FaultInfo{.fault = adjust_case6_no_import,
              .name = "adjust-case6-no-import",
              .kind = FaultKind::synthetic,
              .property = "bug-on",
              .effect = "__vma_adjust does not import the far neighbour's chain in merge case 6"},
    FaultInfo{
        .fault = av_oldest_mapping,
        .name = "av-oldest-mapping",
        .kind = FaultKind::real,
        .introduced = "v2.6.34",
        .fixed = "v2.6.34",
        .commit = "ea90002b0fa7",
        .property = "rmap-completeness",
        .effect = "a page swapped in that others may map too gets the faulting VMA's own anon_vma instead of the root"},
    FaultInfo{.fault = clone_skips_newest,
              .name = "clone-skips-newest",
              .kind = FaultKind::synthetic,
              .property = "chain-symmetry",
              .effect = "anon_vma_clone leaves out the newest element of the chain"},
    FaultInfo{.fault = clone_reverses_chain,
              .name = "clone-reverses-chain",
              .kind = FaultKind::synthetic,
              .property = "chain-order",
              .effect = "anon_vma_clone ties the elements of the chain in the opposite order"},
    FaultInfo{.fault = unlink_leaves_edge,
              .name = "unlink-leaves-edge",
              .kind = FaultKind::synthetic,
              .property = "red-black",
              .effect = "unlink_anon_vmas frees the newest element of the chain and leaves it in the tree"},
};

}  // namespace

std::span<const FaultInfo> rows_of_chains() {
    return rows;
}

}  // namespace vmacheck::faults
