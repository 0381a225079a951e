#include "tests/reference/referee.hpp"

#include "tests/reference/recording.hpp"
#include "tests/reference/snapshot.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>

namespace vmacheck::reference {
namespace json = boost::json;

std::string FileReport::summary() const {
    std::string text = fmt::format("{}: {} streams, {} calls, {} compared", class_name, streams, calls, compared);
    if (not_reached > 0) text += fmt::format(", {} not reached", not_reached);
    if (differing_streams > 0) text += fmt::format(", {} streams DIFFER", differing_streams);
    return text;
}

namespace {

json::value result_json(const Op<Plain>& op, const Outcome<Plain>& outcome) {
    if (!outcome.ok()) return json::string(name(outcome.error));
    if (op.kind == OpKind::mmap || op.kind == OpKind::brk || op.kind == OpKind::mremap)
        return json::string(fmt::format("{:#x}", outcome.value.value()));
    return outcome.value.value();
}

json::array cases_of(const Outcome<Plain>& outcome) {
    json::array cases;
    for (const EventRecord& each : outcome.events)
        if (const int number = merge_case(each.event); number != 0) cases.push_back(number);
    return cases;
}

// The fields of a record that state a result, in one form: `case` always a list.
json::object expectation(const json::object& record) {
    json::object expected;
    for (const char* key : {"ret", "mm", "vmas", "child", "anon_vmas", "files"})
        if (const json::value* value = record.if_contains(key)) expected[key] = *value;
    json::array cases;
    if (const json::value* value = record.if_contains("case")) {
        if (value->is_array())
            cases = value->get_array();
        else
            cases.push_back(*value);
    }
    expected["case"] = std::move(cases);
    if (const json::value* inject = record.if_contains("inject")) expected["hit"] = inject->at("hit");
    return expected;
}

class StreamRunner {
public:
    StreamRunner(const Header& header, std::shared_ptr<const Parameters> parameters, FaultSet faults)
        : header_(header), world_(std::move(parameters), default_profile(), faults), files_(header.descriptors) {}

    // Applies the recorded call and compares.
    std::optional<Difference> call(const json::object& record) {
        const Op<Plain> op = parse_call(record);
        const Outcome<Plain>& outcome = world_.apply(op);
        if (!outcome.violations.empty())
            return Difference{"(violation)", "none",
                              outcome.violations[0].property + ": " + outcome.violations[0].text};
        files_.update(world_);
        const json::object expected = expectation(record);
        json::object got = state_json(take_snapshot(world_, files_), op, outcome.ok() ? &outcome : nullptr, expected);
        got["ret"] = result_json(op, outcome);
        got["case"] = cases_of(outcome);
        if (expected.contains("hit")) got["hit"] = outcome.has(Event::alloc_failed);
        return first_difference(expected, got);
    }

    std::optional<Difference> final_state(const json::object& record) {
        const Snapshot seen = take_snapshot(world_, files_);
        json::array processes;
        for (const SeenProcess& each : seen.processes) processes.push_back(process_json(seen, each));
        json::object got{{"final", std::move(processes)}};
        if (record.contains("anon_vmas")) got["anon_vmas"] = anon_vmas_json(seen);
        if (record.contains("files")) got["files"] = files_json(seen);
        return first_difference(record, got);
    }

private:
    json::object process_json(const Snapshot& seen, const SeenProcess& process) const {
        return {
            {"proc", process.slot}, {"mm", mm_json(seen, process)}, {"vmas", vmas_json(process, header_.base_page)}};
    }

    json::object state_json(const Snapshot& seen, const Op<Plain>& op, const Outcome<Plain>* done,
                            const json::object& expected) const {
        json::object got;
        if (const SeenProcess* caller = seen.process(op.process)) {
            got["mm"] = mm_json(seen, *caller);
            got["vmas"] = vmas_json(*caller, header_.base_page);
        } else {  // it has exited
            got["mm"] = json::object{{"committed", seen.committed}};
            got["vmas"] = json::array();
        }
        if (op.kind == OpKind::fork && done != nullptr)
            if (const SeenProcess* child = seen.process(static_cast<std::uint8_t>(done->value.value())))
                got["child"] = process_json(seen, *child);
        if (expected.contains("anon_vmas")) got["anon_vmas"] = anon_vmas_json(seen);
        if (expected.contains("files")) got["files"] = files_json(seen);
        return got;
    }

    const Header& header_;
    World<Plain> world_;
    FileIds files_;
};

// One file: feeds its lines to a StreamRunner per stream and counts.
class FileRunner {
public:
    FileRunner(const std::string& path, const RefereeOptions& options) : lines_(path), path_(path), options_(options) {}

    FileReport run() {
        const auto first = lines_.next();
        if (!first) throw std::runtime_error(path_ + " is empty");
        header_ = parse_header(json::parse(*first).as_object());
        report_.class_name = header_.name;
        parameters_ = std::make_shared<const Parameters>(header_.parameters);
        while (const auto line = lines_.next()) {
            json::object record = json::parse(*line).as_object();
            if (options_.streams != 0 && report_.streams == options_.streams && record.contains("stream")) break;
            if (options_.tamper) options_.tamper(record);
            take(record);
        }
        if (report_.streams == 0) throw std::runtime_error(path_ + " has no stream");
        return report_;
    }

private:
    void take(const json::object& record) {
        if (record.contains("stream")) {
            FaultSet faults = options_.shipped ? default_profile().shipped : FaultSet();
            stream_ = record.at("stream").to_number<std::size_t>();
            call_ = 0;
            ++report_.streams;
            runner_ = std::make_unique<StreamRunner>(header_, parameters_, faults.add(options_.faults));
        } else if (record.contains("final")) {
            if (!runner_) return;
            ++report_.finals;
            judge(runner_->final_state(record), "final record");
        } else {
            ++report_.calls;
            ++call_;
            if (runner_)
                call(record);
            else
                ++report_.not_reached;
        }
    }

    void call(const json::object& record) {
        const std::string what = fmt::format("call {} ({})", call_, describe(record));
        try {
            judge(runner_->call(record), what);
        } catch (const InternalAssertion& broken) {
            judge(Difference{"(internal assertion)", "none", broken.what()}, what);
        }
        ++report_.compared;
    }

    static std::string describe(const json::object& record) {
        json::object call;
        for (const char* key :
             {"op", "proc", "addr", "len", "newlen", "newaddr", "prot", "flags", "file", "advice", "inject"})
            if (const json::value* value = record.if_contains(key)) call[key] = *value;
        return json::serialize(call);
    }

    void judge(const std::optional<Difference>& found, const std::string& where) {
        if (!found) return;
        ++report_.differing_streams;
        if (!report_.difference)
            report_.difference = fmt::format("class {}, stream {}, {}: {} expected {}, got {}", header_.name, stream_,
                                             where, found->field, found->expected, found->got);
        runner_.reset();  // what follows would only repeat it
    }

    XzLines lines_;
    std::string path_;
    const RefereeOptions& options_;
    Header header_;
    std::shared_ptr<const Parameters> parameters_;
    std::unique_ptr<StreamRunner> runner_;
    std::size_t stream_ = 0;
    std::size_t call_ = 0;  // from 1 within the stream
    FileReport report_;
};

}  // namespace

FileReport run_file(const std::string& path, const RefereeOptions& options) {
    return FileRunner(path, options).run();
}

}  // namespace vmacheck::reference
