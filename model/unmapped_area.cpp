#include "model/unmapped_area.hpp"

#include "model/faults/search.hpp"
#include "model/gap_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

template <class D>
UnmappedArea<D> no_room() {
    return {Errno::enomem, 0};
}

// The free run below a VMA.
template <class D>
struct Gap {
    Number<D> start;  // end of the predecessor
    Number<D> end;    // start of the VMA, less its guard gap; may lie below `start`
};

template <class D>
Gap<D> gap_below(const World<D>& world, const Vma<D>& vma) {
    return {vma.prev ? vm_end_gap(world[vma.prev], world.parameters().stack_guard_gap) : Number<D>(0),
            vm_start_gap(vma, world.parameters().stack_guard_gap)};
}

// Limits of the walk: a gap is good if it holds len pages within [low, high).
template <class D>
struct Wanted {
    Number<D> low_limit;   // the gap must end at or above it
    Number<D> high_limit;  // the gap must start at or below it
    Number<D> len;
};

template <class D>
bool fits(const World<D>& world, const Gap<D>& gap, const Wanted<D>& wanted) {
    if (gap.end < wanted.low_limit) return false;
    // A mapping inside a guard gap makes a gap that ends below its start; as a difference it was once taken for huge.
    if (gap.end < gap.start) return world.has_fault(faults::guard_gap_underflow);
    return gap.end > gap.start && gap.end - gap.start >= wanted.len;
}

// Both searches walk mm_rb by rb_subtree_gap, entering only subtrees that hold a large enough gap. They are each
// other's mirror image: `near` is the side they prefer.
template <class D>
bool holds(const World<D>& world, VmaId subtree, const Number<D>& len) {
    if (!subtree) return false;
    world.visit_tree_node();
    return world[subtree].subtree_gap >= len;
}

// The lowest fitting gap; none: only the space above the last VMA is left. `failed`: not even that.
template <class D>
VmaId lowest_gap(const World<D>& world, MmId mm, const Wanted<D>& wanted, bool& failed) {
    VmaId node = world[mm].rb_root;
    if (!node || world[node].subtree_gap < wanted.len) return {};
    for (;;) {
        // Down to the left as long as the gaps there reach the low limit.
        while (vm_start_gap(world[node], world.parameters().stack_guard_gap) >= wanted.low_limit &&
               holds(world, world[node].rb.left, wanted.len))
            node = world[node].rb.left;
        for (bool turned_right = false; !turned_right;) {
            const Vma<D>& vma = world[node];
            const Gap<D> gap = gap_below(world, vma);
            if (gap.start > wanted.high_limit) {
                failed = true;
                return {};
            }
            if (fits(world, gap, wanted)) return node;
            if (holds(world, vma.rb.right, wanted.len)) {
                node = vma.rb.right;
                turned_right = true;
                continue;
            }
            // Up to the next node that was entered from its left child.
            for (;;) {
                const VmaId child = node;
                node = world[node].rb.parent;
                if (!node) return {};
                world.visit_tree_node();
                if (world[node].rb.left == child) break;
            }
        }
    }
}

// The highest fitting gap; none: there is none.
template <class D>
VmaId highest_gap(const World<D>& world, MmId mm, const Wanted<D>& wanted) {
    VmaId node = world[mm].rb_root;
    if (!node || world[node].subtree_gap < wanted.len) return {};
    for (;;) {
        while (gap_below(world, world[node]).start <= wanted.high_limit &&
               holds(world, world[node].rb.right, wanted.len))
            node = world[node].rb.right;
        for (bool turned_left = false; !turned_left;) {
            const Vma<D>& vma = world[node];
            const Gap<D> gap = gap_below(world, vma);
            if (gap.end < wanted.low_limit) return {};
            if (gap.start <= wanted.high_limit && fits(world, gap, wanted)) return node;
            if (holds(world, vma.rb.left, wanted.len)) {
                node = vma.rb.left;
                turned_left = true;
                continue;
            }
            for (;;) {
                const VmaId child = node;
                node = world[node].rb.parent;
                if (!node) return {};
                world.visit_tree_node();
                if (world[node].rb.right == child) break;
            }
        }
    }
}

// Is [start, start + len) free, guard gaps respected? The x86 functions ask for none above what lies below, since
// nothing grows up there; where stacks do, the generic ones (mm/mmap.c) ask.
template <class D>
bool range_is_free(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& len) {
    const VmaId vma = find_vma(world, mm, start);
    const std::uint64_t guard_gap = world.parameters().stack_guard_gap;
    if (world.parameters().stack_grows_up) {
        const VmaId prev = prev_of(world, mm, vma);
        if (prev && start < vm_end_gap(world[prev], guard_gap)) return false;
    }
    return !vma || start + len <= vm_start_gap(world[vma], guard_gap);
}

constexpr std::uint64_t gib = std::uint64_t{1} << (30 - page_shift);  // pages

// arch_get_unmapped_area: upwards from the legacy base; MAP_32BIT takes the second GiB.
template <class D>
UnmappedArea<D> arch_get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                       MapFlags flags) {
    const Parameters& p = world.parameters();
    if ((flags & map::fixed) != 0) return {Errno::ok, addr.page};
    const bool low = (flags & map::bit32) != 0;
    const Number<D> begin = low ? gib : p.mmap_legacy_base;
    const Number<D> end = low ? 2 * gib : p.task_size;
    if (len > end) return no_room<D>();
    if (!addr.zero()) {
        const Number<D> hint = addr.round_up();
        // PAGE_ALIGN of a hint in the last page of 64 bits wraps to 0, which is an address like another here.
        const Number<D> start = hint >= pages_in_64_bits ? Number<D>(0) : hint;
        if (end - len >= start && range_is_free(world, mm, start, len)) return {Errno::ok, start};
    }
    return search_bottom_up(world, mm, begin, end, len);
}

// arch_get_unmapped_area_topdown: downwards from mmap_base, and upwards if that fails.
template <class D>
UnmappedArea<D> arch_get_unmapped_area_topdown(const World<D>& world, MmId mm, const Bytes<D>& addr,
                                               const Number<D>& len, MapFlags flags) {
    const Parameters& p = world.parameters();
    if (len > p.task_size) return no_room<D>();
    if ((flags & map::fixed) != 0) return {Errno::ok, addr.page};
    if ((flags & map::bit32) == 0) {
        const Number<D> hint = addr.page;  // rounded down
        if (hint > 0 && hint + len <= p.task_size && range_is_free(world, mm, hint, len)) return {Errno::ok, hint};
        const UnmappedArea<D> found = search_top_down(world, mm, Number<D>(1), Number<D>(p.mmap_base), len);
        if (found.error == Errno::ok) return found;
    }
    return arch_get_unmapped_area(world, mm, addr, len, flags);
}

// hugetlb_get_unmapped_area: the hint rounded down to a huge page, to 0 even, or up since v6.13; a search leaves room to
// align what it finds. MAP_32BIT is looked at since v6.13 alone.
template <class D>
UnmappedArea<D> hugetlb_get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                          MapFlags flags, std::uint64_t huge) {
    const Parameters& p = world.parameters();
    if (remainder(len, huge) != 0) return {Errno::einval, 0};
    if ((flags & map::fixed) != 0) {
        const bool aligned = addr.aligned() && remainder(addr.page, huge) == 0;
        return {aligned ? Errno::ok : Errno::einval, addr.page};
    }
    const bool generic = world.profile().policy.hugetlb_hint_up;
    const bool low = generic && (flags & map::bit32) != 0;
    const std::uint64_t high = low ? 2 * gib : p.task_size;
    if (addr.page > 0 && len <= high) {
        const Number<D> beyond = generic ? addr.page + (huge - 1) : addr.page;
        const Number<D> hint = beyond - remainder(beyond, huge);
        if (hint <= high - len && range_is_free(world, mm, hint, len)) return {Errno::ok, hint};
    }
    const Number<D> room = len + (huge - 1);
    UnmappedArea<D> found = no_room<D>();
    if (!p.bottom_up && !low) found = search_top_down(world, mm, Number<D>(1), Number<D>(p.mmap_base), room);
    if (found.error != Errno::ok)
        found = search_bottom_up(world, mm, Number<D>(low ? gib : p.mmap_legacy_base), Number<D>(high), room);
    if (found.error != Errno::ok) return found;
    const Number<D> last = found.start + (huge - 1);
    return {Errno::ok, last - remainder(last, huge)};
}

template <class D>
UnmappedArea<D> mm_get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                     MapFlags flags) {
    return world.parameters().bottom_up ? arch_get_unmapped_area(world, mm, addr, len, flags)
                                        : arch_get_unmapped_area_topdown(world, mm, addr, len, flags);
}

// __thp_get_unmapped_area: looks for a huge page more, and takes the first multiple within (of a file, the first page at
// which a huge page of it is at one), downwards the second where it begins at one. Without so much room, and where the
// hint is free, as for other memory.
template <class D>
UnmappedArea<D> thp_get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                      MapFlags flags, const Number<D>& pgoff) {
    const UnmappedArea<D> padded = mm_get_unmapped_area<D>(world, mm, addr, len + thp_pages, flags);
    if (padded.error != Errno::ok) return mm_get_unmapped_area(world, mm, addr, len, flags);
    if (addr.page > 0 && padded.start == addr.page) return padded;
    const Number<D> beyond = remainder(padded.start + (thp_pages - remainder(pgoff, thp_pages)), thp_pages);
    if (beyond == 0) return {Errno::ok, world.parameters().bottom_up ? padded.start : padded.start + thp_pages};
    return {Errno::ok, padded.start - beyond + thp_pages};
}

}  // namespace

namespace {

// The guard gap that the searches since v6.1 keep free.
template <class D>
std::uint64_t searched_guard_gap(const World<D>& world) {
    return world.has_fault(faults::search_ignores_gap) ? 0 : world.parameters().stack_guard_gap;
}

// Whether the guard gap of the VMA below a hole counts. The kernel looks at only one of the two VMAs around the hole,
// where the one above is a stack at that.
template <class D>
bool looks_below(const World<D>& world, VmaId above) {
    const bool below_stack = above && (world[above].flags & vm::growsdown) != 0;
    return !below_stack || !world.has_fault(faults::search_skips_gap_below);
}

// unmapped_area since v6.1, which looks for a hole between VMAs and then at the guard gaps around it: where that of the
// stack above reaches in, the search starts again above the stack.
template <class D>
UnmappedArea<D> search_holes_bottom_up(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                       const Number<D>& len) {
    const std::uint64_t guard_gap = searched_guard_gap(world);
    VmaId above = find_vma(world, mm, low);
    for (VmaId below = prev_of(world, mm, above);; below = above, above = world[above].next) {
        Number<D> start = below && world[below].end > low ? world[below].end : low;
        const Number<D> end = above && world[above].start < high ? world[above].start : high;
        const bool below_stack = above && (world[above].flags & vm::growsdown) != 0;
        if (below && looks_below(world, above) && vm_end_gap(world[below], guard_gap) > start)
            start = vm_end_gap(world[below], guard_gap);
        const bool fits = end >= start && end - start >= len;
        if (fits && (!below_stack || vm_start_gap(world[above], guard_gap) >= start + len)) return {Errno::ok, start};
        if (!above || world[above].start >= high) return no_room<D>();
    }
}

}  // namespace

template <class D>
UnmappedArea<D> search_bottom_up(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                 const Number<D>& len) {
    if (high < len || low > high - len) return no_room<D>();
    if (world.profile().policy.guard_gap_restarts) return search_holes_bottom_up(world, mm, low, high, len);
    const Wanted<D> wanted{.low_limit = low + len, .high_limit = high - len, .len = len};
    bool failed = false;
    const VmaId above = lowest_gap(world, mm, wanted, failed);
    if (failed) return no_room<D>();
    Number<D> start = world[mm].highest_vm_end;
    if (above)
        start = gap_below(world, world[above]).start;
    else if (start > wanted.high_limit)
        return no_room<D>();
    return {Errno::ok, start < low ? low : start};
}

namespace {

// unmapped_area_topdown since v6.1, which looks for a hole between VMAs and then at the guard gaps around it: where one
// reaches in, the search starts again below it, and what else lies in the guard gap is not looked at any more.
template <class D>
UnmappedArea<D> search_holes_top_down(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                      const Number<D>& len) {
    const std::uint64_t guard_gap = searched_guard_gap(world);
    Number<D> limit = high;
    VmaId above;
    for (VmaId below = last_vma(world, mm);; above = below, below = world[below].prev) {
        const Number<D> hole = below && world[below].end > low ? world[below].end : low;
        for (;;) {
            const Number<D> end = above && world[above].start < limit ? world[above].start : limit;
            if (end < hole || end - hole < len) break;
            const Number<D> start = end - len;
            if (above && vm_start_gap(world[above], guard_gap) < end)
                limit = vm_start_gap(world[above], guard_gap);
            else if (below && looks_below(world, above) && vm_end_gap(world[below], guard_gap) > start)
                limit = world[below].start;
            else
                return {Errno::ok, start};
        }
        if (!below) return no_room<D>();
    }
}

}  // namespace

template <class D>
UnmappedArea<D> search_top_down(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                const Number<D>& len) {
    if (high < len || low > high - len) return no_room<D>();
    if (world.profile().policy.guard_gap_restarts) return search_holes_top_down(world, mm, low, high, len);
    const Wanted<D> wanted{.low_limit = low + len, .high_limit = high - len, .len = len};
    if (world[mm].highest_vm_end <= wanted.high_limit) return {Errno::ok, high - len};
    const VmaId above = highest_gap(world, mm, wanted);
    if (!above) return no_room<D>();
    const Number<D> end = gap_below(world, world[above]).end;
    return {Errno::ok, (end > high ? high : end) - len};
}

template <class D>
UnmappedArea<D> get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                  MapFlags flags, std::uint64_t huge, const Number<D>& pgoff) {
    const Parameters& p = world.parameters();
    const auto refused = [&](const UnmappedArea<D>& area) {
        world.refused([&] {
            if ((flags & map::fixed) == 0) return fmt::format("there is no room for {} pages in a row", len.value());
            return fmt::format("{} pages from {:#x} on pass the end of the address space", len.value(), addr.value());
        });
        return area;
    };
    if (len > p.task_size) return refused(no_room<D>());
    const bool searches = (flags & map::fixed) == 0;
    const bool for_thp = searches && (huge == transparent_huge_pages ? placed_for_thp(world, Number<D>(addr.page), len)
                                      : huge == transparent_huge_file_pages ? file_placed_for_thp(world, pgoff, len)
                                                                            : false);
    const Number<D> offset = huge == transparent_huge_pages ? Number<D>(0) : pgoff;  // anonymous memory has none here
    const UnmappedArea<D> area = huge > transparent_huge_file_pages
                                     ? hugetlb_get_unmapped_area(world, mm, addr, len, flags, huge)
                                 : for_thp ? thp_get_unmapped_area(world, mm, addr, len, flags, offset)
                                           : mm_get_unmapped_area(world, mm, addr, len, flags);
    if (area.error == Errno::enomem) return refused(area);
    if (area.error != Errno::ok) return area;
    const bool unaligned = (flags & map::fixed) != 0 && !addr.aligned();
    const Number<D> highest = p.task_size - len;
    if (area.start > highest || (unaligned && area.start == highest)) return refused(no_room<D>());
    if (unaligned) return {Errno::einval, 0};
    if (area.start < p.mmap_min_addr && !p.cap_sys_rawio) return {Errno::eperm, 0};
    return area;
}

template UnmappedArea<Plain> get_unmapped_area(const World<Plain>&, MmId, const Bytes<Plain>&, const Number<Plain>&,
                                               MapFlags, std::uint64_t, const Number<Plain>&);
template UnmappedArea<Plain> search_bottom_up(const World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&,
                                              const Number<Plain>&);
template UnmappedArea<Plain> search_top_down(const World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&,
                                             const Number<Plain>&);
template UnmappedArea<Traced> get_unmapped_area(const World<Traced>&, MmId, const Bytes<Traced>&, const Number<Traced>&,
                                                MapFlags, std::uint64_t, const Number<Traced>&);
template UnmappedArea<Traced> search_bottom_up(const World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&,
                                               const Number<Traced>&);
template UnmappedArea<Traced> search_top_down(const World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&,
                                              const Number<Traced>&);

}  // namespace vmacheck
