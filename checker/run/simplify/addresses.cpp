// Simplifications of the addresses and file offsets of all operations together: what lies between two boundaries that
// operations name shrinks, and what is above moves down with it.
#include "checker/run/simplify/addresses.hpp"

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

// Addresses this near to the top of the address space mean the top, and stay there.
bool near_top(const Trace& trace, std::uint64_t page) {
    return page + 4 >= trace.header.parameters.task_size;
}

// A move of all that lies at or above a boundary.
struct Move {
    std::uint64_t from = 0;  // pages, and so are the following
    std::uint64_t down = 0;  // at most `from`
    std::uint64_t up = 0;    // instead of down

    [[nodiscard]] std::uint64_t of(std::uint64_t page) const { return page < from ? page : page - down + up; }
};

// The places that operations name: starts and ends of ranges.
std::set<std::uint64_t> boundaries(const Trace& trace) {
    std::set<std::uint64_t> found;
    const auto add = [&](std::uint64_t page) {
        if (!near_top(trace, page)) found.insert(page);
    };
    for (const TraceStep& each : trace.steps) {
        const Op<Plain>& op = each.op;
        if (!op.addr.zero()) {
            add(op.addr.page.value());
            add(op.addr.page.value() + op.len.page.value());
            if (op.kind == OpKind::mremap) add(op.addr.page.value() + op.new_len.page.value());
        }
        if (op.meanwhile.nth != 0) add(op.meanwhile.addr / page_size);
        if (op.new_addr.zero()) continue;
        add(op.new_addr.page.value());
        add(op.new_addr.page.value() + op.new_len.page.value());
    }
    return found;
}

void move_op(const Trace& trace, const Move& move, Op<Plain>& op) {
    // The length of a range [start, start + len) after both its ends moved.
    const auto length = [&](const Bytes<Plain>& at, const Bytes<Plain>& len) {
        const std::uint64_t start = at.page.value();
        const std::uint64_t end = start + len.page.value();
        if (near_top(trace, end)) return len;
        return Bytes<Plain>{move.of(end) - move.of(start), len.offset};
    };
    const auto place = [&](Bytes<Plain>& at) {
        if (!at.zero() && !near_top(trace, at.page.value())) at.page = move.of(at.page.value());
    };
    const Op<Plain> old = op;
    if (!old.addr.zero() && !near_top(trace, old.addr.page.value())) op.len = length(old.addr, old.len);
    if (old.new_len.page == old.len.page)
        op.new_len = op.len;
    else if (old.kind == OpKind::mremap && !near_top(trace, old.addr.page.value()))
        op.new_len = length(old.new_addr.zero() ? old.addr : old.new_addr, old.new_len);
    place(op.addr);
    place(op.new_addr);
    Bytes<Plain> other = Bytes<Plain>::from(op.meanwhile.addr);
    place(other);
    op.meanwhile.addr = other.value();
}

void move_all(Trace& trace, const Move& move) {
    for (TraceStep& each : trace.steps) move_op(trace, move, each.op);
    Parameters& p = trace.header.parameters;
    if (p.start_brk_bytes != Parameters().start_brk_bytes && !near_top(trace, p.start_brk_bytes / page_size))
        p.start_brk_bytes = move.of(p.start_brk_bytes / page_size) * page_size + p.start_brk_bytes % page_size;
}

// File offsets of what is mapped above a boundary, so that neighbours in memory stay neighbours in the file.
void move_offsets(Trace& trace, const Move& move) {
    for (TraceStep& each : trace.steps) {
        Op<Plain>& op = each.op;
        if (op.file == 0 || op.addr.page < move.from || op.offset.page < move.down) continue;
        op.offset.page = op.offset.page - move.down;
    }
}

void close_gap(std::uint64_t from, std::uint64_t gap, std::vector<Edit>& edits) {
    for (const std::uint64_t down : parts_of(gap)) {
        const Move move{from, down};
        edits.emplace_back([move](Trace& trace) { move_all(trace, move); });
        edits.emplace_back([move](Trace& trace) {
            move_offsets(trace, move);
            move_all(trace, move);
        });
    }
}

void lower_offsets(const Trace& trace, std::vector<Edit>& edits) {
    std::set<std::uint64_t> offsets{0};
    for (const TraceStep& each : trace.steps)
        if (each.op.file != 0) offsets.insert(each.op.offset.page.value());
    for (auto at = std::next(offsets.begin()); at != offsets.end(); ++at) {
        const std::uint64_t gap = *at - *std::prev(at);
        for (const std::uint64_t down : parts_of(gap)) {
            const Move move{*at, down};
            edits.emplace_back([move](Trace& each) {
                for (TraceStep& step : each.steps)
                    if (step.op.file != 0) step.op.offset.page = move.of(step.op.offset.page.value());
            });
        }
    }
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        const std::uint64_t offset = trace.steps[i].op.offset.page.value();
        for (const std::uint64_t part : parts_of(offset))
            edits.emplace_back([i, lower = offset - part](Trace& each) {
                if (i < each.steps.size()) each.steps[i].op.offset.page = lower;
            });
    }
}

}  // namespace

void simplify_addresses(const Trace& trace, std::vector<Edit>& edits) {
    const std::set<std::uint64_t> places = boundaries(trace);
    if (!places.empty() && *places.begin() < base_page) {
        const Move move{0, 0, base_page - *places.begin()};
        edits.emplace_back([move](Trace& each) { move_all(each, move); });
    }
    std::uint64_t below = base_page;
    for (const std::uint64_t each : places) {
        if (each > below) close_gap(each, each - below, edits);
        below = std::max(below, each);
    }
    lower_offsets(trace, edits);
}

}  // namespace vmacheck
