#include "checker/report/serve/explorer.hpp"

#include "checker/report/explain.hpp"
#include "checker/report/html/explorer_page.hpp"
#include "checker/report/html/state_view.hpp"
#include "checker/report/trace_command.hpp"
#include "model/op/op_table.hpp"
#include "model/op/short_flags.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"
#include "traces/format/text.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>

namespace vmacheck {
namespace {

namespace json = boost::json;

constexpr std::size_t most_kept = 32;  // states that were made

std::string call_line(const Op<Plain>& op) {
    return fmt::format("{}{}", op.process == 0 ? "" : fmt::format("process {}: ", op.process), call_text(op));
}

std::string result_text(const Op<Plain>& op, const TakenCall& call) {
    if (call.abandoned) return "abandoned";
    if (call.error != Errno::ok) return std::string(name(call.error));
    if (op.kind == OpKind::fork) return fmt::format("process {}", call.value);
    return returns_value(op.kind) ? hex(call.value) : "0";
}

json::array violations_json(const std::vector<Violation>& violations) {
    json::array list;
    for (const Violation& each : violations)
        list.push_back(json::object{{"property", each.property}, {"text", each.text}});
    return list;
}

std::string_view leads_text(const TakenCall& call) {
    if (!call.violations.empty()) return "violated";
    if (!call.came_about) return "same";
    switch (call.leads) {
        case LeadsTo::here: return "here";
        case LeadsTo::seen: return "seen";
        case LeadsTo::elsewhere: break;
    }
    return "on";
}

json::object call_json(const TakenCall& call, const Op<Plain>& op) {
    json::object object{{"number", call.number},
                        {"op", std::string(name(op.kind))},
                        {"call", call_line(op)},
                        {"result", result_text(op, call)},
                        {"ok", call.error == Errno::ok && call.violations.empty()},
                        {"counts", call.counts},
                        {"leads", leads_text(call)}};
    if (call.leads == LeadsTo::seen) object["seen_after"] = call.seen_after;
    if (!call.violations.empty()) object["violated"] = violations_json(call.violations);
    return object;
}

json::array processes_json(const Observation& seen) {
    json::array list;
    for (std::size_t slot = 0; slot < seen.processes.size(); ++slot) {
        const ProcessView& process = seen.processes[slot];
        if (!process.alive) continue;
        json::array vmas;
        for (const VmaView& each : process.vmas)
            vmas.push_back(json::object{{"start", hex(each.start * page_size)},
                                        {"end", hex(each.end * page_size)},
                                        {"flags", short_flags(each.flags)},
                                        {"anon", each.anon_vma.value_or(0)}});
        list.push_back(json::object{{"process", slot}, {"vmas", std::move(vmas)}});
    }
    return list;
}

// The story of the path, with details of its last step.
Story story_of(const Trace& trace) {
    ReplayOptions options;
    options.checker = make_full_checker();
    ReplayResult result;
    Story story = explain(trace, options, result);
    if (story.steps.empty()) return story;
    const std::size_t last = story.steps.back().number;
    Story detailed = explain(trace, options, result, Depth::details, {last, last});
    if (!detailed.steps.empty()) story.steps.back().details = std::move(detailed.steps.back().details);
    return story;
}

}  // namespace

Explorer::Explorer(Scope scope, const Reduction& reduction) : walk_(std::move(scope), reduction) {}

CallPath Explorer::parsed(std::string_view path) const {
    CallPath calls;
    while (!path.empty()) {
        const std::string_view word = path.substr(0, path.find(','));
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (word.empty() || error != std::errc() || end != word.data() + word.size())
            throw BadPath(fmt::format("path: '{}' is no call of this scope; they are 0 to {}",
                                      escape_control(word.substr(0, 40)), walk_.ops().size() - 1));
        calls.push_back(number);
        path.remove_prefix(word.size());
        if (path == ",") throw BadPath("path: it ends with a comma");
        if (!path.empty()) path.remove_prefix(1);
    }
    return calls;
}

std::string Explorer::name_of(std::size_t calls) const {
    std::string scope;
    for (const char each : walk_.scope().name) {
        const bool plain =
            (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') || each == '_';
        scope += plain ? each : '-';
    }
    return fmt::format("{}-{}pages-{}calls.jsonl", scope, walk_.scope().pages, calls);
}

std::string Explorer::trace_name(std::string_view path) const {
    return name_of(parsed(path).size());
}

std::string Explorer::state(std::string_view path) {
    const CallPath calls = parsed(path);
    const std::scoped_lock lock(one_at_a_time_);
    const auto known = std::find_if(made_.begin(), made_.end(), [&](const auto& each) { return each.first == calls; });
    if (known != made_.end()) return known->second;
    std::string made = make_state(calls);
    if (made_.size() == most_kept) made_.pop_front();
    made_.emplace_back(calls, made);
    return made;
}

std::string Explorer::make_state(const CallPath& path) {
    const PathState state = walk_.state(path);
    const Story story = story_of(walk_.trace(path));
    const html::StateParts parts = html::state_parts(walk_.scope(), state, story);
    json::array calls;
    for (const TakenCall& each : state.calls) calls.push_back(call_json(each, walk_.ops()[each.number].op));
    const std::string file = name_of(path.size());
    json::object object{
        {"path", json::array(path.begin(), path.end())},
        {"title", path.empty() ? "The starting state" : fmt::format("The state after {}", plural(path.size(), "call"))},
        {"violated", violations_json(state.violations)},
        {"processes", processes_json(state.seen)},
        {"digest", fmt::format("{:#018x}", state.digest)},
        {"calls", std::move(calls)},
        {"closed", state.closed},
        {"trace", file},
        {"replay", trace_command("replay", file)},
        {"explain", trace_command("explain", file)},
        {"state", parts.state},
        {"rows", parts.path},
        {"step", parts.step},
        {"more", parts.more}};
    if (state.same_after) object["same_after"] = *state.same_after;
    return json::serialize(object);
}

std::string Explorer::trace(std::string_view path) {
    const CallPath calls = parsed(path);
    const std::scoped_lock lock(one_at_a_time_);
    return write_trace(walk_.trace(calls));
}

std::string Explorer::page() const {
    return html::explorer_page(walk_.scope(), walk_.ops().size());
}

}  // namespace vmacheck
