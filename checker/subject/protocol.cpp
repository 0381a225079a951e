#include "checker/subject/protocol.hpp"

#include "checker/subject/plain_results.hpp"
#include "traces/format/fields.hpp"
#include "traces/format/line_readers.hpp"
#include "traces/format/parameter_keys.hpp"
#include "traces/format/text.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace vmacheck {
namespace {

using fields::Object;

constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t most_items = std::size_t{1} << 20;

// Reads the one object of an answer: f(Object&). Everything that is wrong becomes an AnswerError.
template <class F>
void read_answer(std::string_view answer, F&& f) {
    try {
        LocatedDocument document;
        locate_json(answer, document);
        Object object(document.root, "the answer");
        if (const Located* at = object.find("error"))
            throw AnswerError("it answers with an error: " + escape_control(fields::text(*at, "'error'")));
        f(object);
        object.finish();
    } catch (const LineError& error) {
        throw AnswerError(fmt::format("bad answer, column {}: {}", error.column, escape_control(error.message)));
    } catch (const std::bad_alloc&) {
        throw AnswerError("bad answer: out of memory while it was read");
    }
}

bool flag(Object& object, std::string_view key) {
    const Located* at = object.find(key);
    return at != nullptr && fields::boolean(*at, object.named(key));
}

std::uint64_t number_or(Object& object, std::string_view key, std::uint64_t otherwise, std::uint64_t smallest,
                        std::uint64_t largest) {
    const Located* at = object.find(key);
    return at == nullptr ? otherwise : fields::integer(*at, object.named(key), smallest, largest);
}

void read_limits(const Located& at, Hello& hello) {
    Object object(at, "'limits'");
    hello.mincore_bytes = number_or(object, "mincore_bytes", unlimited, 0, any_number);
    hello.populate_bytes = number_or(object, "populate_bytes", unlimited, 0, any_number);
    hello.policies = number_or(object, "policies", unlimited, 0, any_number);
    hello.uffds = number_or(object, "uffds", unlimited, 0, any_number);
    object.finish();
}

// The names that it knows; others of its names are ignored.
void read_accepted(Object& object, Hello& hello) {
    if (const Located* at = object.find("mmap_flags")) {
        hello.mmap_flags = 0;
        hello.map_types.reset();
        for (const Located& each : fields::array(*at, "'mmap_flags'", 100)) {
            const std::string name = fields::text(each, "a flag of mmap");
            if (const auto type = bits_named(map_type_names(), name)) hello.map_types.set(*type);
            if (const auto bits = bits_named(map_flag_names(), name)) hello.mmap_flags |= static_cast<MapFlags>(*bits);
        }
    }
    if (const Located* at = object.find("advices")) {
        hello.advices.reset();
        for (const Located& each : fields::array(*at, "'advices'", 100))
            if (const auto advice = advice_named(fields::text(each, "an advice")))
                hello.advices.set(static_cast<std::size_t>(*advice));
    }
}

VmaView read_vma(const Located& at, std::size_t files) {
    Object object(at, "a VMA");
    VmaView vma;
    vma.start = fields::page_address(object.require("start"), object.named("start"));
    vma.end = fields::page_address(object.require("end"), object.named("end"));
    vma.flags = fields::flags(object.require("flags"), object.named("flags"), vm_flag_names(), any_number);
    if (const Located* each = object.find("pgoff"))
        vma.pgoff = fields::integer(*each, object.named("pgoff"), 0, any_number);
    vma.file = static_cast<std::uint16_t>(number_or(object, "file", 0, 0, files));
    vma.shared_object = flag(object, "shared_object");
    vma.special = flag(object, "special");
    const auto small = [&object](std::string_view key, std::optional<std::uint16_t>& out) {
        if (const Located* each = object.find(key))
            out = static_cast<std::uint16_t>(fields::integer(*each, object.named(key), 0, 0xffff));
    };
    small("policy", vma.policy);
    small("uffd", vma.uffd);
    small("name", vma.name);
    object.finish();
    return vma;
}

void read_process(const Located& at, std::size_t files, Observation& observation) {
    Object object(at, "a process");
    const std::uint64_t slot = fields::integer(object.require("proc"), object.named("proc"), 0, max_processes - 1);
    ProcessView& view = observation.processes.at(slot);
    if (view.alive) fields::fail(at, fmt::format("process {} stands here a second time", slot));
    view.shown = true;
    view.alive = true;
    if (const Located* each = object.find("brk")) view.brk_bytes = fields::hexadecimal(*each, object.named("brk"));
    const auto count = [&object](std::string_view key, std::optional<std::uint64_t>& out) {
        if (const Located* each = object.find(key)) out = fields::integer(*each, object.named(key), 0, any_number);
    };
    if (const Located* each = object.find("map_count"))
        view.map_count = static_cast<std::uint32_t>(fields::integer(*each, object.named("map_count"), 0, 0xffffffff));
    count("total_vm", view.total_vm);
    count("data_vm", view.data_vm);
    count("exec_vm", view.exec_vm);
    count("stack_vm", view.stack_vm);
    count("locked_vm", view.locked_vm);
    if (const Located* each = object.find("vmas")) {
        view.vmas_shown = true;
        for (const Located& vma : fields::array(*each, object.named("vmas"), most_items))
            view.vmas.push_back(read_vma(vma, files));
    }
    object.finish();
}

// A file of the subject itself, such as its program: not one that was wanted.
bool is_added(const FileSpec& file) {
    return file.name.starts_with("subject:");
}

// The parameters and files that the answer states; the others stay as wanted.
void merge_setup(const Located& at, Setup& setup) {
    TraceHeader header = read_header(at);
    for (const LocatedMember& member : at.members) {
        if (member.key != "parameters") continue;
        for (const LocatedMember& each : member.located.members)
            for (const ParameterKey& key : parameter_keys())
                if (key.key == each.key)
                    std::visit([&](auto field) { setup.parameters.*field = header.parameters.*field; }, key.member);
    }
    if (const std::string wrong = contradiction(setup.parameters); !wrong.empty()) fields::fail(at, wrong);
    std::vector<FileSpec>& files = setup.parameters.files;
    std::erase_if(files, is_added);
    for (FileSpec& each : files) each.huge_aligned = false;  // it says where they are
    const std::vector<FileSpec>& stated = header.parameters.files;
    for (std::size_t i = 0; i < stated.size(); ++i) {
        if (i >= files.size())
            files.push_back(stated[i]);
        else if (files[i].kind == stated[i].kind) {
            files[i].pages = stated[i].pages;
            files[i].huge_aligned = stated[i].huge_aligned;
            if (stated[i].sync != MapSync::by_kind) files[i].sync = stated[i].sync;
        }
    }
    setup.layout = std::move(header.layout);
    setup.anon_vmas = std::move(header.anon_vmas);
    setup.shared_objects = std::move(header.shared_objects);
}

// A name as properties have it: it becomes a part of the names of files.
std::string property_name(const Located& at, std::string_view what) {
    const std::string name = fields::text(at, what);
    const bool good = !name.empty() && name.size() <= 60 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!good) fields::fail(at, fmt::format("{} must be up to 60 lower-case letters, digits and hyphens", what));
    return name;
}

// A text, or an object that names the property as well.
Violation read_violation(const Located& at) {
    if (at.value->is_string()) return {"kernel-report", escape_control(fields::text(at, "a violation"))};
    Object object(at, "a violation");
    Violation violation{property_name(object.require("property"), object.named("property")),
                        escape_control(fields::text(object.require("text"), object.named("text")))};
    object.finish();
    return violation;
}

Answer read_result(const Located& at, OpKind kind) {
    Object object(at, "a result");
    Answer answer;
    if (const Located* each = object.find("refused")) {
        answer.refusal = escape_control(fields::text(*each, object.named("refused")));
        if (answer.refusal.empty()) answer.refusal = "it refuses";
    } else {
        read_ret(object.require("ret"), kind, answer.seen);
        if (const Located* digest = object.find("layout"))
            answer.layout = fields::hexadecimal(*digest, object.named("layout"));
        answer.allocation_failed = flag(object, "alloc_failed");
    }
    if (const Located* each = object.find("violations"))
        for (const Located& text : fields::array(*each, object.named("violations"), 1000))
            answer.violations.push_back(read_violation(text));
    object.finish();
    return answer;
}

}  // namespace

std::string hello_request() {
    return R"({"request":"hello"})";
}

std::string reset_request(const Setup& wanted) {
    TraceHeader header;
    header.parameters = wanted.parameters;
    // Those that a subject added, where the wanted setup is one that it started from: it adds them again.
    std::erase_if(header.parameters.files, is_added);
    return fmt::format(R"({{"request":"reset","setup":{}}})", write_header(header));
}

std::string apply_request(std::span<const Op<Plain>> ops, Layouts layouts) {
    static constexpr std::array<std::string_view, 3> values{"false", R"("near")", "true"};
    std::string text =
        fmt::format(R"({{"request":"apply","layouts":{},"steps":[)", values.at(static_cast<std::size_t>(layouts)));
    for (const Op<Plain>& each : ops) {
        if (text.back() == '}') text += ',';
        text += write_step({.op = each});
    }
    return text + "]}";
}

std::string observe_request(const Detail& detail) {
    if (!detail.process) return R"({"request":"observe"})";
    return fmt::format(R"({{"request":"observe","proc":{}}})", *detail.process);
}

std::string bye_request() {
    return R"({"request":"bye"})";
}

Hello read_hello(std::string_view answer) {
    Hello hello;
    read_answer(answer, [&hello](Object& object) {
        const Located& version = object.require("protocol");
        if (fields::integer(version, "'protocol'", 0, 0xffff) != protocol_version)
            fields::fail(version, fmt::format("it speaks another version; this program speaks {}", protocol_version));
        hello.name = escape_control(fields::text(object.require("name"), "'name'"));
        if (const Located* at = object.find("version")) hello.version = escape_control(fields::text(*at, "'version'"));
        for (const Located& each : fields::array(object.require("operations"), "'operations'", 1000)) {
            // One that this program does not know it will not be given.
            const auto kind = op_kind_named(fields::text(each, "an operation"));
            if (kind) hello.operations.set(static_cast<std::size_t>(*kind));
        }
        if (const Located* at = object.find("files"))
            for (const Located& each : fields::array(*at, "'files'", 100)) {
                const auto kind = file_kind_named(fields::text(each, "a kind of file"));
                if (kind) hello.files.push_back(*kind);
            }
        hello.vmas = flag(object, "vmas");
        hello.vm_flags = flag(object, "vm_flags");
        hello.counters = flag(object, "counters");
        if (flag(object, "layouts")) hello.layouts = flag(object, "near_layouts") ? Layouts::near : Layouts::whole;
        hello.exec_access = flag(object, "exec_access");
        hello.fails_allocations = flag(object, "fails_allocations");
        hello.takes_limits = flag(object, "takes_limits");
        hello.ahead = flag(object, "ahead");
        hello.fixed_only = flag(object, "fixed_only");
        read_accepted(object, hello);
        hello.mmap_hugetlb = flag(object, "mmap_hugetlb");
        hello.processes = number_or(object, "processes", 1, 1, max_processes);
        hello.max_steps = number_or(object, "max_steps", 1024, 1, most_items);
        if (const Located* at = object.find("limits")) read_limits(*at, hello);
    });
    return hello;
}

Start read_start(std::string_view answer, const Setup& wanted) {
    Start start;
    start.setup = wanted;
    read_answer(answer, [&start](Object& object) {
        merge_setup(object.require("setup"), start.setup);
        if (const Located* at = object.find("reserved"))
            for (const Located& each : fields::array(*at, "'reserved'", 1000)) {
                const std::vector<Located>& bounds = fields::array(each, "a reserved range", 2);
                if (bounds.size() != 2) fields::fail(each, "a reserved range has a start and an end");
                start.reserved.emplace_back(fields::hexadecimal(bounds[0], "a start"),
                                            fields::hexadecimal(bounds[1], "an end"));
            }
        if (const Located* at = object.find("absent"))
            for (const Located& each : fields::array(*at, "'absent'", max_files)) {
                Object file(each, "an absent file");
                const std::uint64_t position = fields::integer(file.require("file"), file.named("file"), 1, max_files);
                start.absent[position] = escape_control(fields::text(file.require("why"), file.named("why")));
                file.finish();
            }
    });
    return start;
}

std::vector<Answer> read_answers(std::string_view answer, std::span<const Op<Plain>> ops) {
    if (auto plain = read_plain_results(answer, ops)) return *std::move(plain);
    return read_answers_of_any_shape(answer, ops);
}

std::vector<Answer> read_answers_of_any_shape(std::string_view answer, std::span<const Op<Plain>> ops) {
    std::vector<Answer> answers;
    read_answer(answer, [&](Object& object) {
        const Located& results = object.require("results");
        for (const Located& each : fields::array(results, "'results'", ops.size())) {
            if (!answers.empty() && !answers.back().refusal.empty()) fields::fail(each, "a result after a refusal");
            answers.push_back(read_result(each, ops[answers.size()].kind));
        }
        if (const Located* at = object.find("lost"))
            throw SubjectLost(fmt::format("after {}: {}", plural(answers.size(), "step"),
                                          escape_control(fields::text(*at, "'lost'"))));
        if (answers.size() < ops.size() && (answers.empty() || answers.back().refusal.empty()))
            fields::fail(results,
                         fmt::format("{} for {}", plural(answers.size(), "result"), plural(ops.size(), "step")));
    });
    return answers;
}

Observation read_observation(std::string_view answer, const Detail& detail, std::size_t files) {
    Observation observation;
    read_answer(answer, [&](Object& object) {
        // Each process that it does not list has ended, or was never there.
        for (std::size_t i = 0; i < max_processes; ++i)
            observation.processes.at(i).shown = !detail.process || *detail.process == i;
        for (const Located& each : fields::array(object.require("processes"), "'processes'", max_processes))
            read_process(each, files, observation);
    });
    return observation;
}

}  // namespace vmacheck
