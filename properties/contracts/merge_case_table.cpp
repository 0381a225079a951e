#include "properties/contracts/merge_case_table.hpp"

#include <array>

namespace vmacheck {
namespace {

// What a row of the table says; index 0 is unused.
struct Row {
    int gone;                // VMAs that disappear
    bool start_moves;        // of the survivor: downwards, otherwise its end moves upwards
    bool neighbour_shrinks;  // a VMA next to the survivor gives up what the survivor wins
    bool fills_hole;         // the range was free before
};
constexpr std::array<Row, 9> rows{{{0, false, false, false},
                                   {1, false, false, true},
                                   {0, false, false, true},
                                   {0, true, false, true},
                                   {0, true, true, false},
                                   {0, false, true, false},
                                   {2, false, false, false},
                                   {1, false, false, false},
                                   {1, true, false, false}}};

// What happened to the ranges of VMAs in a step.
template <class D>
struct Geometry {
    const Vma<D>* survivor_before = nullptr;
    const Vma<D>* survivor_after = nullptr;
    const Vma<D>* shrunk_before = nullptr;
    const Vma<D>* shrunk_after = nullptr;
    std::array<const Vma<D>*, 2> gone{};  // in address order
    int gone_count = 0;
    int others = 0;  // made, or with another range, where the table has no place for them
};

// The one merge of the step: its case and survivor. Case 0: none, several, or cuts and unmappings as well.
template <class D>
int only_merge(const Outcome<D>& outcome, std::uint32_t& survivor) {
    int found = 0;
    for (const EventRecord& each : outcome.events) {
        if (changes_vma_count(each.event)) return 0;
        const int which = merge_case(each.event);
        if (which == 0) continue;
        if (found != 0) return 0;
        found = which;
        survivor = each.a;
    }
    return found;
}

template <class D>
Geometry<D> look(const Step<D>& step, std::uint32_t survivor) {
    Geometry<D> seen;
    for (const TouchedVma<D>& each : step.vmas) {
        const Vma<D>* before = each.before;
        const Vma<D>* after = each.was == each.is ? each.after : nullptr;
        if (each.is && each.was != each.is) ++seen.others;
        if (before == nullptr || (each.only_linked && each.was.raw() != survivor)) continue;
        if (each.was.raw() == survivor) {
            seen.survivor_before = before;
            seen.survivor_after = after;
        } else if (after == nullptr) {
            if (seen.gone_count < 2) seen.gone.at(static_cast<std::size_t>(seen.gone_count)) = before;
            ++seen.gone_count;
        } else if (before->start != after->start || before->end != after->end || before->pgoff != after->pgoff) {
            if (seen.shrunk_before != nullptr) ++seen.others;
            seen.shrunk_before = before;
            seen.shrunk_after = after;
        }
    }
    if (seen.gone_count == 2 && seen.gone[1]->start < seen.gone[0]->start) std::swap(seen.gone[0], seen.gone[1]);
    return seen;
}

// The survivor: one end moves outwards, the other stays, and so does the offset of every page.
template <class D>
const char* survivor_defect(const Step<D>& step, const Geometry<D>& g, const Row& row) {
    const Vma<D>& before = *g.survivor_before;
    const Vma<D>& after = *g.survivor_after;
    // A walk may have given the survivor its new flags just before it merged the next VMA into it.
    const bool all = operation(step.op.kind).range == OwnRange::everything;
    const PageRangeOf<D> range = named_range(step.op);
    const bool walked = all || (before.start < range.end && range.start < before.end);
    if (!walked && ((before.flags ^ after.flags) & ~vm::softdirty) != 0) return "the survivor's flags change";
    if (before.file != after.file) return "the survivor's file changes";
    if (!row.start_moves) {
        if (after.start != before.start || after.pgoff != before.pgoff) return "the survivor's start moves";
        return after.end > before.end ? nullptr : "the survivor does not grow upwards";
    }
    if (after.end != before.end) return "the survivor's end moves";
    if (after.start >= before.start) return "the survivor does not grow downwards";
    return after.pgoff + (before.start - after.start) == before.pgoff ? nullptr
                                                                      : "the survivor's pages change their offset";
}

// Who disappears: side by side with the survivor, up to its new end (or from its new start), with offsets that
// continue.
template <class D>
const char* gone_defect(const Geometry<D>& g, const Row& row) {
    const Vma<D>& before = *g.survivor_before;
    const Vma<D>& after = *g.survivor_after;
    if (row.gone == 0) return nullptr;
    const Vma<D>& first = *g.gone[0];
    const Vma<D>& last = *g.gone[static_cast<std::size_t>(row.gone - 1)];
    if (row.start_moves) {
        if (first.start != after.start || first.end != before.start)
            return "what disappears is not what the survivor takes over";
    } else {
        if (last.end != after.end) return "the survivor does not end where the last VMA it takes over did";
        if (row.fills_hole ? first.start <= before.end : first.start != before.end)
            return "what disappears does not follow the survivor as the case says";
        if (row.gone == 2 && first.end != last.start) return "there is a hole between the VMAs that disappear";
    }
    for (int i = 0; i < row.gone; ++i) {
        const Vma<D>& gone = *g.gone.at(static_cast<std::size_t>(i));
        if (gone.file != after.file) return "a VMA of another file disappears";
        if (gone.pgoff != after.pgoff + (gone.start - after.start))
            return "pages of a VMA that disappears change their offset";
    }
    return nullptr;
}

// Cases 4 and 5: the boundary between two VMAs moves; the one that loses keeps its far end and its pages' offsets.
template <class D>
const char* shrunk_defect(const Geometry<D>& g, const Row& row) {
    if (!row.neighbour_shrinks) return g.shrunk_before != nullptr ? "another VMA's range changes" : nullptr;
    if (g.shrunk_before == nullptr) return "no neighbour gives up what the survivor wins";
    const Vma<D>& before = *g.shrunk_before;
    const Vma<D>& after = *g.shrunk_after;
    if (before.flags != after.flags) return "the neighbour's flags change";
    if (row.start_moves) {
        const bool moved = before.end == g.survivor_before->start && after.end == g.survivor_after->start;
        const bool kept = before.start == after.start && before.pgoff == after.pgoff && after.start < after.end;
        return moved && kept ? nullptr : "the neighbour below does not end where the survivor begins";
    }
    const bool moved = before.start == g.survivor_before->end && after.start == g.survivor_after->end;
    const bool kept = before.end == after.end && after.start < after.end;
    if (!moved || !kept) return "the neighbour above does not begin where the survivor ends";
    return after.pgoff == before.pgoff + (after.start - before.start) ? nullptr
                                                                      : "the neighbour's pages change their offset";
}

// A, as far as the operation names it: what mmap and brk fill exactly, and the end of a walk's range that lies in a
// VMA.
template <class D>
const char* range_defect(const Step<D>& step, const Geometry<D>& g, const Row& row) {
    const Op<D>& op = step.op;
    PageRangeOf<D> range = named_range(op);
    if (op.kind == OpKind::mmap) range = {step.outcome.value.page, step.outcome.value.page + op.len.round_up()};
    if (op.kind == OpKind::mremap) range = {step.outcome.value.page, step.outcome.value.page + op.new_len.round_up()};
    if (op.kind == OpKind::brk) range = {step.world.before(g.survivor_after->mm)->brk.round_up(), op.addr.round_up()};
    const Vma<D>& before = *g.survivor_before;
    const Vma<D>& after = *g.survivor_after;
    if (row.neighbour_shrinks && (row.start_moves ? after.start != range.start : after.end != range.end))
        return "the boundary does not move to the end of the range";
    if (!row.fills_hole) return nullptr;
    const Number<D>& low = row.start_moves ? after.start : before.end;
    const Number<D>& high = row.start_moves ? before.start : row.gone == 1 ? g.gone[0]->start : after.end;
    return low == range.start && high == range.end ? nullptr : "the survivor does not win just the range";
}

template <class D>
const char* defect(const Step<D>& step, const Geometry<D>& g, const Row& row) {
    if (g.survivor_before == nullptr || g.survivor_after == nullptr) return "the survivor does not survive";
    if (g.others != 0) return "the range of a VMA changes that has no part in it";
    if (g.gone_count != row.gone) return "another number of VMAs disappears";
    if (const char* text = survivor_defect(step, g, row)) return text;
    if (const char* text = gone_defect(g, row)) return text;
    if (const char* text = shrunk_defect(g, row)) return text;
    if (const char* text = range_defect(step, g, row)) return text;
    const MmId mm = g.survivor_after->mm;
    const Mm<D>* before = step.world.before(mm);
    const Mm<D>* after = step.world.find(mm);
    if (before == nullptr || after == nullptr) return "the address space disappears";
    const bool counted = after->map_count + static_cast<std::uint32_t>(row.gone) == before->map_count;
    return counted ? nullptr : "map_count does not change by what disappears";
}

}  // namespace

template <class D>
void MergeCaseTable<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    std::uint32_t survivor = 0;
    const int which = only_merge(step.outcome, survivor);
    if (which == 0) return;
    const Geometry<D> seen = look(step, survivor);
    if (const char* text = defect(step, seen, rows.at(static_cast<std::size_t>(which))))
        report.add(info, "case {}: {}{}", which, text,
                   seen.survivor_after != nullptr ? fmt::format(" ({})", describe(*seen.survivor_after)) : "");
}

template struct MergeCaseTable<Plain>;
template struct MergeCaseTable<Traced>;

}  // namespace vmacheck
