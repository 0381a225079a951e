#include "checker/minimise.hpp"

#include "checker/simplify.hpp"
#include "traces/reader.hpp"
#include "traces/writer.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// The trace as a reader of its text has it: arguments that an operation does not take have their defaults.
Trace as_read(const Trace& trace) {
    ReadResult read = read_trace(write_trace(trace));
    auto* again = std::get_if<Trace>(&read);
    return again != nullptr ? std::move(*again) : trace;
}

class Minimiser {
public:
    Minimiser(const Subject& subject, std::string property) : subject_(subject), property_(std::move(property)) {}

    // False: the trace does not break the property.
    bool start(Trace trace) {
        const SubjectRun run = subject_(trace);
        ++best_.runs;
        const Violation* violation = run.breaks(property_);
        if (violation == nullptr) return false;
        property_ = violation->property;
        take(std::move(trace), run, *violation);
        return true;
    }

    Minimised minimise() {
        bool changed = true;
        while (changed) {
            changed = remove_pieces();
            changed |= simplify();
        }
        return finish();
    }

private:
    void take(Trace&& trace, const SubjectRun& run, const Violation& violation) {
        best_.trace = std::move(trace);
        best_.trace.steps.resize(std::min(run.step, best_.trace.steps.size()));
        best_.violation = violation;
        best_.results = run.results;
        cost_ = cost(best_.trace);
    }

    bool accept(Trace&& candidate) {
        if (cost(candidate) >= cost_ || !can_be_written(candidate)) return false;
        const SubjectRun run = subject_(candidate);
        ++best_.runs;
        const Violation* violation = run.breaks(property_);
        if (violation == nullptr) return false;
        take(std::move(candidate), run, *violation);
        return true;
    }

    // Half of the operations at a time, then a quarter, down to one; from the last to the first, for the steps before a
    // piece need not be performed again.
    bool remove_pieces() {
        bool changed = false;
        for (std::size_t size = std::max<std::size_t>(best_.trace.steps.size() / 2, 1);; size /= 2) {
            for (std::size_t end = best_.trace.steps.size(); end > 0;) {
                const std::size_t begin = end > size ? end - size : 0;
                Trace candidate = best_.trace;
                candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                                      candidate.steps.begin() + static_cast<std::ptrdiff_t>(end));
                changed |= accept(std::move(candidate));
                end = std::min(begin, best_.trace.steps.size());
            }
            if (size <= 1) return changed;
        }
    }

    bool simplify() {
        bool changed = false;
        std::vector<Edit> edits = simplifications(best_.trace, best_.results);
        for (std::size_t i = 0; i < edits.size();) {
            Trace candidate = best_.trace;
            edits[i](candidate);
            if (!accept(std::move(candidate))) {
                ++i;
                continue;
            }
            // What stands at this place of the new list may be the next that helps.
            changed = true;
            edits = simplifications(best_.trace, best_.results);
        }
        return changed;
    }

    // States what was seen.
    Minimised finish() {
        for (std::size_t i = 0; i < best_.trace.steps.size(); ++i)
            best_.trace.steps[i].seen = i < best_.results.size() ? best_.results[i] : SeenResult();
        best_.trace.header.expect.reset();
        if (property_ != internal_assertion_name) best_.trace.header.expect = Expectation{true, property_};
        best_.trace = as_read(best_.trace);
        return std::move(best_);
    }

    const Subject& subject_;
    std::string property_;
    Minimised best_;
    Cost cost_{};
};

}  // namespace

std::optional<Minimised> minimise(const Trace& trace, const Subject& subject, std::string property) {
    Minimiser minimiser(subject, std::move(property));
    if (!minimiser.start(as_read(trace))) return std::nullopt;
    return minimiser.minimise();
}

}  // namespace vmacheck
