// Accesses that may grow a stack: a page fault, and the access to another process's memory (v5.10 mm/mmap.c
// expand_downwards, expand_upwards, find_extend_vma; arch/x86/mm/fault.c; mm/gup.c check_vma_flags).
#include "properties/refinement/access_specification.hpp"

namespace vmacheck::specification {
namespace {

// What is at the page: a VMA around it, or else the one that would have to grow to it.
template <class D>
struct Place {
    const Vma<D>* around = nullptr;
    const Vma<D>* stack = nullptr;
};

template <class D>
Place<D> place_of(const SpecContext<D>& ctx, const Number<D>& page) {
    const World<D>& world = ctx.step.world;
    Place<D> place;
    if (ctx.parameters().stack_grows_up) {
        each_vma_before(world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
            if (vma.start > page) return false;
            if (page < vma.end)
                place = {&vma, nullptr};
            else
                place.stack = &vma;
            return page >= vma.end;
        });
        if (place.stack != nullptr && (place.stack->flags & vm::growsup) == 0) place.stack = nullptr;
        return place;
    }
    // Growing down changes no order: the VMA at or above the page is the same before and after.
    const Vma<D>* vma = world.before(vma_at_or_above(world, ctx.mm, page));
    if (vma == nullptr) return place;
    if (vma->start <= page)
        place.around = vma;
    else if ((vma->flags & vm::growsdown) != 0)
        place.stack = vma;
    return place;
}

enum class Expected { must_refuse, may_refuse, must_succeed };

// A neighbour with any right keeps a growing stack at the distance of the guard gap, unless it grows the same way.
template <class D>
bool keeps_away(const Vma<D>* neighbour, VmFlags direction) {
    return neighbour != nullptr && (neighbour->flags & direction) == 0 && (neighbour->flags & vm::access) != 0;
}

// Limits that ask for the stack's size and what it grows by, whichever way it grows.
template <class D>
Expected answer_of_limits(const SpecContext<D>& ctx, const Vma<D>& stack, const Number<D>& size,
                          const Number<D>& pages) {
    const Parameters& p = ctx.parameters();
    if (p.rlimit_stack != unlimited && size > p.rlimit_stack) return Expected::must_refuse;
    if (p.rlimit_as != unlimited && ctx.before.total_vm + pages > p.rlimit_as) return Expected::must_refuse;
    if ((stack.flags & vm::locked) != 0 && rules::mlock_may_refuse(ctx.step, ctx.before, pages))
        return Expected::must_refuse;
    // Nothing else is charged in the step, so the answer of overcommit is known.
    if ((stack.flags & vm::account) != 0 && rules::commit_may_refuse(ctx.step, pages)) return Expected::must_refuse;
    return ctx.injected() ? Expected::may_refuse : Expected::must_succeed;
}

template <class D>
Expected answer_down(const SpecContext<D>& ctx, const Vma<D>& stack, const Number<D>& page) {
    const Parameters& p = ctx.parameters();
    if (page < p.mmap_min_addr) return Expected::must_refuse;
    const Vma<D>* below = ctx.step.world.before(stack.prev);
    if (keeps_away(below, vm::growsdown) && page < below->end + p.stack_guard_gap) return Expected::must_refuse;
    const Number<D> pages = stack.start - page;
    if (pages > stack.pgoff) return Expected::must_refuse;
    return answer_of_limits<D>(ctx, stack, stack.end - page, pages);
}

template <class D>
Expected answer_up(const SpecContext<D>& ctx, const Vma<D>& stack, const Number<D>& page) {
    const Parameters& p = ctx.parameters();
    if (page >= p.task_size) return Expected::must_refuse;
    // The guard gap ends with the address space.
    const Vma<D>* above = ctx.step.world.before(stack.next);
    if (keeps_away(above, vm::growsup) && above->start < page + 1 + p.stack_guard_gap && above->start < p.task_size)
        return Expected::must_refuse;
    const Number<D> size = page + 1 - stack.start;
    if (stack.pgoff + size >= std::uint64_t{1} << p.pgoff_bits) return Expected::must_refuse;
    return answer_of_limits<D>(ctx, stack, size, page + 1 - stack.end);
}

// The VMA that the access then meets, with the map that growth leaves; nullptr: there is none, and nothing changes.
template <class D>
const Vma<D>* expect_growth(SpecContext<D>& ctx, const Number<D>& page) {
    const Place<D> place = place_of(ctx, page);
    PageMap<D> expected = ctx.map_before;
    if (place.around == nullptr && place.stack != nullptr) {
        const Vma<D>& stack = *place.stack;
        const bool up = stack.start <= page;
        const Expected answer = up ? answer_up<D>(ctx, stack, page) : answer_down<D>(ctx, stack, page);
        const bool grown = ctx.map_after.any_in(page, page + 1);
        if (answer == Expected::must_succeed || (answer == Expected::may_refuse && grown)) {
            const VmFlags flags = stack.flags & ~vm::sticky;
            const std::uint16_t policy = policy_before(ctx.step.world, stack.policy);
            expected.insert(up ? Segment<D>{stack.end, page + 1, flags, {}, 0, policy, stack.uffd, stack.anon_name}
                               : Segment<D>{page, stack.start, flags, {}, 0, policy, stack.uffd, stack.anon_name});
            ctx.expect(expected, "an access changes no page but for a stack that grows");
            return &stack;
        }
    }
    ctx.expect(expected, "an access that grows no stack changes no page");
    return place.around;
}

VmFlags rights_for(Access access) {
    switch (access) {
        case Access::read: return vm::access;  // x86 reads what it may write or execute
        case Access::write: return vm::write;
        case Access::exec: return vm::exec;
    }
    return 0;
}

// A page that userfaultfd has to provide. An object that holds it already is no reason to ask, which is not known here.
template <class D>
bool may_be_userfault(const SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page) {
    return (vma.flags & vm::uffd_missing) != 0 && ctx.parameters().page_layer &&
           !present_before(ctx.step.world, ctx.mm, page);
}

// Whether the access makes an anonymous page of the VMA as it is now: by a write to private memory, by any access to huge
// pages, by a read where there is no zero page, or where a transparent huge page fits and none of it is mapped yet.
template <class D>
bool makes_anonymous_page(const SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page, bool write) {
    if ((vma.flags & vm::shared) != 0) return false;
    if ((vma.flags & vm::hugetlb) != 0) return (vma.flags & vm::may_share) == 0;
    if (write) return true;
    const bool absent = vma.ops == VmOps::none && !present_before<D>(ctx.step.world, ctx.mm, page);
    if (absent && ctx.step.world.profile().policy.no_zero_page) return true;
    const Parameters& p = ctx.parameters();
    const bool enabled = p.thp && !p.thp_never && (p.thp_always || (vma.flags & vm::hugepage) != 0);
    if (!enabled || vma.ops != VmOps::none || (vma.flags & vm::nohugepage) != 0) return false;
    const Number<D> first = page - remainder(page, p.huge_page_pages);
    const Number<D> end = first + p.huge_page_pages;
    if (first < vma.start || end > vma.end) return false;
    const Pte<D>* mapped = first_pte_at_or_above<D>(StateView<D>(ctx.step.world, true), ctx.mm, first);
    return mapped == nullptr || mapped->address >= end;
}

// The VMA has an anon_vma where it had one, where it grew, which prepares it first, and where the access made a page for it.
template <class D>
void check_anon_vma(const SpecContext<D>& ctx, const Vma<D>& before, const Number<D>& page, bool write) {
    const World<D>& world = ctx.step.world;
    const Vma<D>* vma = world.find(vma_at_or_above(world, ctx.mm, page));
    if (vma == nullptr || vma->start > page) return;
    const bool grew = page < before.start || page >= before.end;
    const bool expected = grew || faulted(before) || makes_anonymous_page<D>(ctx, *vma, page, write);
    if (faulted(*vma) != expected)
        ctx.fail("{} {} an anon_vma, expected {}", describe(*vma), expected ? "lacks" : "has",
                 expected ? "one" : "none");
}

// What the access must end with, where it meets a page of the VMA; `failure` is how it says that there is none to get, and
// `no_memory` that a hook found no memory.
template <class D>
void require_page(SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page, bool write, Errno failure,
                  Errno no_memory) {
    const Errno error = error_of_page<D>(ctx, vma, page, write);
    if (error == Errno::sigsegv) return ctx.require(failure == Errno::sigbus ? Errno::sigsegv : failure);
    if (error != Errno::ok) return ctx.require(error == Errno::enomem ? no_memory : failure);
    if (may_be_userfault<D>(ctx, vma, page) && (vma.ops == VmOps::none || ctx.error() != Errno::ok))
        return ctx.require(failure);  // no one provides the page
    if (!may_be_userfault<D>(ctx, vma, page)) ctx.require(Errno::ok);
    if (ctx.error() == Errno::ok) check_anon_vma<D>(ctx, vma, page, write);
}

// Whether executing what may be accessed but not executed reads it first: where that changes a VMA, since there is no
// zero page.
template <class D>
bool read_before_executed(const SpecContext<D>& ctx, const Vma<D>& vma) {
    return ctx.step.op.access == Access::exec && ctx.step.world.profile().policy.no_zero_page &&
           (vma.flags & vm::access) != 0;
}

template <class D>
void require_read_and_refusal(SpecContext<D>& ctx, const Vma<D>& vma, const Number<D>& page) {
    if (ctx.error() == Errno::enomem && ctx.injected()) return;
    if (const Errno error = error_of_page<D>(ctx, vma, page, false); error != Errno::ok) return ctx.require(error);
    const bool userfault = may_be_userfault<D>(ctx, vma, page);
    if (userfault && (vma.ops == VmOps::none || ctx.error() == Errno::sigbus)) return ctx.require(Errno::sigbus);
    ctx.require(Errno::sigsegv);
    if (ctx.error() == Errno::sigsegv) check_anon_vma<D>(ctx, vma, page, false);
}

}  // namespace

template <class D>
void fault(SpecContext<D>& ctx) {
    const Number<D>& page = ctx.step.op.addr.page;
    if (page >= ctx.parameters().task_size) {
        ctx.require(Errno::sigsegv);
        ctx.expect(ctx.map_before, "an access beyond the address space changes nothing");
        return;
    }
    const Vma<D>* vma = expect_growth(ctx, page);
    const bool refused = vma == nullptr || (vma->flags & rights_for(ctx.step.op.access)) == 0;
    if (refused && vma != nullptr && read_before_executed(ctx, *vma)) return require_read_and_refusal(ctx, *vma, page);
    if (refused) return ctx.require(Errno::sigsegv);
    if (ctx.error() == Errno::enomem && ctx.injected()) return;
    require_page<D>(ctx, *vma, page, ctx.step.op.access == Access::write, Errno::sigbus, Errno::enomem);
}

template <class D>
void remote_access(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const bool grows = !ctx.step.world.profile().policy.remote_growth_refused;
    if (!grows && ctx.map_before.at(op.addr.page) == nullptr) {
        ctx.expect(ctx.map_before, "access from outside grows no stack");
        return ctx.require(Errno::efault);
    }
    const Vma<D>* vma = expect_growth(ctx, op.addr.page);
    // Here reading takes the right to read, and device memory has no pages to take hold of.
    const VmFlags right = op.access == Access::write ? vm::write : vm::read;
    if (vma == nullptr || (vma->flags & right) == 0 || (vma->flags & (vm::io | vm::pfnmap)) != 0)
        return ctx.require(Errno::efault);
    if (ctx.error() == Errno::efault && ctx.injected()) return;
    require_page<D>(ctx, *vma, op.addr.page, op.access == Access::write, Errno::efault, Errno::efault);
}

template void fault(SpecContext<Plain>&);
template void fault(SpecContext<Traced>&);
template void remote_access(SpecContext<Plain>&);
template void remote_access(SpecContext<Traced>&);

}  // namespace vmacheck::specification
