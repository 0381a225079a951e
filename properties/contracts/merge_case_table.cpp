#include "properties/contracts/merge_case_table.hpp"

#include <array>

namespace vmacheck {
namespace {

// What a row of the table expects; index 0 is unused.
struct Row {
    int gone;                // VMAs that disappear
    bool start_moves;        // of the survivor: downwards, otherwise its end moves upwards
    bool neighbour_shrinks;  // a VMA next to the survivor gives up what the survivor gains
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
Geometry<D> geometry_of(const Step<D>& step, std::uint32_t survivor) {
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

// "" or a defect: what is, and what the case expects. Page offsets and addresses are as elsewhere in findings.
template <class N>
std::string address_defect(const char* what, const N& is, const N& expected) {
    if (is == expected) return {};
    return fmt::format("{} is {:#x}, expected {:#x}", what, address(is), address(expected));
}

template <class N>
std::string pgoff_defect(const char* what, const N& is, const N& expected) {
    if (is == expected) return {};
    return fmt::format("the page offset of {} is {:#x}, expected {:#x}", what, is.value(), expected.value());
}

std::string file_defect(const char* what, FileId is, FileId expected) {
    if (is == expected) return {};
    const auto text = [](FileId file) { return file ? describe(file) : std::string("no file"); };
    return fmt::format("{} maps {}, expected {}", what, text(is), text(expected));
}

std::string flags_defect(const char* what, VmFlags is, VmFlags expected) {
    return fmt::format("the flags of {} are \"{}\", expected \"{}\"", what, long_flags(is), long_flags(expected));
}

// The survivor: one end moves outwards, the other stays, and so does the offset of every page.
template <class D>
std::string survivor_defect(const Step<D>& step, const Geometry<D>& g, const Row& row) {
    const Vma<D>& before = *g.survivor_before;
    const Vma<D>& after = *g.survivor_after;
    // A walk may have given the survivor its new flags just before it merged the next VMA into it.
    const bool all = operation(step.op.kind).range == OwnRange::everything;
    const PageRangeOf<D> range = named_range(step.op);
    const bool walked = all || (before.start < range.end && range.start < before.end);
    if (!walked && ((before.flags ^ after.flags) & ~vm::sticky) != 0)
        return flags_defect("the survivor", after.flags, before.flags);
    if (std::string text = file_defect("the survivor", after.file, before.file); !text.empty()) return text;
    if (!row.start_moves) {
        if (std::string text = address_defect("the survivor's start", after.start, before.start); !text.empty())
            return text;
        if (std::string text = pgoff_defect("the survivor", after.pgoff, before.pgoff); !text.empty()) return text;
        if (after.end > before.end) return {};
        return fmt::format("the survivor's end is {:#x}, expected above {:#x}", address(after.end),
                           address(before.end));
    }
    if (std::string text = address_defect("the survivor's end", after.end, before.end); !text.empty()) return text;
    if (after.start >= before.start)
        return fmt::format("the survivor's start is {:#x}, expected below {:#x}", address(after.start),
                           address(before.start));
    const Number<D> gained = before.start - after.start;
    if (after.pgoff + gained == before.pgoff) return {};
    return fmt::format("the page offset of the survivor is {:#x}, expected {:#x}", after.pgoff.value(),
                       before.pgoff.value() - gained.value());
}

// What disappears: side by side with the survivor, up to its new end (or from its new start), with offsets that
// continue.
template <class D>
std::string gone_defect(const Geometry<D>& g, const Row& row) {
    const Vma<D>& before = *g.survivor_before;
    const Vma<D>& after = *g.survivor_after;
    if (row.gone == 0) return {};
    const Vma<D>& first = *g.gone[0];
    const Vma<D>& last = *g.gone[static_cast<std::size_t>(row.gone - 1)];
    if (row.start_moves) {
        if (first.start != after.start || first.end != before.start)
            return fmt::format("{} disappears, expected {}", describe(first), range_text(after.start, before.start));
    } else {
        if (last.end != after.end)
            return fmt::format("the survivor's end is {:#x}, expected {:#x}, the end of the last VMA that disappears",
                               address(after.end), address(last.end));
        if (row.fills_hole ? first.start <= before.end : first.start != before.end)
            return fmt::format("the first VMA that disappears starts at {:#x}, expected {}{:#x}", address(first.start),
                               row.fills_hole ? "above " : "", address(before.end));
        if (row.gone == 2 && first.end != last.start)
            return fmt::format("the second VMA that disappears starts at {:#x}, expected {:#x}", address(last.start),
                               address(first.end));
    }
    for (int i = 0; i < row.gone; ++i) {
        const Vma<D>& gone = *g.gone.at(static_cast<std::size_t>(i));
        if (std::string text = file_defect("a VMA that disappears", gone.file, after.file); !text.empty()) return text;
        const Number<D> expected = after.pgoff + (gone.start - after.start);
        if (std::string text = pgoff_defect("a VMA that disappears", gone.pgoff, expected); !text.empty()) return text;
    }
    return {};
}

// Cases 4 and 5: the boundary between two VMAs moves; the one that loses keeps its far end and its pages' offsets.
template <class D>
std::string shrunk_defect(const Geometry<D>& g, const Row& row) {
    if (!row.neighbour_shrinks)
        return g.shrunk_before == nullptr ? std::string()
                                          : fmt::format("{} is now {}, expected no change", describe(*g.shrunk_before),
                                                        range_text(g.shrunk_after->start, g.shrunk_after->end));
    if (g.shrunk_before == nullptr) return "no VMA next to the survivor shrinks, expected one";
    const Vma<D>& before = *g.shrunk_before;
    const Vma<D>& after = *g.shrunk_after;
    if (before.flags != after.flags) return flags_defect("the neighbour", after.flags, before.flags);
    const auto is = [&](const Number<D>& start, const Number<D>& end) {
        return fmt::format("the neighbour is {}, expected {}", range_text(after.start, after.end),
                           range_text(start, end));
    };
    if (row.start_moves) {
        const bool moved = before.end == g.survivor_before->start && after.end == g.survivor_after->start;
        const bool kept = before.start == after.start && before.pgoff == after.pgoff && after.start < after.end;
        if (moved && kept) return {};
        if (before.pgoff.value() != after.pgoff.value())
            return pgoff_defect("the neighbour", after.pgoff, before.pgoff);
        return is(before.start, g.survivor_after->start);
    }
    const bool moved = before.start == g.survivor_before->end && after.start == g.survivor_after->end;
    const bool kept = before.end == after.end && after.start < after.end;
    if (!moved || !kept) return is(g.survivor_after->end, before.end);
    return pgoff_defect("the neighbour", after.pgoff, before.pgoff + (after.start - before.start));
}

// mremap that moves nothing, so that what is merged is what it adds.
template <class D>
bool grown_in_place(const Step<D>& step) {
    const bool to_address = (step.op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0;
    return !to_address && step.outcome.value.page == step.op.addr.page;
}

// A, as far as the operation names it: what mmap and brk fill exactly, and the end of a walk's range that lies in a
// VMA.
template <class D>
std::string range_defect(const Step<D>& step, const Geometry<D>& g, const Row& row) {
    const Op<D>& op = step.op;
    PageRangeOf<D> range = named_range(op);
    if (op.kind == OpKind::mmap) range = {step.outcome.value.page, step.outcome.value.page + op.len.round_up()};
    if (op.kind == OpKind::mremap) range = {step.outcome.value.page, step.outcome.value.page + op.new_len.round_up()};
    if (op.kind == OpKind::mremap && grown_in_place(step)) range.start = op.addr.page + op.len.round_up();
    if (op.kind == OpKind::brk) range = {step.world.before(g.survivor_after->mm)->brk.round_up(), op.addr.round_up()};
    const Vma<D>& before = *g.survivor_before;
    const Vma<D>& after = *g.survivor_after;
    if (row.neighbour_shrinks) {
        std::string text = row.start_moves ? address_defect("the boundary", after.start, range.start)
                                           : address_defect("the boundary", after.end, range.end);
        if (!text.empty()) return text;
    }
    if (!row.fills_hole) return {};
    const Number<D>& low = row.start_moves ? after.start : before.end;
    const Number<D>& high = row.start_moves ? before.start : row.gone == 1 ? g.gone[0]->start : after.end;
    if (low == range.start && high == range.end) return {};
    return fmt::format("the survivor grows by {}, expected {}", range_text(low, high),
                       range_text(range.start, range.end));
}

// Whether the old range lay in several VMAs, or had a hole, so that parts were moved one by one, or not all.
template <class D>
bool moved_in_parts(const Step<D>& step) {
    if (step.op.kind != OpKind::mremap || step.world.profile().policy.mremap_order != MremapOrder::checks_first)
        return false;
    const PageRangeOf<D> source{step.op.addr.page, step.op.addr.page + step.op.len.round_up()};
    bool whole = false;
    each_changed_vma(step, [&](const Vma<D>* before, const Vma<D>*) {
        whole |= before != nullptr && before->start <= source.start && source.end <= before->end;
    });
    return !whole || !step.outcome.ok();
}

template <class D>
std::string defect(const Step<D>& step, const Geometry<D>& g, const Row& row) {
    if (g.survivor_before == nullptr || g.survivor_after == nullptr)
        return "the survivor disappears, expected it to stay";
    if (g.others != 0)
        return fmt::format("{} VMAs that have no part in the case change their range, expected 0", g.others);
    if (g.gone_count != row.gone) return fmt::format("{} VMAs disappear, expected {}", g.gone_count, row.gone);
    if (std::string text = survivor_defect(step, g, row); !text.empty()) return text;
    if (std::string text = gone_defect(g, row); !text.empty()) return text;
    if (std::string text = shrunk_defect(g, row); !text.empty()) return text;
    if (std::string text = range_defect(step, g, row); !text.empty()) return text;
    const MmId mm = g.survivor_after->mm;
    const Mm<D>* before = step.world.before(mm);
    const Mm<D>* after = step.world.find(mm);
    if (before == nullptr || after == nullptr) return "the address space disappears, expected it to stay";
    if (after->map_count + static_cast<std::uint32_t>(row.gone) == before->map_count) return {};
    return fmt::format("map_count is {}, expected {}", after->map_count,
                       before->map_count - static_cast<std::uint32_t>(row.gone));
}

}  // namespace

template <class D>
void MergeCaseTable<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty() || !step.outcome.events.kinds().has_any(merge_case_events)) return;
    std::uint32_t survivor = 0;
    const int which = only_merge(step.outcome, survivor);
    if (which == 0 || moved_in_parts(step)) return;
    const Geometry<D> seen = geometry_of(step, survivor);
    if (const std::string text = defect(step, seen, rows.at(static_cast<std::size_t>(which))); !text.empty())
        report.add(info, "case {}: {}{}", which, text,
                   seen.survivor_after != nullptr ? fmt::format(" ({})", describe(*seen.survivor_after)) : "");
}

template struct MergeCaseTable<Plain>;
template struct MergeCaseTable<Traced>;

}  // namespace vmacheck
