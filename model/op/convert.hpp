// An operation over another domain: traced numbers of a plain one are constants of the run at hand; a plain one of
// traced numbers is what it is in that run.
#pragma once

#include "model/op/op.hpp"

namespace vmacheck {

template <class To, class From>
Op<To> convert(const Op<From>& op) {
    const auto bytes = [](const Bytes<From>& from) { return Bytes<To>{Number<To>(from.page.value()), from.offset}; };
    Op<To> made;
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

}  // namespace vmacheck
