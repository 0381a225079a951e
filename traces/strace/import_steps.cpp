// One call of a log as a step of a trace: arguments as the caller passed them.
#include "traces/strace/import_steps.hpp"

#include "traces/format/input_error.hpp"
#include "traces/format/names.hpp"
#include "traces/strace/import_log.hpp"

#include <limits>

namespace vmacheck {
namespace {

std::optional<std::uint64_t> prot_bit(std::string_view name) {
    return bits_named(prot_names(), name);
}

std::optional<std::uint64_t> map_bit(std::string_view name) {
    if (name == "FILE") return 0;  // a flag of no effect
    if (const auto type = bits_named(map_type_names(), name)) return type;
    return bits_named(map_flag_names(), name == "ANON" ? "ANONYMOUS" : name);
}

std::uint32_t flag_argument(const StraceArgument& argument, std::string_view prefix, FlagLookup lookup) {
    const std::uint64_t bits = flags_of(argument, prefix, lookup);
    if (bits > std::numeric_limits<std::uint32_t>::max())
        throw InputError(argument.line, argument.column, "flags beyond 32 bits");
    return static_cast<std::uint32_t>(bits);
}

template <OpKind kind>
std::optional<std::uint64_t> call_bit(std::string_view name) {
    return bits_named(call_flag_names(kind), name);
}

Bytes<Plain> bytes_argument(const StraceCall& call, std::size_t index) {
    return Bytes<Plain>::from(number_of(argument(call, index)));
}

}  // namespace

std::optional<TraceStep> step_of(const StraceCall& call) {
    TraceStep made;
    Op<Plain>& op = made.op;
    if (call.name == "munlockall" || call.name == "mlockall") {
        op.kind = call.name == "mlockall" ? OpKind::mlockall : OpKind::munlockall;
        if (op.kind == OpKind::mlockall)
            op.call_flags = flag_argument(argument(call, 0), "MCL_", call_bit<OpKind::mlockall>);
        return made;
    }
    op.addr = bytes_argument(call, 0);
    if (call.name == "brk") {
        op.kind = OpKind::brk;
        made.seen.value = call.result.value;
        return made;
    }
    op.len = bytes_argument(call, 1);
    if (call.name == "munmap") {
        op.kind = OpKind::munmap;
    } else if (call.name == "mprotect") {
        op.kind = OpKind::mprotect;
        op.prot = flag_argument(argument(call, 2), "PROT_", prot_bit);
    } else if (call.name == "madvise") {
        op.kind = OpKind::madvise;
        const std::string& text = argument(call, 2).text;
        const auto advice = text.rfind("MADV_", 0) == 0 ? advice_named(text.substr(5)) : std::nullopt;
        // What v5.10 does not know is left out; it changes no VMA, and the pages are found where they are.
        if (!advice || populates(*advice) || about_guards(*advice) || *advice == Advice::dontneed_locked)
            return std::nullopt;
        op.advice = *advice;
    } else if (call.name == "msync") {
        op.kind = OpKind::msync;
        op.call_flags = flag_argument(argument(call, 2), "MS_", call_bit<OpKind::msync>);
    } else if (call.name == "mincore") {
        if (call.result.error == "EFAULT") return std::nullopt;  // a vector that cannot be written to
        op.kind = OpKind::mincore;
    } else if (call.name == "mlock" || call.name == "mlock2") {
        op.kind = OpKind::mlock;
        if (call.name == "mlock2") op.call_flags = flag_argument(argument(call, 2), "MLOCK_", call_bit<OpKind::mlock>);
    } else if (call.name == "munlock") {
        op.kind = OpKind::munlock;
    } else if (call.name == "mremap") {
        op.kind = OpKind::mremap;
        op.new_len = bytes_argument(call, 2);
        op.call_flags = flag_argument(argument(call, 3), "MREMAP_", call_bit<OpKind::mremap>);
        // strace prints the address only with the flags that look at it.
        if (call.arguments.size() > 4) op.new_addr = bytes_argument(call, 4);
        if (!call.result.failed) made.seen.value = call.result.value;
    } else if (call.name == "remap_file_pages") {
        op.kind = OpKind::remap_file_pages;
        op.prot = flag_argument(argument(call, 2), "PROT_", prot_bit);
        const std::uint64_t pgoff = number_of(argument(call, 3));
        if (pgoff >= pages_in_64_bits) return std::nullopt;  // an offset that no file has
        op.offset = Bytes<Plain>::pages(pgoff);
        op.flags = flag_argument(argument(call, 4), "MAP_", map_bit);
    } else {
        op.kind = OpKind::mmap;
        op.prot = flag_argument(argument(call, 2), "PROT_", prot_bit);
        op.flags = flag_argument(argument(call, 3), "MAP_", map_bit);
        op.offset = bytes_argument(call, 5);
        if (!call.result.failed) made.seen.value = call.result.value;
    }
    return made;
}

bool advice_changes_vmas(const StraceCall& call) {
    return one_of(argument(call, 2).text, {"MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE"});
}

}  // namespace vmacheck
