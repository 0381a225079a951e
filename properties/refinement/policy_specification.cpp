// mbind, registering with userfaultfd, and names of anonymous memory: attributes of the pages of a range (v5.10
// mm/mempolicy.c, fs/userfaultfd.c, v5.17 mm/madvise.c).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

// How a range is covered before the step.
struct Coverage {
    bool any = false;    // something is mapped in it
    bool whole = false;  // there is no hole
};

template <class D>
Coverage coverage(const SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end) {
    Coverage seen;
    Number<D> at = start;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= start) continue;
        if (part.start >= end) break;
        seen.any = true;
        if (part.start <= at) at = part.end;
    }
    seen.whole = at >= end;
    return seen;
}

template <class D>
bool cut_may_fail(const SpecContext<D>& ctx) {
    return ctx.error() == Errno::enomem && (ctx.injected() || rules::cut_may_be_refused(ctx.step, ctx.before));
}

// Errno::ok with no range to change, where the length rounds up to nothing.
template <class D>
Errno error_of_mbind(const SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    constexpr std::uint32_t strict_move_all = 7;
    if (op.call_flags > strict_move_all) return Errno::einval;
    if ((op.call_flags & mpol_mf::move_all) != 0 && !ctx.parameters().cap_sys_nice) return Errno::eperm;
    if (op.addr.offset != 0) return Errno::einval;
    const Number<D> len = wrapped<D>(op.len.round_up());
    return op.addr.page + len >= pages_in_64_bits ? Errno::einval : Errno::ok;
}

}  // namespace

template <class D>
void mbind(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "an mbind that is refused, or of nothing, changes nothing");
    };
    const Number<D> end = op.addr.page + wrapped<D>(op.len.round_up());
    if (const Errno error = error_of_mbind(ctx); error != Errno::ok || end == op.addr.page) return refuse(error);
    const Coverage covered = coverage<D>(ctx, op.addr.page, end);
    if (!covered.any || (op.policy != 0 && !covered.whole)) {
        // The policy is made before the holes are looked for.
        const bool no_policy = ctx.injected() && op.policy != 0 && ctx.error() == Errno::enomem;
        return refuse(no_policy ? Errno::enomem : Errno::efault);
    }
    const bool may_stop = cut_may_fail(ctx);
    PageMap<D> expected = ctx.map_before;
    Errno required = Errno::ok;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= op.addr.page || part.policy == op.policy) continue;
        if (part.start >= end) break;
        const Number<D> at = part.start < op.addr.page ? op.addr.page : part.start;
        const Segment<D>* now = ctx.map_after.at(at);
        if (may_stop && now != nullptr && now->policy == part.policy) {
            required = Errno::enomem;
            break;
        }
        const Number<D> to = part.end < end ? part.end : end;
        if (cut_refused<D>(ctx, part, at) || cut_refused<D>(ctx, part, to)) {
            required = Errno::einval;
            break;
        }
        expected.set_policy(at, to, op.policy);
    }
    // The last part may have joined a neighbour with the policy before its own could not be made.
    const bool replaced = ctx.injected() && ctx.error() == Errno::enomem;
    ctx.require(replaced ? Errno::enomem : required);
    ctx.expect(expected, "mbind gives the policy to what is mapped, up to where it stops");
}

namespace {

template <class D>
Errno error_of_range(const SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Parameters& p = ctx.parameters();
    if (op.addr.offset != 0 || op.len.offset != 0 || op.len.page == 0) return Errno::einval;
    const Number<D> end = op.addr.page + op.len.page;
    if (op.addr.page < p.mmap_min_addr || op.addr.page >= p.task_size || end > p.task_size) return Errno::einval;
    const Vma<D>* above = ctx.step.world.find(vma_at_or_above(ctx.step.world, ctx.mm, op.addr.page));
    if (above == nullptr) return ctx.step.world.profile().policy.uffd_above_einval ? Errno::einval : Errno::enomem;
    if (above->start >= end) return Errno::einval;
    const FileSpec* spec = spec_behind(ctx, above->file);
    const bool huge = spec != nullptr && is_file_hugepages(*spec);
    return huge && remainder(op.addr.page, p.huge_page_pages) != 0 ? Errno::einval : Errno::ok;
}

// Anonymous memory, and the pages of shmem and hugetlb: in v5.10 without write protection.
template <class D>
bool can_be_registered(const SpecContext<D>& ctx, const Segment<D>& part, VmFlags flags) {
    if ((part.flags & vm::droppable) != 0) return false;
    if (anonymous(ctx, part)) return true;
    const File<D>* file = ctx.step.world.find(part.file);
    const bool held_in_memory = (file != nullptr && file->kind == FileKind::shmem) || (part.flags & vm::hugetlb) != 0;
    return held_in_memory && (ctx.step.world.profile().policy.uffd_wp_of_files || (flags & vm::uffd_wp) == 0);
}

// Changes each VMA's part to what `wanted` says of its flags and context. Ends as the walk of mprotect does.
template <class D, class F>
void change_registration(SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end, std::uint16_t context,
                         F&& wanted) {
    const bool may_stop = cut_may_fail(ctx);
    PageMap<D> expected = ctx.map_before;
    Errno required = Errno::ok;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= start) continue;
        if (part.start >= end) break;
        const VmFlags flags = wanted(part);
        if (flags == part.flags) continue;
        const Number<D> at = part.start < start ? start : part.start;
        const Segment<D>* now = ctx.map_after.at(at);
        if (may_stop && now != nullptr && now->flags == part.flags) {
            required = Errno::enomem;
            break;
        }
        if (cut_refused<D>(ctx, part, end)) {
            required = Errno::einval;
            break;
        }
        expected.set_uffd(at, part.end < end ? part.end : end, flags, context);
    }
    ctx.require(required);
    ctx.expect(expected, "what is mapped is registered or not, up to where the call stops, and nothing else changes");
}

}  // namespace

template <class D>
void uffd_register(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a refused registration changes nothing");
    };
    if (op.uffd == 0) return refuse(Errno::ebadf);
    if (op.call_flags == 0 || op.call_flags > 3) return refuse(Errno::einval);
    if (const Errno error = error_of_range(ctx); error != Errno::ok) return refuse(error);
    const VmFlags missing = (op.call_flags & uffd_mode::missing) != 0 ? vm::uffd_missing : 0;
    const VmFlags flags = missing | ((op.call_flags & uffd_mode::wp) != 0 ? vm::uffd_wp : 0);
    const Number<D> end = op.addr.page + op.len.page;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= op.addr.page) continue;
        if (part.start >= end) break;
        if (!can_be_registered(ctx, part, flags)) return refuse(Errno::einval);
        if ((part.flags & vm::may_write) == 0) return refuse(Errno::eperm);
        if (cut_refused<D>(ctx, part, end)) return refuse(Errno::einval);
        if (part.uffd != 0 && part.uffd != op.uffd) return refuse(Errno::ebusy);
    }
    change_registration<D>(ctx, op.addr.page, end, op.uffd, [&](const Segment<D>& part) {
        const bool has_all = part.uffd == op.uffd && (part.flags & flags) == flags;
        return has_all ? part.flags : (part.flags & ~(vm::uffd_missing | vm::uffd_wp)) | flags;
    });
}

template <class D>
void uffd_unregister(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a refused unregistration changes nothing");
    };
    if (op.uffd == 0) return refuse(Errno::ebadf);
    if (const Errno error = error_of_range(ctx); error != Errno::ok) return refuse(error);
    const Number<D> end = op.addr.page + op.len.page;
    for (const Segment<D>& part : ctx.map_before.segments()) {
        if (part.end <= op.addr.page) continue;
        if (part.start >= end) break;
        const bool other = part.uffd != 0 && part.uffd != op.uffd;
        if (other && ctx.step.world.profile().policy.uffd_unregister_own) return refuse(Errno::einval);
        if (!can_be_registered(ctx, part, part.flags)) return refuse(Errno::einval);
    }
    change_registration<D>(ctx, op.addr.page, end, 0, [](const Segment<D>& part) {
        return part.uffd == 0 ? part.flags : part.flags & ~(vm::uffd_missing | vm::uffd_wp);
    });
}

template <class D>
void uffd_close(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    ctx.require(op.uffd == 0 ? Errno::ebadf : Errno::ok);
    PageMap<D> expected;
    for (const Segment<D>& each : ctx.map_before.segments()) {
        Segment<D> part = each;
        if (op.uffd != 0 && part.uffd == op.uffd) {
            part.uffd = 0;
            part.flags &= ~(vm::uffd_missing | vm::uffd_wp);
        }
        expected.insert(part);
    }
    ctx.expect(expected, "a closed context has no registration left, and others keep theirs");
}

namespace {

// The errors of the option and of the range; ok with an empty range: nothing to do.
template <class D>
Errno error_of_naming(const SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    if (ctx.step.world.profile().policy.anon_names == AnonNames::none || op.addr.offset != 0) return Errno::einval;
    const Number<D> len = op.len.round_up();
    if (len >= pages_in_64_bits) return Errno::einval;
    const Number<D> end = op.addr.page + len;
    return end > pages_in_64_bits || (end == pages_in_64_bits && op.addr.page > 0) ? Errno::einval : Errno::ok;
}

}  // namespace

template <class D>
void anon_name(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Number<D> len = op.len.round_up();
    const Errno refused = error_of_naming(ctx);
    if (refused != Errno::ok || len == 0) {
        ctx.require(refused);
        ctx.expect(ctx.map_before, "a call that names nothing changes nothing");
        return;
    }
    // Where memory or the map_count limit may have stopped the walk, it stopped at the first part that is as before.
    const bool may_stop =
        ctx.error() == Errno::eagain && (ctx.injected() || rules::cut_may_be_refused(ctx.step, ctx.before));
    PageMap<D> expected = ctx.map_before;
    const Errno error = walk_over_holes<D>(
        ctx, op.addr.page, op.addr.page + len, [&](const Segment<D>& part, const Number<D>& from, const Number<D>& to) {
            if (part.file) return Errno::ebadf;
            const Segment<D>* now = ctx.map_after.at(from);
            if (may_stop && part.name != op.name && now != nullptr && now->name == part.name) return Errno::eagain;
            expected.set_name(from, to, op.name);
            return Errno::ok;
        });
    ctx.require(error);
    ctx.expect(expected, "memory without a file gets the name, up to where the walk stops");
}

template void mbind(SpecContext<Plain>&);
template void mbind(SpecContext<Traced>&);
template void uffd_register(SpecContext<Plain>&);
template void uffd_register(SpecContext<Traced>&);
template void uffd_unregister(SpecContext<Plain>&);
template void uffd_unregister(SpecContext<Traced>&);
template void uffd_close(SpecContext<Plain>&);
template void uffd_close(SpecContext<Traced>&);
template void anon_name(SpecContext<Plain>&);
template void anon_name(SpecContext<Traced>&);

}  // namespace vmacheck::specification
