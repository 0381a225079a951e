#include "checker/conform/lockstep.hpp"

#include "checker/conform/call_differences.hpp"
#include "checker/conform/layout_comparison.hpp"
#include "checker/conform/order_search.hpp"
#include "checker/conform/replay_state.hpp"
#include "model/gap_tree.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace vmacheck {
namespace {

std::string result_text(Errno error, std::optional<std::uint64_t> value) {
    if (error != Errno::ok) return std::string(name(error));
    return value ? fmt::format("{:#x}", *value) : "0";
}

// What the model did, for the text of a difference.
std::string modelled_text(const Outcome<Plain>& outcome, bool with_value) {
    std::string text = result_text(outcome.error, with_value ? std::optional(outcome.value.value()) : std::nullopt);
    for (const Violation& each : outcome.violations) text += " (" + each.property + ": " + each.text + ")";
    return text;
}

class LockstepReplay {
public:
    explicit LockstepReplay(const Import& import)
        : import_(import), state_(import.trace.header), order_(import, state_) {
        out_.trace.header = import.trace.header;
    }

    Lockstep run() {
        std::size_t read = 0;
        const std::size_t steps = import_.trace.steps.size();
        for (std::size_t i = 0; i <= steps; ++i) {
            for (; read < import_.maps_reads.size() && import_.maps_reads[read].step == i; ++read)
                out_.layouts.push_back(state_.layout(import_.maps_reads[read]));
            for (; seen_ < import_.layouts.size() && import_.layouts[seen_].step == i; ++seen_)
                compare(import_.layouts[seen_]);
            for (; found_ < import_.anonymous.size() && import_.anonymous[found_].step == i; ++found_)
                fault(import_.anonymous[found_]);
            if (i < steps && !order_.taken(i)) step(i);
        }
        out_.calls += order_.taken_count();
        out_.agreed += order_.taken_count();
        out_.equal_calls = out_.calls - std::min(out_.calls, differing_.size());
        out_.trace.steps = state_.take_steps();
        return std::move(out_);
    }

private:
    [[nodiscard]] const TraceStep& original(std::size_t i) const { return import_.trace.steps[i]; }

    void step(std::size_t i) {
        ++out_.calls;
        if (state_.try_step(original(i))) {
            ++out_.agreed;
            state_.accept(original(i), i);
            return;
        }
        differing_.insert(i);
        const SeenResult& seen = original(i).seen;
        const Errno error = state_.world().outcome().error;
        const std::uint64_t value = state_.world().outcome().value.value();
        const std::string modelled = modelled_text(state_.world().outcome(), seen.value.has_value());
        state_.undo();

        ExplainedDifference difference{import_.origins[i].begun,
                                       KnownDifference::unexplained,
                                       fmt::format("{}: model {}, kernel {}", name(original(i).op.kind), modelled,
                                                   result_text(seen.error.value_or(Errno::ok), seen.value)),
                                       {}};
        if (order_.finds(i)) {
            difference.cause = KnownDifference::unfinished_call_order;
        } else {
            difference.cause = cause(original(i), error, value);
            adopt(i, difference);
        }
        out_.differences.push_back(std::move(difference));
    }

    [[nodiscard]] KnownDifference cause(const TraceStep& step, Errno error, std::uint64_t value) const {
        const World<Plain>& world = state_.world();
        const bool kernel_ok = step.seen.error == Errno::ok && step.seen.value.has_value();
        if (!kernel_ok || error != Errno::ok) return KnownDifference::unexplained;
        KnownDifference found = KnownDifference::unexplained;
        if (thp_alignment_explains(world, step.op, *step.seen.value))
            found = KnownDifference::thp_alignment;
        else if (stack_growth_explains(world, step.op, value))
            found = KnownDifference::stack_growth_unknown;
        else if (brk_empty_shrink_explains(world, step.op, *step.seen.value))
            found = KnownDifference::brk_empty_shrink;
        // Whether a file's mappings are aligned is up to its file system, and part of no profile.
        const bool of_a_file = found == KnownDifference::thp_alignment && (step.op.flags & map::anonymous) == 0;
        return of_a_file || known_of(import_.trace.header.profile, found) ? found : KnownDifference::unexplained;
    }

    // ------------------------------------------------------------------------------------------ what a recorder saw
    // Notes what differs and did not before.
    void compare(const SeenLayout& seen) {
        const MapsRead now{seen.line, seen.step, seen.step, seen.process};
        const LayoutComparison comparison = compare_layout(import_, state_.layout(now), parse_maps(*seen.maps));
        ++out_.layouts_compared;
        if (comparison.differences.empty()) ++out_.layouts_equal;
        std::set<std::string> texts;
        for (const ExplainedDifference& each : comparison.differences) {
            texts.insert(each.text);
            if (open_[seen.process].count(each.text) != 0) continue;
            out_.layout_differences.push_back({seen.line, each.cause, each.text, each.detail});
            if (seen.step > 0) differing_.insert(seen.step - 1);
        }
        open_[seen.process] = std::move(texts);
    }

    // Faults the pages whose VMAs have no anon_vma yet. Where the model has no VMA, its stack may grow.
    void fault(const AnonymousPages& found) {
        std::uint64_t end = 0;  // of the VMA that was faulted last
        for (const std::uint64_t page : found.pages) {
            const World<Plain>& world = state_.world();
            const MmId mm = world.process(found.process);
            if (!mm) return;
            const VmaId id = find_vma_intersection(world, mm, Number<Plain>(page), Number<Plain>(page + 1));
            if (id && (world[id].anon_vma || (world[id].flags & vm::may_share) != 0)) continue;
            const bool neighbour = !found.ordered && id && world[id].start == end;
            end = id ? world[id].end.value() : 0;
            TraceStep step;
            step.op.kind = OpKind::fault;
            step.op.process = found.process;
            step.op.addr = Bytes<Plain>::pages(page);
            step.op.access = Access::write;
            step.seen.error = Errno::ok;
            step.note = "the recorder found memory here";
            if (state_.try_step(step)) {
                state_.accept(std::move(step), std::nullopt);
                ++out_.faults;
                out_.faults_unordered += neighbour ? 1 : 0;
            } else {
                state_.undo();
                ++out_.faults_refused;
            }
        }
    }

    // Brings the model to where the kernel was after step i.
    void adopt(std::size_t i, ExplainedDifference& difference) {
        TraceStep replaced = original(i);
        const bool remaps = replaced.op.kind == OpKind::mremap;
        const bool placed = (replaced.op.kind == OpKind::mmap || remaps) && replaced.seen.error == Errno::ok;
        if (!placed) return;  // a call that had no effect in the kernel
        const std::uint64_t wanted = (remaps ? replaced.op.new_addr : replaced.op.addr).value();
        (remaps ? replaced.op.new_addr : replaced.op.addr) = Bytes<Plain>::from(*replaced.seen.value);
        if (remaps)
            replaced.op.call_flags |= mremap::fixed | mremap::maymove;
        else
            replaced.op.flags |= map::fixed_noreplace;
        replaced.note =
            fmt::format("{}: the call asked for {} (line {} of the log)", info(difference.cause).name,
                        wanted == 0 ? "any address" : fmt::format("{:#x}", wanted), import_.origins[i].begun);
        if (state_.try_step(replaced)) {
            state_.accept(std::move(replaced), i);
            return;
        }
        const Outcome<Plain>& refused = state_.world().outcome();
        const std::string refusal = result_text(refused.error, refused.value.value());
        state_.undo();
        difference.cause = KnownDifference::unexplained;
        difference.text += fmt::format("; and the model does not map there: {}", refusal);
    }

    const Import& import_;
    ReplayState state_;
    OrderSearch order_;
    Lockstep out_;
    std::size_t seen_ = 0;                                // the next of Import::layouts
    std::size_t found_ = 0;                               // the next of Import::anonymous
    std::set<std::size_t> differing_;                     // steps
    std::map<std::uint8_t, std::set<std::string>> open_;  // of each process: what differed when it was last seen
};

}  // namespace

Lockstep replay_in_lockstep(const Import& import) {
    return LockstepReplay(import).run();
}

}  // namespace vmacheck
