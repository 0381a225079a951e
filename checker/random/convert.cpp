// An operation that was drawn, over another domain.
#include "checker/random/random_ops.hpp"

namespace vmacheck {

template <class D>
Op<D> convert(const Op<Plain>& op) {
    const auto bytes = [](const Bytes<Plain>& from) { return Bytes<D>{Number<D>(from.page.value()), from.offset}; };
    Op<D> made;
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

template Op<Plain> convert(const Op<Plain>&);
template Op<Traced> convert(const Op<Plain>&);

}  // namespace vmacheck
