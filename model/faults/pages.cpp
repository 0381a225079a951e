#include "model/faults/pages.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array pages_rows{
    FaultInfo{.fault = munmap_page_above,
              .name = "munmap-page-above",
              .kind = FaultKind::synthetic,
              .property = "pages-survive",
              .effect = "munmap drops one page above its range"},
    FaultInfo{.fault = mprotect_drops_pages,
              .name = "mprotect-drops-pages",
              .kind = FaultKind::synthetic,
              .property = "pages-survive",
              .effect = "mprotect drops the pages of the range whose rights it changes"},
    FaultInfo{.fault = mremap_drops_pages,
              .name = "mremap-drops-pages",
              .kind = FaultKind::synthetic,
              .property = "pages-survive",
              .effect = "mremap drops the pages that it moves"},
    FaultInfo{.fault = wipeonfork_ignored,
              .name = "wipeonfork-ignored",
              .kind = FaultKind::synthetic,
              .property = "pages-survive",
              .effect = "fork gives the child the pages of VMAs with VM_WIPEONFORK"},
    FaultInfo{.fault = fork_leaves_writable,
              .name = "fork-leaves-writable",
              .kind = FaultKind::synthetic,
              .property = "page-rights",
              .effect = "fork does not write-protect the pages that parent and child share"},
    FaultInfo{.fault = munmap_keeps_last_page,
              .name = "munmap-keeps-last-page",
              .kind = FaultKind::synthetic,
              .property = "pages-inside-vmas",
              .effect = "munmap leaves the page-table entry of the last page of its range"},
    FaultInfo{.fault = fork_page_not_counted,
              .name = "fork-page-not-counted",
              .kind = FaultKind::synthetic,
              .property = "page-mapcount",
              .effect = "fork does not raise the mapcount of a page that the child maps"},
    FaultInfo{.fault = zap_keeps_page,
              .name = "zap-keeps-page",
              .kind = FaultKind::synthetic,
              .property = "page-in-use",
              .effect = "an anonymous page is not freed when its last entry goes"},
    FaultInfo{.fault = fork_swap_not_counted,
              .name = "fork-swap-not-counted",
              .kind = FaultKind::synthetic,
              .property = "swap-count",
              .effect = "fork does not count the child's entry in the slot of swap space"},
    FaultInfo{.fault = reuse_keeps_slot,
              .name = "reuse-keeps-slot",
              .kind = FaultKind::synthetic,
              .property = "swap-cache",
              .effect = "reuse_swap_page takes the slot from the page and leaves the page in the slot"},
    FaultInfo{.fault = swap_entry_writable,
              .name = "swap-entry-writable",
              .kind = FaultKind::synthetic,
              .property = "swap-entries",
              .effect = "try_to_unmap leaves an entry of swap space writable"},
    FaultInfo{.fault = truncate_keeps_copies,
              .name = "truncate-keeps-copies",
              .kind = FaultKind::synthetic,
              .property = "within-file-size",
              .effect = "truncate unmaps the pages of the file and leaves private copies of them"},
    FaultInfo{.fault = free_page_above,
              .name = "free-page-above",
              .kind = FaultKind::synthetic,
              .property = "touches-only",
              .effect = "MADV_FREE marks one page above its range as well"},
};

}  // namespace

std::span<const FaultInfo> rows_of_pages() {
    return pages_rows;
}

}  // namespace vmacheck::faults
