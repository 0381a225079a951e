#include "checker/conform/layout_history.hpp"

#include "model/gap_tree.hpp"
#include "model/state/observe.hpp"
#include "model/state/world.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

void subtract(std::vector<PageRange>& ranges, PageRange gone) {
    std::vector<PageRange> left;
    for (const PageRange& each : ranges) {
        if (each.start < std::min(each.end, gone.start)) left.push_back({each.start, std::min(each.end, gone.start)});
        if (std::max(each.start, gone.end) < each.end) left.push_back({std::max(each.start, gone.end), each.end});
    }
    ranges = std::move(left);
}

bool changes_vmas(OpKind kind) {
    return kind == OpKind::mmap || kind == OpKind::mprotect || kind == OpKind::munmap || kind == OpKind::madvise ||
           kind == OpKind::mremap || kind == OpKind::mlock || kind == OpKind::munlock;
}

}  // namespace

void LayoutHistory::remember(const World<Plain>& world, const Op<Plain>& op) {
    const Outcome<Plain>& outcome = world.outcome();
    if (!outcome.ok()) return;
    OfProcess& history = processes_[op.process];
    if (op.kind == OpKind::fork) {
        const OfProcess copy = history;
        processes_[static_cast<std::uint8_t>(outcome.value.value())] = copy;
        return;
    }
    const MmId mm = world.process(op.process);
    if (!mm || !changes_vmas(op.kind)) return;
    const bool placed = op.kind == OpKind::mmap || op.kind == OpKind::mremap;
    const std::uint64_t start = placed ? outcome.value.page.value() : op.addr.page.value();
    const Bytes<Plain>& len = op.kind == OpKind::mremap ? op.new_len : op.len;
    const PageRange range{start, start + len.round_up().value()};
    if (placed || op.kind == OpKind::munmap) subtract(history.mapped_stack, range);
    if (op.kind == OpKind::mmap && (op.flags & map::stack) != 0) history.mapped_stack.push_back(range);
    int merged = 0;
    for (const EventRecord& each : outcome.events) merged = std::max(merged, merge_case(each.event));
    if (merged == 0) return;
    for (const std::uint64_t boundary : {range.start, range.end}) {
        const VmaId id = find_vma_intersection(world, mm, Number<Plain>(boundary), Number<Plain>(boundary + 1));
        if (id && world[id].start < boundary) history.joined[boundary] = merged;
    }
}

LayoutAtRead LayoutHistory::layout(const World<Plain>& world, const MapsRead& read) {
    LayoutAtRead layout;
    layout.read = read;
    AnonNumbers numbers;
    layout.vmas = observe_process(world, read.process, numbers).vmas;
    layout.joined = processes_[read.process].joined;
    layout.mapped_stack = processes_[read.process].mapped_stack;
    return layout;
}

}  // namespace vmacheck
