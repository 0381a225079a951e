// Simplifications of who does what: fewer processes, and fewer operations for the same effect.
#include "checker/run/simplify/processes.hpp"

#include <algorithm>
#include <memory>

namespace vmacheck {
namespace {

constexpr std::size_t most_for_pairs = 16;  // operations, up to which each is tried together with each other

using Serial = std::uint32_t;  // of a process, in the order of their births; 0 to 15 are those of the start
constexpr Serial no_process = ~Serial{0};

// Who calls each operation, whom it makes, and whose memory it is about. A slot is taken again after an exit; these
// numbers are not.
struct Family {
    std::vector<Serial> caller;
    std::vector<Serial> child;
    std::vector<Serial> target;

    Family(const Trace& trace, const std::vector<SeenResult>& results) {
        std::array<Serial, max_processes> in_slot{};
        for (Serial slot = 0; slot < max_processes; ++slot) in_slot[slot] = slot;
        Serial next = max_processes;
        for (std::size_t i = 0; i < trace.steps.size(); ++i) {
            const Op<Plain>& op = trace.steps[i].op;
            caller.push_back(op.process < max_processes ? in_slot.at(op.process) : no_process);
            child.push_back(no_process);
            target.push_back(op.kind == OpKind::remote_access ? in_slot.at(op.target) : no_process);
            if (op.kind != OpKind::fork || i >= results.size() || !results[i].value) continue;
            child.back() = next++;
            if (*results[i].value < max_processes) in_slot.at(*results[i].value) = child.back();
        }
    }
};

// Takes the operations that are kept, with their callers, and gives each process the slot that it would have: a child
// the lowest that is free. Operations of processes that are not there any more are left out.
class Renumbering {
public:
    explicit Renumbering(const Trace& trace) : trace_(trace) {
        slots_.fill(no_process);
        if (trace.header.layout.empty()) slots_[0] = 0;
        for (const ProcessSpec& each : trace.header.layout)
            if (each.slot < max_processes) slots_.at(each.slot) = each.slot;
    }

    void keep(std::size_t at, Serial caller, Serial child, Serial target) {
        const auto slot = std::find(slots_.begin(), slots_.end(), caller);
        if (slot == slots_.end()) return;
        TraceStep step = trace_.steps[at];
        const bool same_task = step.op.meanwhile.process == step.op.process;
        step.op.process = static_cast<std::uint8_t>(slot - slots_.begin());
        if (same_task) step.op.meanwhile.process = step.op.process;
        if (target != no_process) {
            const auto there = std::find(slots_.begin(), slots_.end(), target);
            if (there == slots_.end()) return;
            step.op.target = static_cast<std::uint8_t>(there - slots_.begin());
        }
        if (step.op.kind == OpKind::exit) *slot = no_process;
        if (child != no_process)
            if (const auto free = std::find(slots_.begin(), slots_.end(), no_process); free != slots_.end())
                *free = child;
        kept_.push_back(std::move(step));
    }
    [[nodiscard]] std::vector<TraceStep> steps() { return std::move(kept_); }

private:
    const Trace& trace_;
    std::array<Serial, max_processes> slots_{};
    std::vector<TraceStep> kept_;
};

// Without one operation. If it is a fork, its child's operations are made by `instead`, or left out with no_process.
void without(Trace& trace, const Family& family, std::size_t gone, Serial instead) {
    if (trace.steps.size() != family.caller.size()) return;  // edited since
    Renumbering renumbering(trace);
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        if (i == gone) continue;
        Serial caller = family.caller[i];
        if (family.child[gone] != no_process && caller == family.child[gone]) {
            if (trace.steps[i].op.kind == OpKind::exit) continue;
            caller = instead;
        }
        Serial target = family.target[i];
        if (family.child[gone] != no_process && target == family.child[gone]) {
            if (instead == no_process) continue;
            target = instead;
        }
        renumbering.keep(i, caller, family.child[i], target);
    }
    trace.steps = renumbering.steps();
}

// Without an mprotect: mmaps before it get its rights, and one of them is made in its place.
void without_mprotect(Trace& trace, std::size_t at, std::size_t moved) {
    if (at >= trace.steps.size() || moved >= at || trace.steps[at].op.kind != OpKind::mprotect) return;
    const Op<Plain> mprotect = trace.steps[at].op;
    for (std::size_t i = 0; i < at; ++i)
        if (Op<Plain>& op = trace.steps[i].op; op.kind == OpKind::mmap && op.process == mprotect.process)
            op.prot = mprotect.prot;
    std::rotate(trace.steps.begin() + static_cast<std::ptrdiff_t>(moved),
                trace.steps.begin() + static_cast<std::ptrdiff_t>(moved) + 1,
                trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Without an mmap: the others get its rights.
void without_mmap(Trace& trace, std::size_t at) {
    if (at >= trace.steps.size() || trace.steps[at].op.kind != OpKind::mmap) return;
    const Op<Plain> gone = trace.steps[at].op;
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
    for (TraceStep& each : trace.steps)
        if (each.op.kind == OpKind::mmap && each.op.process == gone.process) each.op.prot = gone.prot;
}

// Without an mprotect of one end of what an mmap before it maps: that end is not mapped, until a later mprotect of the
// same range, which becomes an mmap.
void unmapped_instead(Trace& trace, std::size_t at) {
    if (at >= trace.steps.size() || trace.steps[at].op.kind != OpKind::mprotect) return;
    const Op<Plain> cut = trace.steps[at].op;
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        Op<Plain>& op = trace.steps[i].op;
        if (op.process != cut.process) continue;
        if (op.kind == OpKind::mprotect && i > at && op.addr.page == cut.addr.page && op.len.page == cut.len.page) {
            op.kind = OpKind::mmap;
            op.flags = map::private_ | map::fixed | map::anonymous;
        }
        if (op.kind != OpKind::mmap || i > at || op.len.page <= cut.len.page) continue;
        if (op.addr.page + op.len.page == cut.addr.page + cut.len.page) op.len.page -= cut.len.page;
    }
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Without an mprotect of the end of what an mmap before it maps: a later mprotect of the same range becomes an mmap over
// it, and the mmap before reaches a page beyond it, so that the range has a neighbour on either side.
void mapped_over_instead(Trace& trace, std::size_t at, std::size_t later) {
    if (later >= trace.steps.size() || at >= later) return;
    const Op<Plain> cut = trace.steps[at].op;
    Op<Plain>& again = trace.steps[later].op;
    const auto same_range = [&cut](const Op<Plain>& op) {
        return op.kind == OpKind::mprotect && op.process == cut.process && op.addr.page == cut.addr.page &&
               op.len.page == cut.len.page;
    };
    if (!same_range(cut) || !same_range(again)) return;
    again.kind = OpKind::mmap;
    again.flags = map::private_ | map::fixed | map::anonymous;
    for (std::size_t i = 0; i < at; ++i) {
        Op<Plain>& op = trace.steps[i].op;
        if (op.kind == OpKind::mmap && op.process == cut.process &&
            op.addr.page + op.len.page == cut.addr.page + cut.len.page)
            op.len.page += 1;
    }
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Without an operation, and another one fails at an earlier allocation, since it has less to do.
void failing_earlier(Trace& trace, std::size_t at, std::size_t failing) {
    if (std::max(at, failing) >= trace.steps.size()) return;
    FailAlloc& fail = trace.steps[failing].op.fail_alloc;
    if (fail.nth < 2) return;
    --fail.nth;
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Without an operation, and another one fails its first allocation instead of being refused. Where it is a brk, the
// heap has a page more, so that a shrink cuts it in two.
void failing_instead(Trace& trace, std::size_t at, std::size_t failing) {
    if (std::max(at, failing) >= trace.steps.size()) return;
    Op<Plain>& op = trace.steps[failing].op;
    op.fail_alloc = {AllocKind::any, 1};
    if (op.kind == OpKind::brk)
        for (TraceStep& each : trace.steps)
            if (each.op.kind == OpKind::brk && each.op.process == op.process) each.op.addr.page = each.op.addr.page + 1;
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Whether refusal may lie in a VMA that cannot be cut in two.
bool may_cut_a_vma(OpKind kind) {
    return kind == OpKind::brk || kind == OpKind::munmap || kind == OpKind::mremap;
}

bool fixed_mmap(const Op<Plain>& op) {
    return op.kind == OpKind::mmap && (op.flags & map::fixed) != 0;
}

// Without an mmap: another one is made over its range, its own, and the gap between the two.
void join_mmaps(Trace& trace, std::size_t gone, std::size_t kept) {
    if (std::max(gone, kept) >= trace.steps.size() || gone == kept) return;
    const Op<Plain> other = trace.steps[gone].op;
    Op<Plain>& op = trace.steps[kept].op;
    if (!fixed_mmap(op) || !fixed_mmap(other) || op.process != other.process) return;
    const std::uint64_t start = std::min(op.addr.page.value(), other.addr.page.value());
    const std::uint64_t end = std::max((op.addr.page + op.len.round_up()).value(),  //
                                       (other.addr.page + other.len.round_up()).value());
    op.addr = Bytes<Plain>::pages(start);
    op.len = Bytes<Plain>::pages(end - start);
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(gone));
}

// Without an mremap: what operations before it did in the range it moves they do where it moves it to.
void without_mremap(Trace& trace, std::size_t at) {
    if (at >= trace.steps.size() || trace.steps[at].op.kind != OpKind::mremap) return;
    const Op<Plain> mremap = trace.steps[at].op;
    const std::uint64_t start = mremap.addr.page.value();
    const std::uint64_t end = start + mremap.len.page.value();
    const std::uint64_t to = mremap.new_addr.zero() ? start : mremap.new_addr.page.value();
    for (std::size_t i = 0; i < at; ++i) {
        Op<Plain>& op = trace.steps[i].op;
        const std::uint64_t page = op.addr.page.value();
        if (page < start || page >= end) continue;
        // A range that ends with the old one ends with the new one.
        if (page + op.len.page.value() == end && page - start < mremap.new_len.page.value())
            op.len.page = mremap.new_len.page - (page - start);
        op.addr.page = to + (page - start);
    }
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Without the access that grows a stack: the stack is mapped as large as it made it, and grows no more.
void grown_already(Trace& trace, std::size_t mapped, std::size_t at) {
    if (at >= trace.steps.size() || mapped >= at) return;
    const Op<Plain> access = trace.steps[at].op;
    Op<Plain>& op = trace.steps[mapped].op;
    if (!fixed_mmap(op) || access.process != op.process || access.addr.page >= op.addr.page) return;
    op.len = Bytes<Plain>::pages(op.addr.page + op.len.round_up() - access.addr.page);
    op.addr = Bytes<Plain>::pages(access.addr.page);
    op.flags &= ~map::growsdown;
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

bool is_write(const Op<Plain>& op) {
    return (op.kind == OpKind::fault || op.kind == OpKind::remote_access) && op.access == Access::write;
}

// Without a write access: the mmap of its page faults it in.
void populated_instead(Trace& trace, std::size_t at, std::size_t mapped) {
    if (std::max(at, mapped) >= trace.steps.size()) return;
    const Op<Plain> access = trace.steps[at].op;
    Op<Plain>& op = trace.steps[mapped].op;
    const std::uint8_t accessed = access.kind == OpKind::remote_access ? access.target : access.process;
    if (op.kind != OpKind::mmap || !is_write(access) || accessed != op.process) return;
    op.flags |= map::populate;
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// Without an mlockall: what it locks is mapped as locked.
void mapped_locked_instead(Trace& trace, std::size_t at) {
    if (at >= trace.steps.size() || trace.steps[at].op.kind != OpKind::mlockall) return;
    const Op<Plain> lock = trace.steps[at].op;
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        Op<Plain>& op = trace.steps[i].op;
        const std::uint32_t which = i < at ? mcl::current : mcl::future;
        if (op.kind == OpKind::mmap && op.process == lock.process && (lock.call_flags & which) != 0)
            op.flags |= map::locked;
    }
    trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
}

// An mlock or mlockall that counts only for the page it faults in: an access does that, and nothing is unlocked later.
void accessed_instead(Trace& trace, std::size_t at, std::uint64_t page) {
    if (at >= trace.steps.size()) return;
    const std::uint8_t process = trace.steps[at].op.process;
    Op<Plain> access;
    access.kind = OpKind::fault;
    access.process = process;
    access.addr = Bytes<Plain>::pages(page);
    access.access = Access::write;
    trace.steps[at].op = access;
    std::erase_if(trace.steps, [process](const TraceStep& step) {
        return step.op.process == process && (step.op.kind == OpKind::munlock || step.op.kind == OpKind::munlockall);
    });
}

}  // namespace

void simplify_processes(const Trace& trace, const std::vector<SeenResult>& results, std::vector<Edit>& edits) {
    const auto family = std::make_shared<const Family>(trace, results);
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        const OpKind kind = trace.steps[i].op.kind;
        if (kind == OpKind::fork && family->child[i] != no_process)
            for (const Serial instead : {family->caller[i], no_process})
                edits.emplace_back([family, i, instead](Trace& each) { without(each, *family, i, instead); });
        if (kind == OpKind::exit)
            edits.emplace_back([family, i](Trace& each) { without(each, *family, i, no_process); });
    }
    for (std::size_t i = 0; i < trace.steps.size(); ++i)
        for (std::uint8_t lower = 0; lower < trace.steps[i].op.process; ++lower)
            edits.emplace_back([i, lower](Trace& each) {
                if (i < each.steps.size()) each.steps[i].op.process = lower;
            });
    for (std::size_t i = 0; i < trace.steps.size(); ++i)
        for (std::uint8_t lower = 0; lower < trace.steps[i].op.target; ++lower)
            edits.emplace_back([i, lower](Trace& each) {
                if (i < each.steps.size()) each.steps[i].op.target = lower;
            });
}

void simplify_order(const Trace& trace, std::vector<Edit>& edits) {
    for (std::size_t at = 0; at < trace.steps.size(); ++at) {
        const OpKind kind = trace.steps[at].op.kind;
        if (kind == OpKind::mmap) edits.emplace_back([at](Trace& each) { without_mmap(each, at); });
        if (kind == OpKind::mlockall) edits.emplace_back([at](Trace& each) { mapped_locked_instead(each, at); });
        if (kind == OpKind::mremap) edits.emplace_back([at](Trace& each) { without_mremap(each, at); });
        if (is_write(trace.steps[at].op))
            for (std::size_t mapped = 0; mapped < at && trace.steps.size() <= most_for_pairs; ++mapped)
                if (trace.steps[mapped].op.kind == OpKind::mmap)
                    edits.emplace_back([at, mapped](Trace& each) { populated_instead(each, at, mapped); });
        if (trace.steps[at].op.fail_alloc.nth > 1)
            for (std::size_t gone = 0; gone < at; ++gone)
                edits.emplace_back([at, gone](Trace& each) { failing_earlier(each, gone, at); });
        if (trace.steps.size() <= most_for_pairs)
            for (std::size_t other = 0; other < trace.steps.size(); ++other) {
                if (other < at && may_cut_a_vma(kind))
                    edits.emplace_back([at, other](Trace& each) { failing_instead(each, other, at); });
                if (other != at && fixed_mmap(trace.steps[at].op) && fixed_mmap(trace.steps[other].op))
                    edits.emplace_back([at, other](Trace& each) { join_mmaps(each, at, other); });
            }
        for (std::size_t mapped = 0; mapped < at; ++mapped) {
            const Op<Plain>& op = trace.steps[mapped].op;
            if (!fixed_mmap(op)) continue;
            const std::uint64_t page = op.addr.page.value();
            if (kind == OpKind::fault && (op.flags & map::growsdown) != 0)
                edits.emplace_back([at, mapped](Trace& each) { grown_already(each, mapped, at); });
            if (kind == OpKind::mlock || kind == OpKind::mlockall)
                edits.emplace_back([at, page](Trace& each) { accessed_instead(each, at, page); });
        }
        if (kind != OpKind::mprotect) continue;
        edits.emplace_back([at](Trace& each) { unmapped_instead(each, at); });
        for (std::size_t later = at + 1; later < trace.steps.size() && trace.steps.size() <= most_for_pairs; ++later)
            if (trace.steps[later].op.kind == OpKind::mprotect)
                edits.emplace_back([at, later](Trace& each) { mapped_over_instead(each, at, later); });
        for (std::size_t moved = 0; moved < at; ++moved)
            if (trace.steps[moved].op.kind == OpKind::mmap)
                edits.emplace_back([at, moved](Trace& each) { without_mprotect(each, at, moved); });
    }
}

}  // namespace vmacheck
