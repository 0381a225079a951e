// An operation line of a trace.
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

using PlainBytes = Bytes<Plain>;

PlainBytes bytes(const Located& at, const Object& object, std::string_view key) {
    return PlainBytes::from(fields::hexadecimal(at, object.named(key)));
}

void read_mmap(Object& object, Op<Plain>& op) {
    if (const Located* each = object.find("addr")) op.addr = bytes(*each, object, "addr");
    op.len = bytes(object.require("len"), object, "len");
    op.prot = static_cast<Prot>(fields::flags(object.require("prot"), object.named("prot"), prot_names(), ~Prot{0}));
    op.flags = fields::map_flags(object.require("flags"), object.named("flags"));
    if (const Located* each = object.find("file"))
        op.file = static_cast<std::uint16_t>(fields::integer(*each, object.named("file"), 0, any_file));
    if (const Located* each = object.find("offset")) op.offset = bytes(*each, object, "offset");
}

void read_advice(Object& object, Op<Plain>& op) {
    const Located& at = object.require("advice");
    const auto advice = advice_named(fields::text(at, object.named("advice")));
    if (!advice) fields::fail(at, fmt::format("unknown advice; known: {}", advice_list()));
    op.advice = *advice;
}

void read_access(Object& object, Op<Plain>& op) {
    const Located& at = object.require("access");
    const auto access = access_named(fields::text(at, object.named("access")));
    if (!access) fields::fail(at, fmt::format("unknown access; known: {}", access_list()));
    op.access = *access;
}

void read_call_flags(const Located& at, const Object& object, Op<Plain>& op) {
    op.call_flags = static_cast<std::uint32_t>(
        fields::flags(at, object.named("flags"), call_flag_names(op.kind), std::numeric_limits<std::uint32_t>::max()));
}

void read_mremap(Object& object, Op<Plain>& op) {
    op.addr = bytes(object.require("addr"), object, "addr");
    op.len = bytes(object.require("len"), object, "len");
    op.new_len = bytes(object.require("new_len"), object, "new_len");
    read_call_flags(object.require("flags"), object, op);
    if (const Located* each = object.find("new_addr")) op.new_addr = bytes(*each, object, "new_addr");
}

std::uint16_t small_number(const Located& at, const Object& object, std::string_view key) {
    return static_cast<std::uint16_t>(fields::integer(at, object.named(key), 0, 0xffff));
}

void read_mbind(Object& object, Op<Plain>& op) {
    op.addr = bytes(object.require("addr"), object, "addr");
    op.len = bytes(object.require("len"), object, "len");
    op.policy = small_number(object.require("policy"), object, "policy");
    if (const Located* each = object.find("flags")) read_call_flags(*each, object, op);
}

void read_uffd(Object& object, Op<Plain>& op) {
    op.uffd = small_number(object.require("uffd"), object, "uffd");
    if (op.kind == OpKind::uffd_close) return;
    op.addr = bytes(object.require("addr"), object, "addr");
    op.len = bytes(object.require("len"), object, "len");
    if (op.kind == OpKind::uffd_register) read_call_flags(object.require("flags"), object, op);
}

// remap_file_pages and special_mapping.
void read_remapping(Object& object, Op<Plain>& op) {
    op.addr = bytes(object.require("addr"), object, "addr");
    op.len = bytes(object.require("len"), object, "len");
    op.prot = static_cast<Prot>(fields::flags(object.require("prot"), object.named("prot"), prot_names(), ~Prot{0}));
    const Located& flags = object.require("flags");
    if (op.kind == OpKind::special_mapping) return read_call_flags(flags, object, op);
    op.flags = fields::map_flags(flags, object.named("flags"));
    op.offset =
        PlainBytes::pages(fields::integer(object.require("pgoff"), object.named("pgoff"), 0, pages_in_64_bits - 1));
}

void read_arguments(Object& object, Op<Plain>& op) {
    switch (op.kind) {
        case OpKind::mmap: read_mmap(object, op); return;
        case OpKind::mremap: read_mremap(object, op); return;
        case OpKind::mlockall: read_call_flags(object.require("flags"), object, op); return;
        case OpKind::mbind: read_mbind(object, op); return;
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::uffd_close: read_uffd(object, op); return;
        case OpKind::munmap:
        case OpKind::mprotect:
        case OpKind::madvise:
        case OpKind::mlock:
        case OpKind::munlock:
            op.addr = bytes(object.require("addr"), object, "addr");
            op.len = bytes(object.require("len"), object, "len");
            if (op.kind == OpKind::mprotect)
                op.prot = static_cast<Prot>(
                    fields::flags(object.require("prot"), object.named("prot"), prot_names(), ~Prot{0}));
            if (op.kind == OpKind::madvise) read_advice(object, op);
            if (op.kind == OpKind::mlock)
                if (const Located* each = object.find("flags")) read_call_flags(*each, object, op);
            return;
        case OpKind::fault:
            op.addr = bytes(object.require("addr"), object, "addr");
            read_access(object, op);
            return;
        case OpKind::truncate:
            op.file =
                static_cast<std::uint16_t>(fields::integer(object.require("file"), object.named("file"), 0, any_file));
            op.len = bytes(object.require("len"), object, "len");
            return;
        case OpKind::remote_access:
            op.target = static_cast<std::uint8_t>(
                fields::integer(object.require("target"), object.named("target"), 0, max_processes - 1));
            op.addr = bytes(object.require("addr"), object, "addr");
            read_access(object, op);
            if (op.access == Access::exec)
                fields::fail(object.require("access"), "remote_access reads or writes; it cannot execute");
            return;
        case OpKind::shmat:
            op.file =
                static_cast<std::uint16_t>(fields::integer(object.require("file"), object.named("file"), 0, any_file));
            if (const Located* each = object.find("addr")) op.addr = bytes(*each, object, "addr");
            read_call_flags(object.require("flags"), object, op);
            return;
        case OpKind::remap_file_pages:
        case OpKind::special_mapping: read_remapping(object, op); return;
        case OpKind::brk:
        case OpKind::reclaim:
        case OpKind::shmdt:
        case OpKind::split: op.addr = bytes(object.require("addr"), object, "addr"); return;
        case OpKind::fork:
        case OpKind::exit:
        case OpKind::munlockall:
        case OpKind::count: return;
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

// The result: "ok", the name of an error, a number, or a hexadecimal string.
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

TraceStep read_step(const Located& line) {
    TraceStep step;
    Object object(line, "an operation");
    const Located& at = object.require("op");
    const std::string text = fields::text(at, "'op'");
    const auto kind = op_kind_named(text);
    if (!kind) fields::fail(at, fmt::format("unknown operation '{}'; known: {}", text, op_kind_list()));
    step.op.kind = *kind;

    Object arguments(line, std::string(name(*kind)));
    arguments.require("op");
    if (const Located* each = arguments.find("proc"))
        step.op.process =
            static_cast<std::uint8_t>(fields::integer(*each, arguments.named("proc"), 0, max_processes - 1));
    read_arguments(arguments, step.op);
    if (const Located* each = arguments.find("fail_alloc")) step.op.fail_alloc = read_fail_alloc(*each);
    read_seen(arguments, *kind, step.seen);
    if (const Located* each = arguments.find("note")) step.note = fields::text(*each, arguments.named("note"));
    arguments.finish();
    return step;
}

}  // namespace vmacheck
