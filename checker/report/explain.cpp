#include "checker/report/explain.hpp"

#include "checker/report/picture.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

namespace vmacheck {
namespace {

// What each case does to the range A, the VMA below it P, the one at or above it N, and the one after that X.
std::string_view case_text(int which) {
    switch (which) {
        case 1: return "the range is a hole; P takes it and N too, N goes";
        case 2: return "the range is a hole; P grows up over it";
        case 3: return "the range is a hole; N grows down over it";
        case 4: return "the range is the tail of P; N takes it";
        case 5: return "the range is the head of N; P takes it";
        case 6: return "the range is all of N; P takes it and X, both go";
        case 7: return "the range is all of N; P takes it, N goes";
        case 8: return "the range is all of N; X takes it, N goes";
        default: return "";
    }
}

std::string events_line(const std::vector<EventRecord>& events) {
    std::string line;
    for (std::size_t i = 0; i < events.size();) {
        std::size_t same = i;
        while (same < events.size() && events[same].event == events[i].event) ++same;
        if (is_notable(events[i].event)) {
            if (!line.empty()) line += ", ";
            line += name(events[i].event);
            if (events[i].event == Event::alloc_failed)
                line += fmt::format(" ({})", name(static_cast<AllocSite>(events[i].a)));
            if (same - i > 1) line += fmt::format(" x{}", same - i);
        }
        i = same;
    }
    return line;
}

std::string result_of(const Op<Plain>& op, const Outcome<Plain>& outcome) {
    if (!outcome.violations.empty()) return "abandoned";
    if (!outcome.ok()) return std::string(name(outcome.error));
    if (op.kind == OpKind::fork) return fmt::format("process {}", outcome.value.value());
    if (returns_value(op.kind)) return hex(outcome.value.value());
    return "0";
}

std::string counters(const WorldSnapshot& before, const WorldSnapshot& after, std::size_t slot) {
    const ProcessSnapshot& was = before.processes[slot];
    const ProcessSnapshot& is = after.processes[slot];
    std::vector<std::string> parts;
    const auto changed = [&parts](std::string_view what, auto a, auto b) {
        if (a != b) parts.push_back(fmt::format("{} {} -> {}", what, a, b));
    };
    changed("map_count", was.map_count, is.map_count);
    changed("total_vm", was.total_vm, is.total_vm);
    changed("stack_vm", was.stack_vm, is.stack_vm);
    changed("locked_vm", was.locked_vm, is.locked_vm);
    changed("hiwater_vm", was.hiwater_vm, is.hiwater_vm);
    changed("committed", before.committed, after.committed);
    if (was.brk_bytes != is.brk_bytes && was.alive && is.alive)
        parts.push_back(fmt::format("brk {} -> {}", hex(was.brk_bytes), hex(is.brk_bytes)));
    return fmt::format("{}", fmt::join(parts, ", "));
}

class Explainer {
public:
    explicit Explainer(std::string& out) : out_(out) {}

    void start(const World<Plain>& world) { before_ = take_snapshot(world, numbers_); }

    void step(const TraceStep& step, const World<Plain>& world, const Outcome<Plain>& outcome) {
        const WorldSnapshot after = take_snapshot(world, numbers_);
        // Whose address space it is about.
        const std::size_t slot = step.op.kind == OpKind::remote_access ? step.op.target : step.op.process;
        out_ += fmt::format("\nstep {}{}: ", ++count_, step.line != 0 ? fmt::format(" (line {})", step.line) : "");
        if (step.op.process != 0) out_ += fmt::format("process {}: ", step.op.process);
        out_ += fmt::format("{} = {}\n", call_text(step.op), result_of(step.op, outcome));
        if (!step.note.empty()) out_ += fmt::format("  note    {}\n", escape_control(step.note));
        for (const EventRecord& each : outcome.events)
            if (const int which = merge_case(each.event))
                out_ += fmt::format("  case {}  {}\n", which, case_text(which));
        if (const std::string line = events_line(outcome.events); !line.empty())
            out_ += fmt::format("  events  {}\n", line);
        const auto range = pages_of(step.op, outcome, before_.processes[slot].brk_bytes);
        process(after, slot, step.op.kind == OpKind::fork ? std::nullopt : range);
        if (step.op.kind == OpKind::fork && outcome.ok()) {
            out_ += fmt::format("  process {}:\n", outcome.value.value());
            process(after, outcome.value.value(), std::nullopt);
        }
        before_ = after;
    }

private:
    void process(const WorldSnapshot& after, std::size_t slot, const std::optional<PageRange>& range) {
        const ProcessSnapshot& was = before_.processes[slot];
        const ProcessSnapshot& is = after.processes[slot];
        out_ += draw(was, is, range);
        const std::vector<std::string> lines = changes(was, is, range);
        const std::string counted = counters(before_, after, slot);
        if (lines.empty() && counted.empty()) out_ += "  nothing changed\n";
        for (const std::string& each : lines) out_ += fmt::format("  changed {}\n", each);
        if (!counted.empty()) out_ += fmt::format("  changed {}\n", counted);
    }

    std::string& out_;
    AnonNumbers numbers_;
    WorldSnapshot before_;
    std::size_t count_ = 0;
};

void explain_end(const ReplayResult& result, std::string& out) {
    out += '\n';
    for (const Violation& each : result.broken.violations)
        out += fmt::format("violated at {}: {}: {}\n", place_of(result.broken.step, result.line), each.property,
                           each.text);
    for (const Difference& each : result.differences)
        out += fmt::format("differs at {}: {} stated {}, model {}\n", place_of(each.step, each.line), each.what,
                           each.stated, each.seen);
    if (result.verdict == Verdict::holds)
        out += fmt::format("{}: all properties hold, {} as stated\n", plural(result.steps, "step"),
                           plural(result.compared, "result"));
}

}  // namespace

std::string explain(const Trace& trace, const ReplayOptions& options, ReplayResult& result) {
    std::string out = fmt::format(
        "{} ({})\n", trace.header.title.empty() ? "a trace" : escape_control(trace.header.title), trace.header.profile);
    Explainer explainer(out);
    ReplayOptions observed = options;
    observed.begin = [&explainer](const World<Plain>& world) { explainer.start(world); };
    observed.observe = [&explainer](const TraceStep& step, const World<Plain>& world, const Outcome<Plain>& outcome) {
        explainer.step(step, world, outcome);
    };
    result = replay(trace, observed);
    explain_end(result, out);
    return out;
}

}  // namespace vmacheck
