#include "tests/reference/referee.hpp"

#include "tests/reference/recording.hpp"
#include "tests/reference/resume.hpp"
#include "tests/reference/snapshot.hpp"

#include "model/gap_tree.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>

namespace vmacheck::reference {
namespace json = boost::json;

std::size_t FileReport::skipped_calls() const {
    std::size_t sum = 0;
    for (const auto& [reason, count] : skipped) sum += count;
    return sum;
}

std::string FileReport::summary() const {
    std::string text = fmt::format("{}: {} streams, {} calls, {} compared", class_name, streams, calls, compared);
    if (skipped_calls() > 0) {
        text += fmt::format(", {} skipped (", skipped_calls());
        const char* comma = "";
        for (const auto& [reason, count] : skipped) {
            text += fmt::format("{}{} {}", comma, count, reason);
            comma = ", ";
        }
        text += ")";
    }
    if (stopped_streams > 0)
        text += fmt::format(", {} streams stopped, {} calls not reached, first: {}", stopped_streams, not_reached,
                            why_stopped);
    if (differing_streams > 0) text += fmt::format(", {} streams DIFFER", differing_streams);
    return text;
}

namespace {

// What a call needs that the model does not have yet; empty: nothing. The one place to change when it learns more.
std::string missing(const World<Plain>& world, const json::object& record, const std::optional<Op<Plain>>& op) {
    if (!op) return std::string(record.at("op").as_string());
    if (op->kind == OpKind::mmap && (op->flags & map::locked) != 0) return "mmap of locked memory";
    const MmId mm = world.process(op->process);
    if (!mm) return {};
    if ((world[mm].def_flags & vm::locked) != 0 && (op->kind == OpKind::mmap || op->kind == OpKind::brk))
        return "mapping after mlockall";
    // Locked memory is populated when it becomes writable or grows.
    if (op->kind != OpKind::mprotect && op->kind != OpKind::fault) return {};
    const VmaId first = find_vma(world, mm, op->addr.page);
    if (op->kind == OpKind::fault) {
        const bool grows = first && op->addr.page < world[first].start;
        return grows && (world[first].flags & vm::locked) != 0 ? "growth of locked memory" : "";
    }
    const Number<Plain> end = op->addr.page + op->len.round_up();
    for (VmaId each = first; each && world[each].start < end; each = world[each].next)
        if ((world[each].flags & vm::locked) != 0) return "mprotect of locked memory";
    return {};
}

json::value result_json(const Op<Plain>& op, const Outcome<Plain>& outcome) {
    if (!outcome.ok()) return json::string(name(outcome.error));
    if (op.kind == OpKind::mmap || op.kind == OpKind::brk)
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
    StreamRunner(const Header& header, std::shared_ptr<const Parameters> parameters, FaultSet faults,
                 std::size_t resume_every)
        : header_(header),
          world_(std::move(parameters), default_profile(), faults),
          files_(header.descriptors),
          resume_every_(resume_every) {}

    // Applies the recorded call and compares. Sets *skipped to what the model lacks, *stopped to why it cannot go on.
    std::optional<Difference> call(const json::object& record, std::string* skipped, std::string* stopped) {
        const auto op = parse_call(record);
        if (record.at("mm").at("committed").to_number<std::int64_t>() < 0) {
            // Bugs v5.10 was shipped with (data/README.md, `broken`) can take back more than was ever charged.
            *skipped = "negative commit charge";
            *stopped = "the model's commit charge has no negative value";
            return std::nullopt;
        }
        *skipped = missing(world_, record, op);
        if (skipped->empty() && resume_every_ != 0 && op->kind != OpKind::fork && op->kind != OpKind::exit &&
            ++resumable_ % resume_every_ == 0)
            *skipped = "as asked";
        if (!skipped->empty()) {
            const Snapshot before = observe(world_, files_);
            if (auto error = resume_after(world_, files_, before, record, header_.base_page)) *stopped = *error;
            if (stopped->empty()) return check_resumed(record, stopped);
            return std::nullopt;
        }
        const Outcome<Plain>& outcome = world_.apply(*op);
        if (!outcome.violations.empty())
            return Difference{"(violation)", "none",
                              outcome.violations[0].property + ": " + outcome.violations[0].text};
        files_.update(world_);
        const json::object expected = expectation(record);
        json::object got = state_json(observe(world_, files_), *op, outcome.ok() ? &outcome : nullptr, expected);
        got["ret"] = result_json(*op, outcome);
        got["case"] = cases_of(outcome);
        if (expected.contains("hit")) got["hit"] = outcome.has(Event::alloc_failed);
        return first_difference(expected, got);
    }

    std::optional<Difference> final_state(const json::object& record) {
        const Snapshot seen = observe(world_, files_);
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

    // A state that cannot be built exactly is no ground to compare later calls on.
    std::optional<Difference> check_resumed(const json::object& record, std::string* stopped) {
        json::object expected = expectation(record);
        for (const char* key : {"ret", "case", "hit"}) expected.erase(key);
        Op<Plain> op;
        op.process = record.at("proc").to_number<std::uint8_t>();
        const auto found = first_difference(expected, state_json(observe(world_, files_), op, nullptr, expected));
        if (found) *stopped = fmt::format("{} is {}, rebuilt {}", found->field, found->expected, found->got);
        return std::nullopt;
    }

    const Header& header_;
    World<Plain> world_;
    FileIds files_;
    std::size_t resume_every_;
    std::size_t resumable_ = 0;
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
            runner_ = std::make_unique<StreamRunner>(header_, parameters_, faults.add(options_.faults),
                                                     options_.resume_every);
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
        std::string skipped;
        std::string stopped;
        try {
            judge(runner_->call(record, &skipped, &stopped), what);
        } catch (const InternalAssertion& broken) {
            judge(Difference{"(internal assertion)", "none", broken.what()}, what);
        }
        if (skipped.empty())
            ++report_.compared;
        else
            ++report_.skipped[skipped];
        if (stopped.empty()) return;
        if (report_.stopped_streams++ == 0)
            report_.why_stopped = fmt::format("stream {}, {}: {}", stream_, what, stopped);
        runner_.reset();
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
