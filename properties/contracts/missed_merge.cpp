#include "properties/contracts/missed_merge.hpp"

#include "properties/merge_table/merge_table.hpp"
#include "properties/step/ranges.hpp"

#include <optional>

namespace vmacheck {
namespace {

// A range that vma_merge was asked about, as far as the VMA does not say it that the range is in now.
template <class D>
struct Area {
    Number<D> start;  // page numbers
    Number<D> end;
    AnonVmaId anon_vma;         // of the range when it was asked about
    bool chain_of_one = false;  // of the VMA that the range was in
    bool copied = false;        // by mremap
};

// Two VMAs that touch.
template <class D>
struct Boundary {
    const Vma<D>& below;
    const Vma<D>& above;
};

template <class D>
bool has_anon_vma_chain_of_one(const Vma<D>& vma) {
    return vma.chain_newest && vma.chain_newest == vma.chain_oldest;
}

unsigned number_of(AnonVmaId id) {
    return id ? id.index() + 1 : 0;
}

// What the VMA is but for its place: what must be the same in VMAs that merge.
template <class D>
bool same_kind(const World<D>& world, const Vma<D>& a, const Vma<D>& b) {
    const bool names = world.profile().policy.anon_names == AnonNames::without_file;
    return ((a.flags ^ b.flags) & ~vm::sticky) == 0 && a.file == b.file && a.uffd == b.uffd &&
           policy_after(world, a.policy) == policy_after(world, b.policy) && (!names || a.anon_name == b.anon_name) &&
           a.ops != VmOps::close && b.ops != VmOps::close;
}

// Whether the anon_vmas of range and neighbour go together, by the rule of the profile.
template <class D>
bool anon_vmas_fit(const World<D>& world, const Area<D>& area, const Vma<D>& neighbour) {
    merge_table::Picture<D> a;
    a.anon_vma = number_of(area.anon_vma);
    a.chain_of_one = area.chain_of_one;
    const AnonMergeRule rule = world.profile().policy.anon_merge;
    a.loose = rule == AnonMergeRule::loose_moves || (rule == AnonMergeRule::loose && !area.copied);
    merge_table::Neighbour<D> v;
    v.anon_vma = number_of(neighbour.anon_vma);
    v.chain_of_one = has_anon_vma_chain_of_one(neighbour);
    return merge_table::anon_vmas_fit(a, v);
}

// Whether the anon_vma of a neighbour is what it was when the range was asked about: pages that came later make one.
template <class D>
bool kept_anon_vma(const Step<D>& step, const Vma<D>& neighbour, const Number<D>& page) {
    const Vma<D>* before = vma_before(step, neighbour.mm, page);
    return before != nullptr && before->anon_vma == neighbour.anon_vma;
}

template <class D>
void missed(const Step<D>& step, const Boundary<D>& at, Report& report) {
    report.add(MissedMerge<D>::info, "{} left {} and {} apart, expected one VMA", name(step.op.kind),
               describe(at.below), describe(at.above));
}

// The range begins the VMA above: it should have been appended to the one below.
template <class D>
void check_below(const Step<D>& step, const Boundary<D>& at, const Area<D>& area, Report& report) {
    if ((at.above.flags & vm::special) != 0 || !same_kind(step.world, at.below, at.above)) return;
    if (!kept_anon_vma<D>(step, at.below, at.below.end - 1) || !anon_vmas_fit(step.world, area, at.below)) return;
    if (at.below.pgoff + (at.below.end - at.below.start) == at.above.pgoff) missed(step, at, report);
}

// The range ends the VMA below: it should have been put in front of the one above. Where it has joined what lies below
// it, all three must go together.
template <class D>
void check_above(const Step<D>& step, const Boundary<D>& at, const Area<D>& area, Report& report) {
    if ((at.below.flags & vm::special) != 0 || !same_kind(step.world, at.below, at.above)) return;
    if (!kept_anon_vma(step, at.above, at.above.start) || !anon_vmas_fit(step.world, area, at.above)) return;
    const AnonVmaId joined = at.below.start < area.start ? at.below.anon_vma : AnonVmaId();
    if (joined && at.above.anon_vma && joined != at.above.anon_vma) return;
    if (at.below.pgoff + (at.below.end - at.below.start) == at.above.pgoff) missed(step, at, report);
}

// ---------------------------------------------------------------------------------------------------- new ranges

// Which sides of a new range are looked at.
struct Sides {
    bool below = true;
    bool above = true;
};

// vma_merge is asked a second time with what ->mmap has made of the mapping, if it changed the flags and there is a VMA
// below. What was asked the first time is not to be seen any more.
template <class D>
Sides sides_of_mapping(const Step<D>& step, const Vma<D>& vma) {
    const auto& files = step.world.parameters().files;
    const File<D>* file = vma.file ? step.world.find(vma.file) : nullptr;
    std::size_t number = file != nullptr ? file->spec : 0;
    if (step.op.kind == OpKind::mmap && (step.op.flags & map::anonymous) == 0) number = step.op.file;
    if (number == 0 || number > files.size()) return {};
    const FileSpec& spec = files[number - 1];
    // shmem_mmap takes VM_MAYWRITE from a mapping of a file that is sealed for the future.
    if (spec.mmap_flags == 0 && spec.mmap_clears == 0 && !spec.sealed_future)
        return {.below = spec.mmap_file == 0, .above = spec.mmap_file == 0};
    return {.below = true, .above = static_cast<bool>(vma.prev)};
}

template <class D>
void check_new_range(const Step<D>& step, MmId mm, const Area<D>& area, const Sides& sides, Report& report) {
    const World<D>& world = step.world;
    const Vma<D>* vma = world.find(vma_at_or_above(world, mm, area.start));
    if (vma == nullptr || vma->start > area.start) return;
    const Vma<D>* below = world.find(vma->prev);
    if (sides.below && below != nullptr && vma->start == area.start && below->end == area.start)
        check_below(step, Boundary<D>{*below, *vma}, area, report);
    const Vma<D>* above = world.find(vma->next);
    if (sides.above && above != nullptr && vma->end == area.end && above->start == area.end)
        check_above(step, Boundary<D>{*vma, *above}, area, report);
}

template <class D>
void check_mapping(const Step<D>& step, MmId mm, Report& report) {
    const Op<D>& op = step.op;
    const Number<D> start = op.kind == OpKind::remap_file_pages ? op.addr.page : step.outcome.value.page;
    const Number<D> len = op.kind == OpKind::shmat              ? attached_range(step).end - start
                          : op.kind == OpKind::remap_file_pages ? op.len.page
                                                                : mapped_pages(step.world.parameters(), op);
    const Area<D> area{.start = start, .end = start + len, .anon_vma = {}};
    const Vma<D>* vma = step.world.find(vma_at_or_above(step.world, mm, start));
    if (vma == nullptr || vma->start > start) return;
    // Droppable memory was asked about with the VM_LOCKED that it does not get then.
    const bool would_be_locked = ((step.world.find(mm)->def_flags & vm::locked) != 0) || (op.flags & map::locked) != 0;
    if ((vma->flags & vm::droppable) != 0 && would_be_locked) return;
    Sides sides = sides_of_mapping(step, *vma);
    // The one above is taken first, and then the one below only if it fits that.
    const bool next_first = step.world.profile().policy.mmap_merge == MmapMerge::next_first;
    if (next_first && vma->end > area.end) sides.below = false;
    check_new_range(step, mm, area, sides, report);
}

template <class D>
void check_heap(const Step<D>& step, MmId mm, Report& report) {
    const Mm<D>* before = step.world.before(mm);
    if (before == nullptr || step.outcome.value.page != step.op.addr.page ||
        step.outcome.value.offset != step.op.addr.offset)
        return;
    const Number<D> start = before->brk.round_up();
    const Number<D> end = step.op.addr.round_up();
    if (end <= start) return;
    Sides sides;
    if (step.world.profile().policy.brk_joins_heap_only) {
        sides.above = false;
        sides.below = start > Bytes<D>::from(step.world.parameters().start_brk_bytes).page;
    }
    check_new_range(step, mm, Area<D>{.start = start, .end = end, .anon_vma = {}}, sides, report);
}

// What MREMAP_DONTUNMAP leaves behind is not joined by its copy. nullopt: nothing else is, either.
template <class D>
std::optional<Sides> sides_of_copy(const Step<D>& step, const Vma<D>& source, const Area<D>& copy) {
    const DontunmapApart rule = step.world.profile().policy.dontunmap_apart;
    Sides sides;
    if ((step.op.call_flags & mremap::dontunmap) == 0 || rule == DontunmapApart::no) return sides;
    sides.below = source.end != copy.start;
    sides.above = source.start != copy.end;
    const bool touches = !sides.below || !sides.above;
    if (touches && rule == DontunmapApart::alone && vma_is_anonymous(source) && !source.anon_vma) return std::nullopt;
    return sides;
}

// mremap that moved or duplicated a range of one VMA.
template <class D>
void check_copy(const Step<D>& step, MmId mm, Report& report) {
    const Op<D>& op = step.op;
    const bool to_address = (op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0;
    if (!to_address && step.outcome.value.page == op.addr.page) return;  // in place
    const Vma<D>* source = vma_before(step, mm, op.addr.page);
    const Number<D> old_len = page_align_is_zero(op.len) ? Number<D>(0) : op.len.round_up();
    if (source == nullptr || op.addr.page + old_len > source->end) return;  // in parts
    if ((op.call_flags & mremap::dontunmap) != 0 && (source->flags & vm::locked) != 0) return;
    const Number<D>& start = step.outcome.value.page;
    const Area<D> area{.start = start,
                       .end = start + op.new_len.round_up(),
                       .anon_vma = source->anon_vma,
                       .chain_of_one = has_anon_vma_chain_of_one(*source),
                       .copied = true};
    if (const auto sides = sides_of_copy(step, *source, area)) check_new_range(step, mm, area, *sides, report);
}

// ---------------------------------------------------------------------------------------------------- changed ranges

bool walks_vmas(OpKind kind) {
    switch (kind) {
        case OpKind::mprotect:
        case OpKind::madvise:
        case OpKind::mlock:
        case OpKind::munlock:
        case OpKind::mlockall:
        case OpKind::munlockall:
        case OpKind::mbind:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::uffd_close:
        case OpKind::anon_name: return true;
        default: return false;
    }
}

// The range that the page is in, if the step changed what the page's VMA is, and so asked.
template <class D>
std::optional<Area<D>> changed_area(const Step<D>& step, const Vma<D>& now, const Number<D>& page) {
    const World<D>& world = step.world;
    const Vma<D>* before = vma_before(step, now.mm, page);
    if (before == nullptr) return std::nullopt;
    const bool same = ((before->flags ^ now.flags) & ~vm::sticky) == 0 && before->uffd == now.uffd &&
                      before->anon_name == now.anon_name &&
                      policy_before(world, before->policy) == policy_after(world, now.policy);
    if (same) return std::nullopt;
    return Area<D>{before->start, before->end, before->anon_vma, has_anon_vma_chain_of_one(*before), false};
}

template <class D>
void check_changed(const Step<D>& step, const Boundary<D>& at, Report& report) {
    if (const auto area = changed_area<D>(step, at.above, at.above.start))
        check_below(step, at, *area, report);
    else if (const auto lower = changed_area<D>(step, at.below, at.below.end - 1))
        check_above(step, at, *lower, report);
}

template <class D>
bool has_changed(const Step<D>& step, VmaId id) {
    for (const TouchedVma<D>& each : step.vmas)
        if (each.is == id) return !each.only_linked;
    return false;
}

template <class D>
void check_walk(const Step<D>& step, MmId mm, Report& report) {
    each_changed_vma(step, [&](const Vma<D>*, const Vma<D>* vma) {
        if (vma == nullptr || vma->mm != mm) return;
        if (const Vma<D>* below = step.world.find(vma->prev); below != nullptr && below->end == vma->start)
            check_changed(step, Boundary<D>{*below, *vma}, report);
        const Vma<D>* above = step.world.find(vma->next);
        if (above == nullptr || above->start != vma->end || has_changed(step, vma->next)) return;  // comes by itself
        check_changed(step, Boundary<D>{*vma, *above}, report);
    });
}

// ---------------------------------------------------------------------------------------------------- refusals

// A VMA outside the ranges of the call, as long as before: only a merge can have changed its chain.
template <class D>
void check_refused(const Step<D>& step, MmId mm, Report& report) {
    if (step.outcome.events.kinds().has_any(merge_case_events) || !step.outcome.has(Event::merge_refused)) return;
    const Ranges<D> ranges = ranges_of(step, mm);
    each_touched_vma(step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before == nullptr || after == nullptr || before->start != after->start || before->end != after->end) return;
        const bool same = before->anon_vma == after->anon_vma && before->chain_newest == after->chain_newest &&
                          before->chain_oldest == after->chain_oldest && before->file == after->file &&
                          before->policy == after->policy;
        if (same) return;
        for (const PageRangeOf<D>& range : ranges)
            if (range.start < after->end && after->start < range.end) return;
        report.add(MissedMerge<D>::info, "{} changed chain, file or policy of {}, though it merged with nothing",
                   name(step.op.kind), describe(*after));
    });
}

}  // namespace

template <class D>
void MissedMerge<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = caller(step);
    if (!mm || step.world.find(mm) == nullptr || step.op.kind == OpKind::fork) return;
    check_refused(step, mm, report);
    if (allocation_failed(step)) return;
    if (walks_vmas(step.op.kind)) return check_walk(step, mm, report);
    if (!step.outcome.ok()) return;
    switch (step.op.kind) {
        case OpKind::mmap:
        case OpKind::shmat:
        case OpKind::remap_file_pages: return check_mapping(step, mm, report);
        case OpKind::brk: return check_heap(step, mm, report);
        case OpKind::mremap: return check_copy(step, mm, report);
        default: return;
    }
}

template struct MissedMerge<Plain>;
template struct MissedMerge<Traced>;

}  // namespace vmacheck
