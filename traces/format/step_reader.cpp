// An operation line of a trace. Its arguments are those of the operation's row in op_table.
#include "model/op/op_table.hpp"
#include "traces/format/did_you_mean.hpp"
#include "traces/format/fields.hpp"
#include "traces/format/line_readers.hpp"
#include "traces/format/names.hpp"
#include "traces/format/parameter_keys.hpp"

#include <fmt/format.h>

#include <limits>

namespace vmacheck {
namespace {

using fields::Object;

constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t any_file = 0xffff;  // a bad descriptor is a legitimate argument: EBADF

// The value of an argument as Op has it.
std::uint64_t read_value(const Located& at, const std::string& what, const Argument& argument, OpKind kind) {
    switch (argument.type) {
        case ArgumentType::bytes: return fields::hexadecimal(at, what);
        case ArgumentType::page_offset: return fields::integer(at, what, 0, pages_in_64_bits - 1) * page_size;
        case ArgumentType::flags:
            return fields::flags(at, what, argument.names, std::numeric_limits<std::uint32_t>::max());
        case ArgumentType::map_flags: return fields::map_flags(at, what);
        case ArgumentType::advice: {
            const auto advice = advice_named(fields::text(at, what));
            if (!advice) fields::fail(at, fmt::format("unknown advice; known: {}", advice_list()));
            return static_cast<std::uint64_t>(*advice);
        }
        case ArgumentType::access:
        case ArgumentType::data_access: {
            const auto access = access_named(fields::text(at, what));
            if (!access) fields::fail(at, fmt::format("unknown access; known: {}", access_list()));
            if (*access == Access::exec && argument.type == ArgumentType::data_access)
                fields::fail(at, fmt::format("{} reads or writes; it cannot execute", name(kind)));
            return static_cast<std::uint64_t>(*access);
        }
        case ArgumentType::number: return fields::integer(at, what, 0, any_file);
        case ArgumentType::process: return fields::integer(at, what, 0, max_processes - 1);
    }
    internal_assertion_failed("argument of no type");
}

void read_arguments(Object& object, Op<Plain>& op) {
    for (const Argument& each : operation(op.kind).arguments) {
        const Located* at = each.optional() ? object.find(each.key) : &object.require(each.key);
        if (at != nullptr) set_value(op, each.field, read_value(*at, object.named(each.key), each, op.kind));
    }
}

FailAlloc read_fail_alloc(const Located& at) {
    Object object(at, "'fail_alloc'");
    FailAlloc fail;
    if (const Located* each = object.find("kind")) {
        const auto kind = alloc_kind_named(fields::text(*each, object.named("kind")));
        if (!kind) fields::fail(*each, fmt::format("unknown kind of allocation; known: {}", alloc_kind_list()));
        fail.kind = *kind;
    }
    fail.nth = static_cast<std::uint16_t>(fields::integer(object.require("nth"), object.named("nth"), 1, 0xffff));
    object.finish();
    return fail;
}

Meanwhile read_meanwhile(const Located& at) {
    Object object(at, "'meanwhile'");
    Meanwhile meanwhile;
    meanwhile.nth = static_cast<std::uint16_t>(fields::integer(object.require("nth"), object.named("nth"), 1, 0xffff));
    const Located& op = object.require("op");
    const auto kind = op_kind_named(fields::text(op, object.named("op")));
    if (kind != OpKind::fault && kind != OpKind::reclaim) fields::fail(op, "'op' of 'meanwhile' is fault or reclaim");
    meanwhile.kind = *kind;
    if (const Located* each = object.find("proc"))
        meanwhile.process =
            static_cast<std::uint8_t>(fields::integer(*each, object.named("proc"), 0, max_processes - 1));
    Op<Plain> step;
    step.kind = *kind;
    read_arguments(object, step);
    meanwhile.addr = step.addr.value();
    if (*kind == OpKind::fault) meanwhile.access = step.access;
    object.finish();
    return meanwhile;
}

std::uint16_t small_number(const Located& at, const Object& object, std::string_view key) {
    return static_cast<std::uint16_t>(fields::integer(at, object.named(key), 0, 0xffff));
}

VmaView read_vma(const Located& at) {
    Object object(at, "a VMA of 'vmas'");
    VmaView vma;
    vma.start = fields::page_address(object.require("start"), object.named("start"));
    vma.end = fields::page_address(object.require("end"), object.named("end"));
    vma.flags = fields::flags(object.require("flags"), object.named("flags"), vm_flag_names(), any_number);
    if (const Located* each = object.find("pgoff"))
        vma.pgoff = fields::integer(*each, object.named("pgoff"), 0, any_number);
    if (const Located* each = object.find("file"))
        vma.file = static_cast<std::uint16_t>(fields::integer(*each, object.named("file"), 0, any_file));
    if (const Located* each = object.find("anon"))
        vma.anon_vma = static_cast<unsigned>(fields::integer(*each, object.named("anon"), 0, 0xffffffff));
    if (const Located* each = object.find("chain"))
        vma.chain = static_cast<unsigned>(fields::integer(*each, object.named("chain"), 0, 0xffffffff));
    if (const Located* each = object.find("policy")) vma.policy = small_number(*each, object, "policy");
    if (const Located* each = object.find("uffd")) vma.uffd = small_number(*each, object, "uffd");
    if (const Located* each = object.find("name")) vma.name = small_number(*each, object, "name");
    object.finish();
    if (vma.start >= vma.end) fields::fail(at, "a VMA of 'vmas' must end above its start");
    return vma;
}

void read_seen(Object& object, OpKind kind, SeenResult& seen) {
    if (const Located* each = object.find("ret")) read_ret(*each, kind, seen);
    if (const Located* each = object.find("events"))
        for (const Located& at : fields::array(*each, object.named("events"), 0xffff)) {
            const std::string text = fields::text(at, "an event");
            const auto event = event_named(text);
            if (!event)
                fields::fail(at, fmt::format("unknown event '{}'; 'vmacheck list events' shows those there are", text));
            seen.events.push_back(*event);
        }
    if (const Located* each = object.find("map_count"))
        seen.map_count = static_cast<std::uint32_t>(fields::integer(*each, object.named("map_count"), 0, 0xffffffff));
    if (const Located* each = object.find("vmas")) {
        seen.vmas.emplace();
        for (const Located& vma : fields::array(*each, object.named("vmas"), 0xffffff))
            seen.vmas->push_back(read_vma(vma));
    }
}

}  // namespace

void read_ret(const Located& at, OpKind kind, SeenResult& seen) {
    const bool has_value = returns_value(kind);
    if (at.value->is_string()) {
        const std::string ret = fields::text(at, "'ret'");
        if (const auto error = errno_named(ret)) {
            seen.error = error;
            return;
        }
        seen.error = Errno::ok;
        if (ret == "ok") return;
        if (!ret.starts_with("0x"))
            fields::fail(at,
                         "'ret' must be \"ok\", a number, a hexadecimal string, or an errno or signal name such as "
                         "\"ENOMEM\", \"SIGSEGV\"");
        seen.value = fields::hexadecimal(at, "'ret'");
    } else {
        seen.error = Errno::ok;
        seen.value = fields::integer(at, "'ret'", 0, any_number);
    }
    if (has_value) return;
    if (*seen.value != 0)
        fields::fail(at, fmt::format("{} returns 0 or an error; write 0 or the error's name", name(kind)));
    seen.value.reset();
}

TraceStep read_step(const Located& line) {
    TraceStep step;
    Object object(line, "an operation");
    const Located& at = object.require("op");
    const std::string text = fields::text(at, "'op'");
    const auto kind = op_kind_named(text);
    if (!kind) {
        std::vector<std::string_view> names;
        for (const Operation& each : op_table()) names.push_back(each.name);
        fields::fail(
            at, fmt::format("unknown operation '{}'{}; known: {}", text, did_you_mean(text, names), op_kind_list()));
    }
    step.op.kind = *kind;

    Object arguments(line, std::string(name(*kind)));
    arguments.require("op");
    if (const Located* each = arguments.find("proc"))
        step.op.process =
            static_cast<std::uint8_t>(fields::integer(*each, arguments.named("proc"), 0, max_processes - 1));
    read_arguments(arguments, step.op);
    if (const Located* each = arguments.find("fail_alloc")) step.op.fail_alloc = read_fail_alloc(*each);
    if (const Located* each = arguments.find("meanwhile")) step.op.meanwhile = read_meanwhile(*each);
    read_seen(arguments, *kind, step.seen);
    if (const Located* each = arguments.find("note")) step.note = fields::text(*each, arguments.named("note"));
    arguments.finish();
    return step;
}

}  // namespace vmacheck
