#include "checker/run/minimise.hpp"

#include "checker/run/simplify/arguments.hpp"
#include "checker/run/simplify/simplify.hpp"
#include "model/op/op_table.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::size_t most_in_a_row = 32;

// Longer than a case of any engine: such a trace was recorded or written. Trying each of its operations alone would take
// as many runs of all of it.
constexpr std::size_t long_trace = 2000;   // operations
constexpr std::size_t fewest_pieces = 64;  // that it is cut into before

// The operation as a trace states it, so that equal calls are equal operations: a field that is no argument has its
// default, and byte counts have 64 bits.
void normalise(Op<Plain>& op) {
    const Operation& row = operation(op.kind);
    const Op<Plain> defaults;
    each_field([&](OpField field) {
        const Argument* argument = row.find(field);
        if (argument != nullptr && argument->type == ArgumentType::page_offset)
            op.offset.offset = 0;
        else
            set_value(op, field, value_of(argument != nullptr ? op : defaults, field));
    });
    if (op.fail_alloc.nth == 0) op.fail_alloc = {};
    if (op.meanwhile.nth == 0) op.meanwhile = {};
    if (op.meanwhile.kind != OpKind::fault) op.meanwhile.access = Meanwhile().access;
}

// The trace as a reader of its text has it: the header is its first line.
Trace normalised(Trace trace) {
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        normalise(trace.steps[i].op);
        trace.steps[i].line = i + 2;
    }
    return trace;
}

// Where removing operations begins. What is left at the end can differ.
enum class Order { last_first, first_first };

class Minimiser {
public:
    Minimiser(const TraceRunner& runner, std::string property, Order order)
        : runner_(runner), property_(std::move(property)), order_(order) {}

    // False: the trace does not break the property.
    bool start(Trace trace) {
        const RunResult run = runner_(trace);
        ++runs_;
        const Violation* violation = run.find(property_);
        if (violation == nullptr) return false;
        property_ = violation->property;
        take(std::move(trace), run, *violation);
        return true;
    }

    [[nodiscard]] const Cost& cost_so_far() const { return cost_; }

    Minimised minimise() {
        while (best_.steps.size() > long_trace && shorten()) continue;
        bool changed = true;
        while (changed) {
            changed = remove_pieces();
            changed |= simplify();
        }
        return finish();
    }

private:
    void take(Trace&& trace, const RunResult& run, const Violation& violation) {
        best_ = std::move(trace);
        best_.steps.resize(std::min(run.step, best_.steps.size()));
        violation_ = violation;
        results_ = run.results;
        cost_ = cost(best_);
    }

    bool accept(Trace&& candidate) {
        if (cost(candidate) >= cost_ || !can_be_written(candidate)) return false;
        const RunResult run = runner_(candidate);
        ++runs_;
        const Violation* violation = run.find(property_);
        if (violation == nullptr) return false;
        take(std::move(candidate), run, *violation);
        return true;
    }

    bool without(std::size_t begin, std::size_t end) {
        Trace candidate = best_;
        candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                              candidate.steps.begin() + static_cast<std::ptrdiff_t>(end));
        return accept(std::move(candidate));
    }

    // Removes what can be removed of a long trace in large pieces, at any price in addresses.
    bool shorten() {
        Trace placed = best_;
        all_placements(best_, results_)(placed);
        const bool changed = accept(std::move(placed));
        return remove_pieces(best_.steps.size() / fewest_pieces) || changed;
    }

    // Half of the operations at a time, then a quarter, down to `least`.
    bool remove_pieces(std::size_t least = 1) {
        bool changed = false;
        for (std::size_t size = std::max<std::size_t>(best_.steps.size() / 2, 1); size >= least; size /= 2)
            changed |= order_ == Order::last_first ? remove_from_last(size) : remove_from_first(size);
        return changed;
    }

    // The steps before a piece need not be performed again.
    bool remove_from_last(std::size_t size) {
        bool changed = false;
        for (std::size_t end = best_.steps.size(); end > 0;) {
            const std::size_t begin = end > size ? end - size : 0;
            changed |= without(begin, end);
            end = std::min(begin, best_.steps.size());
        }
        return changed;
    }

    bool remove_from_first(std::size_t size) {
        bool changed = false;
        for (std::size_t begin = 0; begin < best_.steps.size();) {
            if (without(begin, std::min(begin + size, best_.steps.size())))
                changed = true;
            else
                begin += size;
        }
        return changed;
    }

    bool simplify() {
        bool changed = false;
        std::vector<Edit> edits = simplifications(best_, results_);
        std::size_t in_a_row = 0;  // that helped, at one position
        for (std::size_t i = 0; i < edits.size();) {
            Trace candidate = best_;
            edits[i](candidate);
            if (!accept(std::move(candidate))) {
                ++i;
                in_a_row = 0;
                continue;
            }
            // The edit at this position of the new list may be the next that helps. One that takes two pages of 2^35 at a
            // time must let the later ones try.
            changed = true;
            edits = simplifications(best_, results_);
            if (++in_a_row < most_in_a_row) continue;
            in_a_row = 0;
            ++i;
        }
        return changed;
    }

    // States what was seen.
    Minimised finish() {
        for (std::size_t i = 0; i < best_.steps.size(); ++i)
            best_.steps[i].seen = i < results_.size() ? results_[i] : SeenResult();
        best_.header.expect.reset();
        if (property_ != internal_assertion_name) best_.header.expect = Expectation{true, property_};
        Minimised minimised;
        minimised.finding.trace = normalised(std::move(best_));
        minimised.finding.violations = {violation_};
        minimised.runs = runs_;
        return minimised;
    }

    const TraceRunner& runner_;
    std::string property_;
    const Order order_;
    Trace best_;  // the simplest so far
    Violation violation_;
    std::vector<SeenResult> results_;  // of its operations
    Cost cost_{};
    std::size_t runs_ = 0;
};

}  // namespace

std::optional<Minimised> minimise(const Trace& trace, const TraceRunner& runner, std::string property) {
    std::optional<Minimised> best;
    Cost lowest{};
    std::size_t runs = 0;
    for (const Order order : {Order::last_first, Order::first_first}) {
        Minimiser minimiser(runner, property, order);
        if (!minimiser.start(normalised(trace))) break;  // a runner may have had enough
        Minimised found = minimiser.minimise();
        runs += found.runs;
        if (best && minimiser.cost_so_far() >= lowest) continue;
        lowest = minimiser.cost_so_far();
        best = std::move(found);
    }
    if (best) best->runs = runs;
    return best;
}

}  // namespace vmacheck
