// Replays a recording against the model, step by step, and goes on from what the kernel did.
#include "checker/follow.hpp"

#include "model/gap_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace vmacheck {
namespace {

bool agrees(const Outcome<Plain>& outcome, const SeenResult& seen) {
    if (!outcome.violations.empty()) return false;
    if (seen.error && outcome.error != *seen.error) return false;
    return !seen.value || !outcome.ok() || outcome.value.value() == *seen.value;
}

std::string text_of(Errno error, std::optional<std::uint64_t> value) {
    if (error != Errno::ok) return std::string(name(error));
    return value ? fmt::format("{:#x}", *value) : "0";
}

class Follower {
public:
    explicit Follower(const Import& import)
        : import_(import),
          header_(import.trace.header),
          world_(header_.parameters, profile(header_), faults(header_)),
          done_(import.trace.steps.size(), false) {
        StateSpec start{header_.layout, header_.anon_vmas, header_.shared_objects};
        if (const auto wrong = build_world(world_, start)) throw std::runtime_error("the starting layout: " + *wrong);
        world_.keep_history(true);
        out_.trace.header = header_;
    }

    Followed run() {
        std::size_t read = 0;
        const std::size_t steps = import_.trace.steps.size();
        for (std::size_t i = 0; i <= steps; ++i) {
            for (; read < import_.maps_reads.size() && import_.maps_reads[read].step == i; ++read)
                snapshot(import_.maps_reads[read]);
            if (i < steps && !done_[i]) step(i);
        }
        for (Applied& each : applied_) out_.trace.steps.push_back(std::move(each.step));
        return std::move(out_);
    }

private:
    // A step that stands: its change of the World is the top of the history.
    struct Applied {
        TraceStep step;
        std::optional<std::size_t> index;  // in the import; none: added to follow the kernel
    };

    static const Profile& profile(const TraceHeader& header) {
        const Profile* profile = profile_named(header.profile);
        if (profile == nullptr) throw std::runtime_error("no profile " + header.profile);
        return *profile;
    }
    static FaultSet faults(const TraceHeader& header) {
        FaultSet set;
        if (header.shipped) set.add(profile(header).shipped);
        for (const std::string& each : header.faults) {
            const auto fault = fault_named(each);
            if (!fault) throw std::runtime_error("no fault " + each);
            set.add(*fault);
        }
        return set;
    }

    const TraceStep& original(std::size_t i) const { return import_.trace.steps[i]; }

    bool try_step(const TraceStep& step) { return agrees(world_.apply(step.op), step.seen); }

    void keep(TraceStep step, std::optional<std::size_t> index) {
        remember(step.op);
        applied_.push_back({std::move(step), index});
    }

    void step(std::size_t i) {
        ++out_.calls;
        if (try_step(original(i))) {
            ++out_.agreed;
            keep(original(i), i);
            return;
        }
        const Errno error = world_.outcome().error;
        const std::uint64_t value = world_.outcome().value.value();
        std::string modelled = text_of(error, original(i).seen.value ? std::optional(value) : std::nullopt);
        for (const Violation& each : world_.outcome().violations)
            modelled += " (" + each.property + ": " + each.text + ")";
        world_.undo();

        const SeenResult& seen = original(i).seen;
        NamedDifference difference{import_.origins[i].begun, Cause::unexplained,
                                   fmt::format("{}: model {}, kernel {}", name(original(i).op.kind), modelled,
                                               text_of(seen.error.value_or(Errno::ok), seen.value))};
        if (other_order(i)) {
            difference.cause = Cause::unfinished_call_order;
        } else {
            difference.cause = cause(original(i), error, value);
            go_on(i, difference);
        }
        out_.differences.push_back(std::move(difference));
    }

    [[nodiscard]] Cause cause(const TraceStep& step, Errno error, std::uint64_t value) const {
        const bool kernel_ok = step.seen.error == Errno::ok && step.seen.value.has_value();
        if (!kernel_ok || error != Errno::ok) return Cause::unexplained;
        if (thp_alignment_explains(world_, step.op, *step.seen.value)) return Cause::thp_alignment;
        if (stack_growth_explains(world_, step.op, value)) return Cause::stack_growth_unknown;
        if (brk_empty_shrink_explains(world_, step.op, *step.seen.value)) return Cause::brk_empty_shrink;
        return Cause::unexplained;
    }

    // Brings the model to where the kernel was after step i.
    void go_on(std::size_t i, NamedDifference& difference) {
        TraceStep replaced = original(i);
        const bool remaps = replaced.op.kind == OpKind::mremap;
        const bool placed = (replaced.op.kind == OpKind::mmap || remaps) && replaced.seen.error == Errno::ok;
        if (!placed) return;  // a call that had no effect in the kernel
        const std::uint64_t asked = (remaps ? replaced.op.new_addr : replaced.op.addr).value();
        (remaps ? replaced.op.new_addr : replaced.op.addr) = Bytes<Plain>::from(*replaced.seen.value);
        if (remaps)
            replaced.op.call_flags |= mremap::fixed | mremap::maymove;
        else
            replaced.op.flags |= map::fixed_noreplace;
        replaced.note = fmt::format("{}: the call asked for {} (line {} of the log)", info(difference.cause).name,
                                    asked == 0 ? "any address" : fmt::format("{:#x}", asked), import_.origins[i].begun);
        if (try_step(replaced)) return keep(std::move(replaced), i);
        const std::string refusal = text_of(world_.outcome().error, world_.outcome().value.value());
        world_.undo();
        difference.cause = Cause::unexplained;
        difference.text += fmt::format("; and the model does not map there: {}", refusal);
    }

    // ------------------------------------------------------------------------------------------ order of overlapping
    // calls Whether step i agrees in another order that the log allows. The order then stands.
    bool other_order(std::size_t i) { return after_a_later(i) || before_the_last(i); }

    // A call that began before this one ended, and ended after it, may have come first.
    bool after_a_later(std::size_t i) {
        for (std::size_t j = i + 1; j < original_count(); ++j) {
            if (import_.origins[j].ended <= import_.origins[i].ended) continue;
            if (import_.origins[j].begun >= import_.origins[i].ended || done_[j]) continue;
            if (!try_step(original(j))) {
                world_.undo();
                continue;
            }
            if (world_.apply(original(i).op), agrees(world_.outcome(), original(i).seen)) {
                world_.undo();
                keep_reordered(j);
                try_step(original(i));
                keep_reordered(i);
                done_[j] = true;
                ++out_.calls;
                ++out_.agreed;
                return true;
            }
            world_.undo();
            world_.undo();
        }
        return false;
    }

    // This call may have come before those that stand already, as far back as they ended after it began.
    bool before_the_last(std::size_t i) {
        for (std::size_t back = 1; back <= applied_.size(); ++back) {
            const Applied& oldest = applied_[applied_.size() - back];
            if (!oldest.index || import_.origins[*oldest.index].ended < import_.origins[i].begun ||
                import_.origins[*oldest.index].thread == import_.origins[i].thread)
                return false;
            for (std::size_t n = 0; n < back; ++n) world_.undo();
            if (replays_with_first(i, back)) return true;
        }
        return false;
    }

    bool replays_with_first(std::size_t i, std::size_t back) {
        const std::size_t first = applied_.size() - back;
        bool all = try_step(original(i));
        std::size_t done = 1;
        for (std::size_t n = first; all && n < applied_.size(); ++n, ++done) all = try_step(applied_[n].step);
        if (all) {
            TraceStep moved = original(i);
            moved.note = order_note(i);
            applied_.insert(applied_.begin() + static_cast<std::ptrdiff_t>(first), {std::move(moved), i});
            return true;
        }
        for (; done > 0; --done) world_.undo();
        for (std::size_t n = first; n < applied_.size(); ++n) try_step(applied_[n].step);
        return false;
    }

    void keep_reordered(std::size_t i) {
        TraceStep step = original(i);
        step.note = order_note(i);
        keep(std::move(step), i);
    }
    std::string order_note(std::size_t i) const {
        return fmt::format("{}: lines {} to {} of the log", info(Cause::unfinished_call_order).name,
                           import_.origins[i].begun, import_.origins[i].ended);
    }
    [[nodiscard]] std::size_t original_count() const { return import_.trace.steps.size(); }

    // ------------------------------------------------------------------------------------------ for layouts
    struct History {  // of one process
        std::map<std::uint64_t, int> joined;
        std::vector<PageRange> mapped_stack;
    };

    // Notes what the step, which has just been applied, joined and mapped.
    void remember(const Op<Plain>& op) {
        if (!world_.outcome().ok()) return;
        History& history = histories_[op.process];
        if (op.kind == OpKind::fork) {
            const History copy = history;
            histories_[static_cast<std::uint8_t>(world_.outcome().value.value())] = copy;
            return;
        }
        const MmId mm = world_.process(op.process);
        const bool whole = op.kind == OpKind::mlockall || op.kind == OpKind::munlockall;
        if (!mm || whole || op.kind == OpKind::brk || op.kind == OpKind::fault || op.kind == OpKind::exit) return;
        const bool placed = op.kind == OpKind::mmap || op.kind == OpKind::mremap;
        const std::uint64_t start = placed ? world_.outcome().value.page.value() : op.addr.page.value();
        const Bytes<Plain>& len = op.kind == OpKind::mremap ? op.new_len : op.len;
        const PageRange range{start, start + len.round_up().value()};
        if (op.kind == OpKind::mmap || op.kind == OpKind::munmap || op.kind == OpKind::mremap)
            take_away(history.mapped_stack, range);
        if (op.kind == OpKind::mmap && (op.flags & map::stack) != 0) history.mapped_stack.push_back(range);
        int merged = 0;
        for (const EventRecord& each : world_.outcome().events) merged = std::max(merged, merge_case(each.event));
        if (merged == 0) return;
        for (const std::uint64_t boundary : {range.start, range.end}) {
            const VmaId id = find_vma_intersection(world_, mm, Number<Plain>(boundary), Number<Plain>(boundary + 1));
            if (id && world_[id].start < boundary) history.joined[boundary] = merged;
        }
    }

    static void take_away(std::vector<PageRange>& ranges, PageRange gone) {
        std::vector<PageRange> left;
        for (const PageRange& each : ranges) {
            if (each.start < std::min(each.end, gone.start))
                left.push_back({each.start, std::min(each.end, gone.start)});
            if (std::max(each.start, gone.end) < each.end) left.push_back({std::max(each.start, gone.end), each.end});
        }
        ranges = std::move(left);
    }

    void snapshot(const MapsRead& read) {
        FollowedLayout layout;
        layout.read = read;
        if (const MmId mm = world_.process(read.process)) {
            world_.each_vma(mm, [&](VmaId, const Vma<Plain>& vma) {
                layout.vmas.push_back({vma.start.value(), vma.end.value(), vma.flags, vma.pgoff.value(),
                                       vma.file ? world_[vma.file].spec : std::uint16_t{0}, vma.ops == VmOps::special});
            });
        }
        layout.joined = histories_[read.process].joined;
        layout.mapped_stack = histories_[read.process].mapped_stack;
        out_.layouts.push_back(std::move(layout));
    }

    const Import& import_;
    const TraceHeader& header_;
    World<Plain> world_;
    std::vector<bool> done_;        // steps of the import that were taken out of turn
    std::vector<Applied> applied_;  // as many as the World can undo
    std::map<std::uint8_t, History> histories_;
    Followed out_;
};

}  // namespace

Followed follow(const Import& import) {
    return Follower(import).run();
}

}  // namespace vmacheck
