#include "checker/smt/traced_ops.hpp"

#include "checker/random/random_ops.hpp"

#include <fmt/format.h>

namespace vmacheck::smt {

Op<Traced> with_inputs(PathRun& run, const Op<Plain>& op, std::size_t step) {
    Op<Traced> made = convert<Traced>(op);
    each_number(made, [&](Bytes<Traced>& bytes, const char* name) {
        bytes.page = run.input(fmt::format("{}.{}", step, name), {0, static_cast<std::int64_t>(pages_in_64_bits) - 1});
    });
    return made;
}

std::size_t number_of_inputs(const Op<Plain>& op) {
    std::size_t count = 0;
    Op<Plain> counted = op;
    each_number(counted, [&](const Bytes<Plain>&, const char*) { ++count; });
    return count;
}

Op<Plain> concrete(const Op<Traced>& op) {
    const auto bytes = [](const Bytes<Traced>& from) { return Bytes<Plain>{from.page.value(), from.offset}; };
    Op<Plain> made;
    made.kind = op.kind;
    made.process = op.process;
    made.target = op.target;
    made.addr = bytes(op.addr);
    made.len = bytes(op.len);
    made.prot = op.prot;
    made.flags = op.flags;
    made.file = op.file;
    made.offset = bytes(op.offset);
    made.new_len = bytes(op.new_len);
    made.new_addr = bytes(op.new_addr);
    made.call_flags = op.call_flags;
    made.policy = op.policy;
    made.uffd = op.uffd;
    made.advice = op.advice;
    made.access = op.access;
    made.fail_alloc = op.fail_alloc;
    return made;
}

}  // namespace vmacheck::smt
