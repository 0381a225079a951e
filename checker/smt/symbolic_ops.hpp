// Operations on traced numbers: which of an operation's arguments are numbers that a solver may choose.
#pragma once

#include "checker/smt/paths.hpp"
#include "model/op/op.hpp"

namespace vmacheck::smt {

// Calls f(bytes) for each argument of the kind whose page number is an input, in a fixed order. The offsets within a
// page, like flags and files, stay what they are.
template <class D, class F>
void each_number(Op<D>& op, F&& f) {
    switch (op.kind) {
        case OpKind::mmap:
        case OpKind::remap_file_pages:
            f(op.addr, "addr");
            f(op.len, "len");
            if (op.file != 0 || op.kind == OpKind::remap_file_pages) f(op.offset, "offset");
            break;
        case OpKind::mremap:
            f(op.addr, "addr");
            f(op.len, "len");
            f(op.new_len, "new_len");
            if ((op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0) f(op.new_addr, "new_addr");
            break;
        case OpKind::munmap:
        case OpKind::mprotect:
        case OpKind::madvise:
        case OpKind::mlock:
        case OpKind::munlock:
        case OpKind::special_mapping:
        case OpKind::mbind:
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
            f(op.addr, "addr");
            f(op.len, "len");
            break;
        case OpKind::brk:
        case OpKind::fault:
        case OpKind::remote_access:
        case OpKind::split:
        case OpKind::reclaim:
        case OpKind::shmat:
        case OpKind::shmdt: f(op.addr, "addr"); break;
        case OpKind::truncate: f(op.len, "len"); break;
        default: break;
    }
}

// The operation with its numbers as inputs of the run, named "3.addr" after the step. Of a range, start and end are
// inputs and the length is their difference: then most comparisons are between two inputs.
Op<Traced> with_inputs(PathRun& run, const Op<Plain>& op, std::size_t step);
// The values that make with_inputs give the operation's own numbers.
std::vector<std::int64_t> input_values(const Op<Plain>& op);
// Gives the operation the numbers of those values; those beyond the last stay.
void set_input_values(Op<Plain>& op, const std::vector<std::int64_t>& values);

}  // namespace vmacheck::smt
