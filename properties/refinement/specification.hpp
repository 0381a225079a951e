// What the parts of the page-map specification share: the step seen as two page maps, and the way to report.
#pragma once

#include "properties/refinement/page_map.hpp"
#include "properties/refinement/rules.hpp"
#include "properties/refinement/segments.hpp"

namespace vmacheck::specification {

// One comparison of the page map after a step: what a rule requires, and what is there.
template <class D>
struct ComparedMap {
    const char* rule;
    PageMap<D> expected;
    PageMap<D> found;
};

template <class D>
struct SpecContext {
    const Step<D>& step;
    MmId mm;              // of the caller, or the target of remote_access; it was there before
    const Mm<D>& before;  // its address space
    Report& report;
    const PageMap<D>& map_before;  // of the VMAs touched or in the range at least, one segment a VMA
    const PageMap<D>& map_after;   // of those that these have become
    // For reports: gets what expect() compares.
    std::vector<ComparedMap<D>>* compared = nullptr;

    template <class... Args>
    void fail(fmt::format_string<Args...> text, Args&&... args) const {
        report.add(PageMapRefinement<D>::info, "{}: {}", name(step.op.kind),
                   fmt::format(text, std::forward<Args>(args)...));
    }
    // The result must be this error (ok: success).
    void require(Errno error) const {
        if (step.outcome.error != error) fail("returned {}, expected {}", name(step.outcome.error), name(error));
    }
    [[nodiscard]] Errno error() const { return step.outcome.error; }
    [[nodiscard]] const Parameters& parameters() const { return step.world.parameters(); }
    [[nodiscard]] bool injected() const { return allocation_failed(step); }
    // The page map after must be this one; `why` names the rule.
    void expect(const PageMap<D>& expected, const char* why) const {
        if (compared != nullptr) [[unlikely]]
            compared->push_back({why, expected, map_after});
        if (const std::string text = difference(expected, map_after); !text.empty()) fail("{}: {}", why, text);
    }
    // The page map after must be one of these two.
    void expect_either(const PageMap<D>& expected, const PageMap<D>& other, const char* why) const {
        if (!difference(other, map_after).empty())
            expect(expected, why);
        else if (compared != nullptr)
            compared->push_back({why, other, map_after});
    }
};

// Reports what the specification does not allow of a step. `compared`: gets every comparison; nullptr: none is kept.
template <class D>
void specify_step(const Step<D>& step, Report& report, std::vector<ComparedMap<D>>* compared);

// The file behind a page, as it is described; nullptr for a shared anonymous object.
template <class D>
const FileSpec* spec_behind(const SpecContext<D>& ctx, FileId id) {
    const File<D>* file = ctx.step.world.find(id);
    if (file == nullptr) file = ctx.step.world.before(id);
    if (file == nullptr) return nullptr;
    if (file->spec != 0) return &ctx.parameters().files[file->spec - 1u];
    return file->kind == FileKind::hugetlb ? &anonymous_huge_file() : nullptr;
}

// Whether the driver of what is mapped around the page refuses to have it cut there.
template <class D>
bool cut_refused(const SpecContext<D>& ctx, const Segment<D>& around, const Number<D>& page) {
    if (page <= around.start || page >= around.end || !around.file) return false;
    const FileSpec* spec = spec_behind(ctx, around.file);
    const std::uint64_t unit = spec != nullptr ? unit_pages(ctx.parameters(), *spec) : 1;
    return unit > 1 && remainder(page, unit) != 0;
}
template <class D>
bool cut_refused(const SpecContext<D>& ctx, const PageMap<D>& map, const Number<D>& page) {
    const Segment<D>* around = map.at(page);
    return around != nullptr && cut_refused(ctx, *around, page);
}
template <class D>
bool cut_refused(const SpecContext<D>& ctx, const PageMap<D>& map, const Number<D>& start, const Number<D>& end) {
    return cut_refused(ctx, map, start) || cut_refused(ctx, map, end);
}

// A seal of mseal: the memory is neither unmapped, nor moved, nor given other rights.
template <class D>
bool sealed(const Segment<D>& part) {
    return (part.flags & vm::sealed) != 0;
}

// What keeps [start, end) of this map from being unmapped: EINVAL, a driver that does not want its mapping cut; EPERM, a
// seal. The cut at the start comes before the seals of what lies behind it, the cut at the end after all.
template <class D>
Errno unmap_refused(const SpecContext<D>& ctx, const PageMap<D>& map, const Number<D>& start, const Number<D>& end) {
    const Segment<D>* first = map.at(start);
    if (first != nullptr && !sealed(*first) && cut_refused(ctx, *first, start)) return Errno::einval;
    if (ctx.step.world.profile().policy.mseal != Mseal::none)
        for (const Segment<D>& each : map.segments())
            if (each.end > start && each.start < end && sealed(each)) return Errno::eperm;
    return cut_refused(ctx, map, end) ? Errno::einval : Errno::ok;
}

// can_madvise_modify, negated: private memory that is sealed and cannot be written is not discarded.
template <class D>
bool seal_keeps(const SpecContext<D>& ctx, const Segment<D>& part, Advice advice);

// One function an operation; each reports what the specification does not allow.
template <class D>
void mmap(SpecContext<D>& ctx);
template <class D>
void munmap(SpecContext<D>& ctx);
template <class D>
void mprotect(SpecContext<D>& ctx);
template <class D>
void madvise(SpecContext<D>& ctx);
template <class D>
void brk(SpecContext<D>& ctx);
template <class D>
void fault(SpecContext<D>& ctx);
template <class D>
void remote_access(SpecContext<D>& ctx);
template <class D>
void fork(SpecContext<D>& ctx);
template <class D>
void exit(SpecContext<D>& ctx);
template <class D>
void split(SpecContext<D>& ctx);

template <class D>
void mremap(SpecContext<D>& ctx);
template <class D>
void mlock(SpecContext<D>& ctx);
template <class D>
void munlock(SpecContext<D>& ctx);
template <class D>
void mlockall(SpecContext<D>& ctx);
template <class D>
void munlockall(SpecContext<D>& ctx);
template <class D>
void shmat(SpecContext<D>& ctx);
template <class D>
void shmdt(SpecContext<D>& ctx);
template <class D>
void remap_file_pages(SpecContext<D>& ctx);
template <class D>
void special_mapping(SpecContext<D>& ctx);
template <class D>
void exec(SpecContext<D>& ctx);
template <class D>
void reclaim(SpecContext<D>& ctx);
template <class D>
void truncate(SpecContext<D>& ctx);
template <class D>
void mbind(SpecContext<D>& ctx);
template <class D>
void uffd_register(SpecContext<D>& ctx);
template <class D>
void uffd_unregister(SpecContext<D>& ctx);
template <class D>
void uffd_close(SpecContext<D>& ctx);
template <class D>
void msync(SpecContext<D>& ctx);
template <class D>
void mincore(SpecContext<D>& ctx);
template <class D>
void anon_name(SpecContext<D>& ctx);
template <class D>
void mseal(SpecContext<D>& ctx);

// The walk of madvise over [at, end), which passes over holes: part_error(segment, from, to) for each part that is
// mapped, until one gives an error. What the call must give: that error, or ENOMEM if there was a hole.
template <class D, class F>
Errno walk_over_holes(const SpecContext<D>& ctx, Number<D> at, const Number<D>& end, F part_error) {
    bool hole = false;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= at) continue;
        if (at >= end || part.start >= end) break;
        if (part.start > at) {
            hole = true;
            at = part.start;
        }
        const Number<D> to = part.end < end ? part.end : end;
        if (const Errno error = part_error(part, at, to); error != Errno::ok) return error;
        at = to;
    }
    return hole || at < end ? Errno::enomem : Errno::ok;
}
// The part of madvise for advices about pages: the walk over [at, end), which is not empty.
template <class D>
void advise_pages(SpecContext<D>& ctx, Number<D> at, const Number<D>& end);
// The same for MADV_POPULATE_READ and _WRITE.
template <class D>
void populate_pages(SpecContext<D>& ctx, Number<D> at, const Number<D>& end);

// Whether the page with this offset lies beyond the end that the file had before the step. False without a file.
template <class D>
bool beyond_end(const SpecContext<D>& ctx, FileId id, const Number<D>& offset) {
    const File<D>* file = ctx.step.world.before(id);
    const AddressSpace<D>* space = file != nullptr ? ctx.step.world.before(file->mapping) : nullptr;
    return space != nullptr && !space->endless && offset >= space->size;
}

// Where a sum of page numbers ends up in 64-bit bytes.
template <class D>
Number<D> wrapped(const Number<D>& page) {
    return page >= pages_in_64_bits ? page - pages_in_64_bits : page;
}

// Memory whose pages have no file behind them: private /dev/zero counts, special mappings do not.
template <class D>
bool anonymous(const SpecContext<D>& ctx, const Segment<D>& part) {
    if ((part.flags & vm::special) != 0) return false;
    const File<D>* file = ctx.step.world.find(part.file);
    return !part.file || (file != nullptr && file->kind == FileKind::dev_zero);
}

// Whether the VMA around the page had a page before the step.
template <class D>
bool was_faulted(const SpecContext<D>& ctx, const Number<D>& page) {
    bool found = false;
    each_vma_before(ctx.step.world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.end <= page) return true;
        found = vma.start <= page && faulted(vma);
        return false;
    });
    return found;
}

// Whether one VMA reaches over both ends of [start, end), so that unmapping it leaves two.
template <class D>
bool punches_hole(const SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end) {
    const Segment<D>* around = ctx.map_before.at(start);
    return around != nullptr && around->start < start && around->end > end;
}

}  // namespace vmacheck::specification
