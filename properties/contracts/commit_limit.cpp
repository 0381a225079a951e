#include "properties/contracts/commit_limit.hpp"

namespace vmacheck {
namespace {

// Pages that the call mapped and that total_vm did not have yet when it was charged for them; at most so many where it
// unmapped others before.
template <class D>
Number<D> pages_mapped(const Step<D>& step, const Mm<D>& before, const Mm<D>& after) {
    const Op<D>& op = step.op;
    if (op.kind == OpKind::mmap) return mapped_pages(step.world.parameters(), op);
    if (op.kind == OpKind::mremap && (op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0)
        return op.new_len.round_up();
    return after.total_vm > before.total_vm ? after.total_vm - before.total_vm : Number<D>(0);
}

// The address space whose size decides what is withheld.
template <class D>
Number<D> withheld(const Step<D>& step) {
    const Parameters& p = step.world.parameters();
    Number<D> pages = p.cap_sys_admin ? std::uint64_t{0} : p.admin_reserve;
    const MmId mm = subject(step);
    const Mm<D>* before = mm ? step.world.before(mm) : nullptr;
    const Mm<D>* after = mm ? step.world.find(mm) : nullptr;
    if (before == nullptr || after == nullptr) return pages;
    const Number<D> mapped = pages_mapped(step, *before, *after);
    if (after->total_vm <= mapped) return pages;
    const Number<D> share = quotient(after->total_vm - mapped, 32);
    return pages + (share < p.user_reserve ? share : Number<D>(p.user_reserve));
}

template <class D>
void check_never(const Step<D>& step, const Number<D>& before, const Number<D>& after, Report& report) {
    const std::uint64_t limit = step.world.parameters().commit_limit;
    const Number<D> reserved = withheld(step);
    if (after + reserved < limit) return;
    report.add(CommitLimit<D>::info, "{} raised vm_committed_as from {} to {}, expected below {} less {}",
               name(step.op.kind), before.value(), page_count(after.value()), limit, reserved.value());
}

// Calls that charge for several VMAs, one after the other: each of them is a request.
template <class D>
bool charges_in_parts(const Step<D>& step) {
    return step.op.kind == OpKind::fork || step.op.kind == OpKind::mprotect || step.op.kind == OpKind::exec ||
           (step.op.kind == OpKind::mremap && (step.op.call_flags & mremap::fixed) != 0 &&
            step.world.profile().policy.mremap_order == MremapOrder::checks_first);
}

// Of these, what each VMA was charged for: all of a child's, and what mprotect made accounted of a VMA. The stack of exec
// is charged for page by page.
template <class D>
void check_parts(const Step<D>& step, std::uint64_t most, Report& report) {
    const PageRangeOf<D> range = named_range(step.op);
    each_changed_vma(step, [&](const Vma<D>* before, const Vma<D>* after) {
        Number<D> pages = 0;
        if (step.op.kind == OpKind::fork && before == nullptr && after != nullptr && (after->flags & vm::account) != 0)
            pages = after->end - after->start;
        if (step.op.kind == OpKind::mprotect && before != nullptr && (before->flags & vm::account) == 0) {
            const Number<D> from = before->start < range.start ? range.start : before->start;
            const Number<D> to = range.end < before->end ? range.end : before->end;
            const Vma<D>* now = from < to ? step.world.find(vma_at_or_above(step.world, before->mm, from)) : nullptr;
            if (now != nullptr && now->start <= from && (now->flags & vm::account) != 0) pages = to - from;
        }
        if (pages > most)
            report.add(CommitLimit<D>::info, "{} charged {} for one VMA, expected at most {}", name(step.op.kind),
                       page_count(pages.value()), most);
    });
}

template <class D>
void check_guess(const Step<D>& step, const Number<D>& before, const Number<D>& after, Report& report) {
    const std::uint64_t most = step.world.parameters().total_memory;
    if (charges_in_parts(step)) {
        check_parts(step, most, report);
    } else if (after > before + most) {
        report.add(CommitLimit<D>::info, "{} raised vm_committed_as from {} to {}, expected at most {} more",
                   name(step.op.kind), before.value(), page_count(after.value()), most);
    }
}

}  // namespace

template <class D>
void CommitLimit<D>::step(const Step<D>& step, Report& report) {
    const unsigned mode = step.world.parameters().overcommit_mode;
    if (mode == 1 || !step.outcome.violations.empty()) return;
    const Number<D>& before = step.world.globals_before().committed;
    const Number<D>& after = step.world.globals().committed;
    if (identical(before, after) || after <= before) return;
    if (step.op.kind == OpKind::mremap && allocation_failed(step)) return;
    if (mode == 0)
        check_guess(step, before, after, report);
    else
        check_never(step, before, after, report);
}

template struct CommitLimit<Plain>;
template struct CommitLimit<Traced>;

}  // namespace vmacheck
