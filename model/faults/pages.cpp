#include "model/faults/pages.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array rows{
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
};

}  // namespace

std::span<const FaultInfo> rows_of_pages() {
    return rows;
}

}  // namespace vmacheck::faults
