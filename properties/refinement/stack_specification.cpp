// Accesses that may grow a stack: a page fault, and the access to another process's memory (v5.10 mm/mmap.c
// expand_downwards, expand_upwards, find_extend_vma; arch/x86/mm/fault.c; mm/gup.c check_vma_flags).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

// What is at the page: a VMA around it, or else the one that would have to grow to it.
template <class D>
struct Place {
    const Vma<D>* around = nullptr;
    const Vma<D>* stack = nullptr;
};

template <class D>
Place<D> place_of(const View<D>& view, const Number<D>& page) {
    const World<D>& world = view.step.world;
    Place<D> place;
    if (view.parameters().stack_grows_up) {
        each_vma_before(world, view.mm, [&](VmaId, const Vma<D>& vma) {
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
    const Vma<D>* vma = world.before(vma_at_or_above(world, view.mm, page));
    if (vma == nullptr) return place;
    if (vma->start <= page)
        place.around = vma;
    else if ((vma->flags & vm::growsdown) != 0)
        place.stack = vma;
    return place;
}

enum class Answer { must_refuse, may_refuse, must_succeed };

// A neighbour with any right keeps a growing stack at the distance of the guard gap, unless it grows the same way.
template <class D>
bool keeps_away(const Vma<D>* neighbour, VmFlags direction) {
    return neighbour != nullptr && (neighbour->flags & direction) == 0 && (neighbour->flags & vm::access) != 0;
}

// Limits that ask for the stack's size and what it grows by, whichever way it grows.
template <class D>
Answer answer_of_limits(const View<D>& view, const Vma<D>& stack, const Number<D>& size, const Number<D>& pages) {
    const Parameters& p = view.parameters();
    if (p.rlimit_stack != unlimited && size > p.rlimit_stack) return Answer::must_refuse;
    if (p.rlimit_as != unlimited && view.before.total_vm + pages > p.rlimit_as) return Answer::must_refuse;
    if ((stack.flags & vm::locked) != 0 && rules::mlock_may_refuse(view.step, view.before, pages))
        return Answer::must_refuse;
    // Nothing else is charged in the step, so the answer of overcommit is known.
    if ((stack.flags & vm::account) != 0 && rules::commit_may_refuse(view.step, pages)) return Answer::must_refuse;
    return view.injected() ? Answer::may_refuse : Answer::must_succeed;
}

template <class D>
Answer answer_down(const View<D>& view, const Vma<D>& stack, const Number<D>& page) {
    const Parameters& p = view.parameters();
    if (page < p.mmap_min_addr) return Answer::must_refuse;
    const Vma<D>* below = view.step.world.before(stack.prev);
    if (keeps_away(below, vm::growsdown) && page < below->end + p.stack_guard_gap) return Answer::must_refuse;
    const Number<D> pages = stack.start - page;
    if (pages > stack.pgoff) return Answer::must_refuse;
    return answer_of_limits<D>(view, stack, stack.end - page, pages);
}

template <class D>
Answer answer_up(const View<D>& view, const Vma<D>& stack, const Number<D>& page) {
    const Parameters& p = view.parameters();
    if (page >= p.task_size) return Answer::must_refuse;
    // The guard gap ends with the address space.
    const Vma<D>* above = view.step.world.before(stack.next);
    if (keeps_away(above, vm::growsup) && above->start < page + 1 + p.stack_guard_gap && above->start < p.task_size)
        return Answer::must_refuse;
    const Number<D> size = page + 1 - stack.start;
    if (stack.pgoff + size >= std::uint64_t{1} << p.pgoff_bits) return Answer::must_refuse;
    return answer_of_limits<D>(view, stack, size, page + 1 - stack.end);
}

// The VMA that the access then meets, with the map that growth leaves; nullptr: there is none, and nothing changes.
template <class D>
const Vma<D>* expect_growth(View<D>& view, const Number<D>& page) {
    const Place<D> place = place_of(view, page);
    PageMap<D> expected = view.map_before;
    if (place.around == nullptr && place.stack != nullptr) {
        const Vma<D>& stack = *place.stack;
        const bool up = stack.start <= page;
        const Answer answer = up ? answer_up<D>(view, stack, page) : answer_down<D>(view, stack, page);
        const bool grown = view.map_after.any_in(page, page + 1);
        if (answer == Answer::must_succeed || (answer == Answer::may_refuse && grown)) {
            const VmFlags flags = stack.flags & ~vm::softdirty;
            const std::uint16_t policy = policy_before(view.step.world, stack.policy);
            expected.insert(up ? Segment<D>{stack.end, page + 1, flags, {}, 0, policy, stack.uffd, stack.anon_name}
                               : Segment<D>{page, stack.start, flags, {}, 0, policy, stack.uffd, stack.anon_name});
            view.expect(std::move(expected), "an access changes no page but for a stack that grows");
            return &stack;
        }
    }
    view.expect(std::move(expected), "an access that grows no stack changes no page");
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

// Shared memory without an object, which has no page to give.
template <class D>
bool has_no_page(const Vma<D>& vma) {
    return (vma.flags & vm::shared) != 0 && vma.ops == VmOps::none;
}

// A page beyond the end of the file, of a VMA that has one there.
template <class D>
bool of_no_file_page(const View<D>& view, const Vma<D>& vma, const Number<D>& page) {
    if (vma.ops == VmOps::none || vma.ops == VmOps::special || page < vma.start || page >= vma.end) return false;
    return beyond_end<D>(view, vma.file, vma.pgoff + (page - vma.start));
}

// A page that userfaultfd has to provide. An object that holds it already is no reason to ask, which is not known here.
template <class D>
bool may_be_userfault(const View<D>& view, const Vma<D>& vma, const Number<D>& page) {
    return (vma.flags & vm::uffd_missing) != 0 && view.parameters().page_layer &&
           !present_before(view.step.world, view.mm, page);
}

// What the access must end with, where it meets a page of the VMA; `failure` is how it says that there is none to get.
template <class D>
void require_page(View<D>& view, const Vma<D>& vma, const Number<D>& page, Errno failure) {
    if (of_no_file_page(view, vma, page)) return view.require(failure);
    if (may_be_userfault<D>(view, vma, page)) {
        // Nobody provides the page.
        if (vma.ops == VmOps::none || view.error() != Errno::ok) view.require(failure);
        return;
    }
    view.require(Errno::ok);
}

}  // namespace

template <class D>
void fault(View<D>& view) {
    const Number<D>& page = view.step.op.addr.page;
    if (page >= view.parameters().task_size) {
        view.require(Errno::sigsegv);
        view.expect(view.map_before, "an access beyond the address space changes nothing");
        return;
    }
    const Vma<D>* vma = expect_growth(view, page);
    if (vma == nullptr || (vma->flags & rights_for(view.step.op.access)) == 0) return view.require(Errno::sigsegv);
    if (has_no_page(*vma)) return view.require(Errno::sigbus);
    if (view.error() == Errno::enomem && view.injected()) return;
    require_page<D>(view, *vma, page, Errno::sigbus);
}

template <class D>
void remote_access(View<D>& view) {
    const Op<D>& op = view.step.op;
    const Vma<D>* vma = expect_growth(view, op.addr.page);
    // Here reading takes the right to read, and device memory has no pages to take hold of.
    const VmFlags right = op.access == Access::write ? vm::write : vm::read;
    if (vma == nullptr || (vma->flags & right) == 0 || (vma->flags & (vm::io | vm::pfnmap)) != 0 || has_no_page(*vma))
        return view.require(Errno::efault);
    if (view.error() == Errno::efault && view.injected()) return;
    require_page<D>(view, *vma, op.addr.page, Errno::efault);
}

template void fault(View<Plain>&);
template void fault(View<Traced>&);
template void remote_access(View<Plain>&);
template void remote_access(View<Traced>&);

}  // namespace vmacheck::specification
