#include "properties/contracts/resource_limits.hpp"

namespace vmacheck {
namespace {

// An address space before and after the step, and what the step added to all of it.
template <class D>
struct Grown {
    const Step<D>& step;
    MmId mm;
    const Mm<D>& before;
    const Mm<D>& after;
};

template <class D>
void over(const Grown<D>& grown, std::string_view counter, const Number<D>& was, const Number<D>& is,
          std::string_view limit, std::uint64_t allowed, Report& report) {
    report.add(ResourceLimits<D>::info, "{} raised {} of process {} from {} to {}, expected at most {} ({})",
               name(grown.step.op.kind), counter, slot_of(grown.step.world, grown.mm), was.value(), is.value(), allowed,
               limit);
}

// mremap that found no memory to cut its source out of a VMA.
template <class D>
bool source_kept(const Step<D>& step) {
    return step.op.kind == OpKind::mremap && allocation_failed(step);
}

template <class D>
void check_total(const Grown<D>& grown, Report& report) {
    const std::uint64_t limit = grown.step.world.parameters().rlimit_as;
    const auto& [step, mm, before, after] = grown;
    if (limit == unlimited || after.total_vm <= limit || after.total_vm <= before.total_vm) return;
    if (step.op.kind == OpKind::special_mapping || source_kept(step)) return;
    over(grown, "total_vm", before.total_vm, after.total_vm, "RLIMIT_AS", limit, report);
}

// Whether mprotect passed RLIMIT_DATA since RLIMIT_AS would have refused as many pages more.
template <class D>
bool address_space_in_the_way(const Grown<D>& grown) {
    const Parameters& p = grown.step.world.parameters();
    if (grown.step.op.kind != OpKind::mprotect || p.rlimit_as == unlimited) return false;
    return grown.before.total_vm + (grown.after.data_vm - grown.before.data_vm) > p.rlimit_as;
}

template <class D>
void check_data(const Grown<D>& grown, Report& report) {
    const std::uint64_t limit = grown.step.world.parameters().rlimit_data;
    const auto& [step, mm, before, after] = grown;
    if (limit == unlimited || limit == 0) return;  // 0 is not enforced, which old programs rely on
    if (after.data_vm <= limit || after.data_vm <= before.data_vm) return;
    if (source_kept(step) || address_space_in_the_way(grown)) return;
    // The pages that were replaced are those that total_vm did not grow by.
    const bool replaces = step.op.kind == OpKind::mmap && (step.op.flags & map::fixed) != 0;
    if (replaces && after.total_vm >= before.total_vm && before.data_vm + (after.total_vm - before.total_vm) <= limit)
        return;
    over(grown, "data_vm", before.data_vm, after.data_vm, "RLIMIT_DATA", limit, report);
}

template <class D>
void check_locked(const Grown<D>& grown, Report& report) {
    const Parameters& p = grown.step.world.parameters();
    const auto& [step, mm, before, after] = grown;
    if (p.cap_ipc_lock || p.rlimit_memlock == unlimited) return;
    if (after.locked_vm <= p.rlimit_memlock || after.locked_vm <= before.locked_vm || source_kept(step)) return;
    if (step.op.kind == OpKind::mremap && sum_wraps_64_bit_bytes<D>(before.locked_vm, step.op.new_len.round_up()))
        return;
    over(grown, "locked_vm", before.locked_vm, after.locked_vm, "RLIMIT_MEMLOCK", p.rlimit_memlock, report);
}

// An access that moved a boundary of a stack.
template <class D>
void check_stacks(const Step<D>& step, Report& report) {
    const std::uint64_t limit = step.world.parameters().rlimit_stack;
    if (limit == unlimited || !faults_a_page(step.op.kind)) return;
    each_changed_vma(step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before == nullptr || after == nullptr) return;
        const Number<D> was = before->end - before->start;
        const Number<D> is = after->end - after->start;
        if (is <= was || is <= limit) return;
        report.add(ResourceLimits<D>::info, "{} raised the stack {} to {}, expected at most {} (RLIMIT_STACK)",
                   name(step.op.kind), describe(*before), page_count(is.value()), limit);
    });
}

}  // namespace

template <class D>
void ResourceLimits<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty()) return;
    for (const TouchedMm<D>& each : step.mms) {
        // No limit is asked of a child: it has no more than its parent.
        if (each.was != each.is || each.before == nullptr || each.after == nullptr) continue;
        const Grown<D> grown{step, each.is, *each.before, *each.after};
        check_total(grown, report);
        check_data(grown, report);
        check_locked(grown, report);
    }
    check_stacks(step, report);
}

template struct ResourceLimits<Plain>;
template struct ResourceLimits<Traced>;

}  // namespace vmacheck
