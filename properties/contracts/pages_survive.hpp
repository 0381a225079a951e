// A page that a process can see, present or in swap space, and a guard page, is there until somebody takes it away: an entry of its page
// tables that becomes empty was in a range that the call unmaps or drops, was of a page that reclaim or a truncation
// takes from all, or is found where mremap moved it. After fork the child has each anonymous page and each guard page of the parent at its
// place, and none in a VMA with VM_WIPEONFORK.
//
// Which calls empty entries: munmap, brk that shrinks, shmdt; mmap with MAP_FIXED, shmat and remap_file_pages of what
// they replace; mremap of its destination and its tail; madvise DONTNEED, FREE (of swap entries), REMOVE (of file pages,
// in all mappings) and PAGEOUT (of file pages and lazily freed ones); ftruncate (unmap_mapping_range with even_cows);
// reclaim; exit. Of guard pages only GUARD_REMOVE among the advices, and no ftruncate; GUARD_INSTALL takes pages.
// The first thing that a program expects of memory is that it keeps what was written. Broken by: munmap-page-above,
// mprotect-drops-pages, mremap-drops-pages, wipeonfork-ignored, mremap-drops-guards, fork-forgets-guards,
// dontneed-drops-guards.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct PagesSurvive {
    static constexpr PropertyInfo info{
        "pages-survive", PropertyKind::contract,
        "a page or guard page that no call unmapped, dropped or truncated is still there, or where it was moved to; "
        "a child has its parent's anonymous pages and guard pages, and none where VM_WIPEONFORK is set",
        "move_page_tables, change_protection, dup_mmap"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct PagesSurvive<Plain>;
extern template struct PagesSurvive<Traced>;

}  // namespace vmacheck
