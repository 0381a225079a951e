// msync and mincore, which walk over VMAs and change nothing (v5.10 mm/msync.c, mm/mincore.c).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

template <class D>
Errno error_of_msync(const SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const std::uint32_t flags = op.call_flags;
    const bool both = (flags & ms::async) != 0 && (flags & ms::sync) != 0;
    if (flags > ms::valid || op.addr.offset != 0 || both) return Errno::einval;
    const Number<D> len = wrapped<D>(op.len.round_up());
    if (len == 0) return Errno::ok;
    if (op.addr.page + len >= pages_in_64_bits) return Errno::enomem;
    return walk_over_holes<D>(ctx, op.addr.page, op.addr.page + len,
                              [&](const Segment<D>& part, const Number<D>&, const Number<D>&) {
                                  const bool locked = (part.flags & vm::locked) != 0;
                                  return locked && (flags & ms::invalidate) != 0 ? Errno::ebusy : Errno::ok;
                              });
}

template <class D>
Errno error_of_mincore(const SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    if (op.addr.offset != 0) return Errno::einval;
    const Number<D> end = op.addr.page + op.len.round_up();
    if (end > ctx.parameters().task_size) return Errno::enomem;
    return walk_over_holes<D>(ctx, op.addr.page, end,
                              [](const Segment<D>&, const Number<D>&, const Number<D>&) { return Errno::ok; });
}

}  // namespace

template <class D>
void msync(SpecContext<D>& ctx) {
    ctx.require(error_of_msync(ctx));
    ctx.expect(ctx.map_before, "msync changes nothing");
}

template <class D>
void mincore(SpecContext<D>& ctx) {
    ctx.require(error_of_mincore(ctx));
    ctx.expect(ctx.map_before, "mincore changes nothing");
}

template void msync(SpecContext<Plain>&);
template void msync(SpecContext<Traced>&);
template void mincore(SpecContext<Plain>&);
template void mincore(SpecContext<Traced>&);

}  // namespace vmacheck::specification
