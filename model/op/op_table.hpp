// Every operation in one table, one row each: its name, what it stands for, its arguments, the range it is about, what
// it allocates. What reads, writes, prints, enumerates or solves for operations follows the rows, so that a new
// operation is a row here and a file in model/ops.
#pragma once

#include "model/op/fixed_list.hpp"
#include "model/op/flag_names.hpp"
#include "model/op/op.hpp"

#include <span>
#include <string_view>

namespace vmacheck {

// The members of Op that hold arguments; with_field() leads from the name to the member.
enum class OpField : std::uint8_t {
    addr,
    len,
    prot,
    flags,
    file,
    offset,
    new_len,
    new_addr,
    call_flags,
    policy,
    uffd,
    advice,
    access,
    target,
    name,
    count,
};
std::string_view name(OpField field);

// How an argument is written in a trace.
enum class ArgumentType : std::uint8_t {
    bytes,        // an address, a length or an offset of 64 bits: "0x1000"
    page_offset,  // Op::offset in pages: 3
    flags,        // bits: ["READ"], by Argument::names
    map_flags,    // of mmap: a mapping type, and bits by Argument::names
    advice,       // "DONTNEED"
    access,       // "read", "write", "exec"
    data_access,  // "read", "write"
    number,       // a file, a policy, a userfaultfd context or a name, 16 bits
    process,      // the slot of a process
};

enum class Presence : std::uint8_t {
    required,
    optional
};  // optional: 0 where a trace leaves it out, and not written if 0

struct Argument {
    std::string_view key;  // in traces
    OpField field = OpField::count;
    ArgumentType type = ArgumentType::bytes;
    Presence presence = Presence::required;
    std::span<const FlagName> names;  // of flags

    [[nodiscard]] constexpr bool optional() const { return presence == Presence::optional; }
    // Whether it is a page number, which a solver may choose.
    [[nodiscard]] constexpr bool is_pages() const {
        return type == ArgumentType::bytes || type == ArgumentType::page_offset;
    }
};

// The pages that an operation is about; model/op/op_range.hpp and properties/step/ranges.hpp compute them.
enum class OwnRange : std::uint8_t {
    none,         // of no address: fork, exit, truncate
    pages,        // addr and len, the length rounded up
    whole_pages,  // addr and len, the length rounded down
    bytes,        // every page that a byte of addr and len lies on; the sum wraps in 64 bits
    read_pages,   // the same, but nothing changes
    new_pages,    // addr and len, where nothing may be mapped yet
    placed,       // addr and len, or where the outcome says that it lies
    attachment,   // of shmat: as long as the segment
    attached,     // of shmdt: from addr on, pieces may lie anywhere above
    moved,        // of mremap: source and destination
    heap_end,     // of brk: between the old break and the new one
    page,         // the page of addr
    boundary,     // the page boundary addr
    entry,        // the page-table entry of addr; VMAs stay as they are
    everything,   // the whole address space
};

using ArgumentList = FixedList<Argument, 6>;
using SiteList = FixedList<AllocSite, 12>;

struct Operation {
    OpKind kind = OpKind::count;
    std::string_view name;        // stable: it stands in traces; ends in a NUL
    std::string_view stands_for;  // the calls, or the kernel's functions, that it is
    ArgumentList arguments;       // in the order of a trace
    // The call for people, with {key} where an argument stands. The short form is for calls whose optional arguments
    // are all 0; empty: the same.
    std::string_view call;
    std::string_view short_call;
    OwnRange range = OwnRange::none;
    SiteList allocations;        // that may fail in it
    bool returns_value = false;  // an address, the break or a slot, and not just 0

    [[nodiscard]] const Argument* find(OpField field) const;
    [[nodiscard]] bool has(OpField field) const { return find(field) != nullptr; }
};

// One row for each OpKind, in its order.
std::span<const Operation> op_table();
const Operation& operation(OpKind kind);

// Whether the operation's range is one that may span VMAs and holes.
bool spans_vmas(OwnRange range);

// Whether the kernel looks at the argument in this call: a file offset counts with a file, the new address of mremap
// with a flag that wants one.
template <class D>
bool is_used(const Op<D>& op, const Argument& argument) {
    if (argument.field == OpField::offset) return op.file != 0 || argument.type == ArgumentType::page_offset;
    if (argument.field == OpField::new_addr) return (op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0;
    return true;
}

// Calls f(member) with the member that the field names; returns what f returns.
template <class O, class F>
decltype(auto) with_field(O& op, OpField field, F&& f) {
    switch (field) {
        case OpField::addr: return f(op.addr);
        case OpField::len: return f(op.len);
        case OpField::prot: return f(op.prot);
        case OpField::flags: return f(op.flags);
        case OpField::file: return f(op.file);
        case OpField::offset: return f(op.offset);
        case OpField::new_len: return f(op.new_len);
        case OpField::new_addr: return f(op.new_addr);
        case OpField::call_flags: return f(op.call_flags);
        case OpField::policy: return f(op.policy);
        case OpField::uffd: return f(op.uffd);
        case OpField::advice: return f(op.advice);
        case OpField::access: return f(op.access);
        case OpField::target: return f(op.target);
        case OpField::name: return f(op.name);
        case OpField::count: break;
    }
    internal_assertion_failed("argument of no field");
}

// The argument as a number: a byte count, bits, or the position of an enumerator.
std::uint64_t value_of(const Op<Plain>& op, OpField field);
// The inverse; the number has to fit.
void set_value(Op<Plain>& op, OpField field, std::uint64_t value);

// Whether the two are the same call of the same process, with the same allocation failing and the same
// step of another task meanwhile.
bool same_call(const Op<Plain>& a, const Op<Plain>& b);

// Calls f(field) for each field.
template <class F>
void each_field(F&& f) {
    for (int i = 0; i < static_cast<int>(OpField::count); ++i) f(static_cast<OpField>(i));
}

}  // namespace vmacheck
