#include "properties/refinement/placement.hpp"

#include <boost/container/small_vector.hpp>

#include <optional>

namespace vmacheck {
namespace {

constexpr std::uint64_t pages_in_gib = std::uint64_t{1} << 18;

template <class D>
Number<D> lower(const Number<D>& a, const Number<D>& b) {
    return b < a ? b : a;
}
template <class D>
Number<D> higher(const Number<D>& a, const Number<D>& b) {
    return a < b ? b : a;
}

// The top of what a mapping below the VMA may use.
template <class D>
Number<D> free_below(const Vma<D>& vma, std::uint64_t guard_gap) {
    const bool stack = (vma.flags & vm::growsdown) != 0;
    if (!stack) return vma.start;
    return vma.start < guard_gap ? Number<D>(0) : vma.start - guard_gap;
}

// A free run of pages; its end leaves out the guard gap of a stack.
template <class D>
struct Gap {
    Number<D> start;
    Number<D> end;
};

// Upwards: below each VMA, and from the last one to `high`.
template <class D>
boost::container::small_vector<Gap<D>, 24> gaps_below(const Step<D>& step, MmId mm, const Number<D>& high) {
    const std::uint64_t guard_gap = step.world.parameters().stack_guard_gap;
    boost::container::small_vector<Gap<D>, 24> gaps;
    Number<D> start = 0;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        gaps.push_back({start, free_below(vma, guard_gap)});
        start = free_above(step.world, vma);
        return true;
    });
    gaps.push_back({start, high});
    return gaps;
}

// Where in [low, high) a range of `len` pages fits, `len` above 0. Gaps are looked at in the order in which they are
// wanted, up to the first that is large enough: a proof has no paths then that differ in the others.
template <class D>
std::optional<Number<D>> highest_fit(const Step<D>& step, MmId mm, const Number<D>& low, const Number<D>& high,
                                     const Number<D>& len) {
    const auto gaps = gaps_below<D>(step, mm, high);
    for (auto gap = gaps.rbegin(); gap != gaps.rend(); ++gap) {
        const Number<D> to = lower<D>(gap->end, high);
        if (higher<D>(gap->start, low) + len <= to) return to - len;
    }
    return std::nullopt;
}

template <class D>
std::optional<Number<D>> lowest_fit(const Step<D>& step, MmId mm, const Number<D>& low, const Number<D>& high,
                                    const Number<D>& len) {
    for (const Gap<D>& gap : gaps_below<D>(step, mm, high)) {
        const Number<D> from = higher<D>(gap.start, low);
        if (from + len <= lower<D>(gap.end, high)) return from;
    }
    return std::nullopt;
}

// Is nothing in [start, end), and no stack so close above, or below, that its guard gap reaches in?
template <class D>
bool hint_is_free(const Step<D>& step, MmId mm, const Number<D>& start, const Number<D>& end) {
    bool free = true;
    Number<D> below_ends = 0;
    const std::uint64_t guard_gap = step.world.parameters().stack_guard_gap;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.end <= start) {
            below_ends = free_above(step.world, vma);
            return true;
        }
        free = end <= free_below(vma, guard_gap);
        return false;  // the first VMA above decides
    });
    return free && below_ends <= start;
}

// Whether the guard gap of a stack reaches over the lowest end that a fit in [low, high) could have, or that of one
// that grows up over the highest start.
template <class D>
bool guard_gap_hides(const Step<D>& step, MmId mm, const Number<D>& low, const Number<D>& high, const Number<D>& len) {
    if (len > high || low > high - len) return false;
    const std::uint64_t guard_gap = step.world.parameters().stack_guard_gap;
    const Number<D> lowest_end = low + len;
    const Number<D> highest_start = high - len;
    bool hides = false;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        hides = (vma.flags & vm::growsdown) != 0 && lowest_end < vma.start && free_below(vma, guard_gap) < lowest_end;
        if ((vma.flags & vm::growsup) != 0)
            hides = hides || (vma.end <= highest_start && free_above(step.world, vma) > highest_start);
        return !hides;
    });
    return hides;
}

// Whether the guard gap of a stack reaches into what lies below it, or to low: a search that starts again below a guard
// gap, or above the stack, leaves that out.
template <class D>
bool guard_gap_covers(const Step<D>& step, MmId mm) {
    const std::uint64_t guard_gap = step.world.parameters().stack_guard_gap;
    bool covers = false;
    Number<D> below_ends = 0;
    each_vma_before(step.world, mm, [&](VmaId, const Vma<D>& vma) {
        covers = (vma.flags & vm::growsdown) != 0 && below_ends > 0 && free_below(vma, guard_gap) < below_ends;
        covers = covers || free_above(step.world, vma) > vma.end;
        below_ends = vma.end;
        return !covers;
    });
    return covers;
}

template <class D>
Number<D> multiple_below(const Number<D>& page, std::uint64_t unit) {
    return unit == 1 ? page : page - remainder(page, unit);
}

template <class D>
struct Found {
    std::optional<Number<D>> start;
    bool open = false;
};

template <class D>
Found<D> search(const Step<D>& step, MmId mm, const Number<D>& hint, const PlacementRequest<D>& request) {
    const Parameters& p = step.world.parameters();
    const std::uint64_t slack = request.huge - 1;
    const Number<D> len = request.len + slack;  // of what is searched for
    const bool generic = step.world.profile().policy.hugetlb_hint_up;
    const bool low_gib = (request.flags & map::bit32) != 0 && (request.huge == 1 || generic);
    const bool top_down = !p.bottom_up && !low_gib;
    const Number<D> begin = low_gib ? pages_in_gib : p.mmap_legacy_base;
    const Number<D> end = low_gib ? 2 * pages_in_gib : p.task_size;
    const Number<D> hint_limit = top_down ? Number<D>(p.task_size) : end;
    if (hint > 0 && request.len <= hint_limit) {
        const Number<D> wanted = multiple_below<D>(generic ? hint + slack : hint, request.huge);
        if (wanted <= hint_limit - request.len && hint_is_free<D>(step, mm, wanted, wanted + request.len))
            return {wanted};
    }
    const bool restarts = step.world.profile().policy.guard_gap_restarts;
    const bool open = (restarts && guard_gap_covers(step, mm)) ||
                      (top_down && guard_gap_hides<D>(step, mm, 1, p.mmap_base, len)) ||
                      guard_gap_hides<D>(step, mm, begin, end, len);
    if (top_down)
        if (const auto found = highest_fit<D>(step, mm, Number<D>(1), Number<D>(p.mmap_base), len))
            return {multiple_below<D>(*found + slack, request.huge), open};
    if (len > end) return {};
    const auto found = lowest_fit<D>(step, mm, begin, end, len);
    if (!found) return {{}, open};
    return {multiple_below<D>(*found + slack, request.huge), open};
}

constexpr std::uint64_t pages_of_thp = 512;

template <class D>
bool wants_thp(const Step<D>& step, const Number<D>& hint, const PlacementRequest<D>& request) {
    if (!step.world.parameters().thp) return false;
    if (request.huge_aligned && step.world.profile().policy.huge_aligned_files) {
        // Offsets are signed numbers of bytes: from 2^63 on they are below all others.
        constexpr std::uint64_t negative = std::uint64_t{1} << 51;
        const Number<D> start = remainder(request.offset, 2 * negative);
        const Number<D> end = start + request.len;
        if (end + pages_of_thp >= 2 * negative) return false;
        const Number<D> into = remainder(start, pages_of_thp);
        const Number<D> multiple = into == 0 ? start : start + (pages_of_thp - into);
        if ((multiple >= negative) != (end >= negative)) return multiple >= negative;
        return end >= multiple + pages_of_thp;
    }
    if (!request.transparent) return false;
    const HugeAlignment rule = step.world.profile().policy.huge_alignment;
    if (rule == HugeAlignment::multiples) return hint == 0 && remainder(request.len, pages_of_thp) == 0;
    return rule == HugeAlignment::large && request.len >= pages_of_thp;
}

// Where transparent huge pages fit: within a free place that is longer by one, the lowest multiple above its first page
// (bottom up: or that page); of a file, the lowest page that its offset makes one. A hint that is free is taken as it is.
template <class D>
Found<D> search_for_thp(const Step<D>& step, MmId mm, const Number<D>& hint, const PlacementRequest<D>& request) {
    PlacementRequest<D> longer = request;
    longer.len += pages_of_thp;
    if (longer.len > step.world.parameters().task_size) return search(step, mm, hint, request);
    Found<D> found = search(step, mm, hint, longer);
    if (!found.start) {
        Found<D> plain = search(step, mm, hint, request);
        plain.open |= found.open;
        return plain;
    }
    if (hint > 0 && *found.start == hint) return found;
    const Number<D> beyond =
        remainder(*found.start + (pages_of_thp - remainder(request.offset, pages_of_thp)), pages_of_thp);
    if (beyond > 0 || !step.world.parameters().bottom_up) *found.start += pages_of_thp - beyond;
    return found;
}

}  // namespace

template <class D>
Placement<D> specified_placement(const Step<D>& step, MmId mm, const PlacementRequest<D>& request) {
    const Parameters& p = step.world.parameters();
    const Bytes<D>& addr = request.addr;
    const Number<D>& len = request.len;
    const bool fixed = (request.flags & (map::fixed | map::fixed_noreplace)) != 0;
    if (len > p.task_size) return {Errno::enomem, 0};
    if (request.huge > 1 && remainder(len, request.huge) != 0) return {Errno::einval, 0};
    if (request.huge > 1 && fixed && (addr.offset != 0 || remainder(addr.page, request.huge) != 0))
        return {Errno::einval, 0};
    Number<D> start = addr.page;
    bool open = false;
    if (!fixed) {
        // The hint is rounded down, and mmap raises one below mmap_min_addr.
        const bool raise = request.raises_low_hint && start > 0 && start < p.mmap_min_addr;
        const Number<D> hint = raise ? Number<D>(p.mmap_min_addr) : start;
        const Found<D> found = wants_thp<D>(step, hint, request) ? search_for_thp<D>(step, mm, hint, request)
                                                                 : search<D>(step, mm, hint, request);
        open = found.open;
        if (!found.start) return {Errno::enomem, 0, open};
        start = *found.start;
    }
    const Number<D> highest = p.task_size - len;
    const bool between_pages = fixed && addr.offset != 0;
    if (start > highest || (between_pages && start == highest)) return {Errno::enomem, 0, open};
    if (between_pages) return {Errno::einval, 0};
    if (start < p.mmap_min_addr && !p.cap_sys_rawio) return {Errno::eperm, 0, open};
    return {Errno::ok, start, open};
}

template <class D>
Placement<D> specified_placement(const Step<D>& step, MmId mm, const Number<D>& len) {
    PlacementRequest<D> request{step.op.addr, len, step.op.flags};
    if (mapped_hugetlb_file(step.world.parameters(), step.op) != nullptr)
        request.huge = step.world.parameters().huge_page_pages;
    constexpr MapFlags not_transparent = map::shared | map::hugetlb;
    request.transparent = (step.op.flags & map::anonymous) != 0 && (step.op.flags & not_transparent) == 0;
    const auto& files = step.world.parameters().files;
    const bool of_file = (step.op.flags & map::anonymous) == 0 && step.op.file > 0 && step.op.file <= files.size();
    request.huge_aligned = of_file && files[step.op.file - 1u].huge_aligned;
    request.offset = step.op.offset.page;
    return specified_placement(step, mm, request);
}

template Placement<Plain> specified_placement(const Step<Plain>&, MmId, const PlacementRequest<Plain>&);
template Placement<Traced> specified_placement(const Step<Traced>&, MmId, const PlacementRequest<Traced>&);
template Placement<Plain> specified_placement(const Step<Plain>&, MmId, const Number<Plain>&);
template Placement<Traced> specified_placement(const Step<Traced>&, MmId, const Number<Traced>&);

}  // namespace vmacheck
