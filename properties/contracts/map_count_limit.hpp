// Where v5.10 lets map_count pass sysctl_max_map_count: do_mmap and do_brk_flags refuse above it, so they may add one
// more; split_vma refuses at it; __do_munmap cuts the ends of a range without a test, and when the second cut finds no
// memory, or is refused by ->split, the first remains. Since 6.12 it also remains where a seal is met then: so
// refused calls raise map_count without an end, also on a running 6.18.44.
// Beyond it a core dump or /proc/PID/maps no longer fits what reads it. Broken by: split-limit.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct MapCountLimit {
    static constexpr PropertyInfo info{
        "map-count-limit", PropertyKind::contract,
        "map_count passes max_map_count only by the one VMA of an mmap or brk, or by the one "
        "cut that an unmapping without memory, or of sealed memory, leaves",
        "do_mmap, split_vma"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report) {
        if (!step.outcome.violations.empty()) return;
        const std::uint64_t limit = step.world.parameters().max_map_count;
        for (const TouchedMm<D>& each : step.mms) {
            const Mm<D>* after = each.after;
            if (after == nullptr || after->map_count <= limit) continue;
            // A child is counted from its parent.
            const Mm<D>* before = each.before != nullptr ? each.before : step.world.before(caller(step));
            const std::uint32_t count_before = before != nullptr ? before->map_count : 0;
            if (after->map_count <= count_before) continue;
            if (step.op.kind == OpKind::special_mapping) continue;  // insert_vm_struct looks at no limit
            if (after->map_count == count_before + 1 && (unmaps_without_memory(step) || stopped_by_seal(step)))
                continue;
            if (after->map_count <= count_before + 2 && cut_out_in_vain(step)) continue;
            if (after->map_count == limit + 1 && maps(step)) continue;
            report.add(info, "{} raised map_count from {} to {}, expected at most {}", name(step.op.kind), count_before,
                       after->map_count, limit);
        }
    }

private:
    static bool maps(const Step<D>& step) {
        const bool asks =
            step.op.kind == OpKind::mmap || step.op.kind == OpKind::shmat || step.op.kind == OpKind::remap_file_pages;
        return (asks && step.outcome.ok()) || step.op.kind == OpKind::brk;
    }
    // Both ends of what a mapping was to replace were cut, and then it was refused.
    static bool cut_out_in_vain(const Step<D>& step) {
        const bool maps =
            step.op.kind == OpKind::mmap || step.op.kind == OpKind::shmat || step.op.kind == OpKind::remap_file_pages;
        return maps && !step.outcome.ok() && step.world.profile().policy.mmap_gathers_first;
    }
    // A seal is met after the start of the range was cut, which stays; brk has no errno for it.
    static bool stopped_by_seal(const Step<D>& step) {
        if (step.world.profile().policy.mseal == Mseal::none) return false;
        if (step.op.kind == OpKind::brk) return true;
        return (step.op.kind == OpKind::munmap || step.op.kind == OpKind::mremap) && step.outcome.error == Errno::eperm;
    }
    static bool unmaps_without_memory(const Step<D>& step) {
        const bool unmaps = step.op.kind == OpKind::munmap || step.op.kind == OpKind::mmap ||
                            step.op.kind == OpKind::brk || step.op.kind == OpKind::mremap ||
                            step.op.kind == OpKind::shmat || step.op.kind == OpKind::remap_file_pages;
        // The second of two cuts may be refused by a driver that maps in larger units; brk has no errno for it.
        const bool failed = !step.outcome.ok() || step.op.kind == OpKind::brk;
        return unmaps && (allocation_failed(step) || (failed && any_hooks_that_refuse(step, caller(step))));
    }
};

}  // namespace vmacheck
