// hiwater_vm: the most that total_vm has been, as /proc/PID/status shows it (VmPeak is the larger of the two). v5.10
// brings it up to date only before total_vm falls: in remove_vma_list; in move_vma, where both ranges are counted for a
// moment, it is put back; a child starts with its own size (dup_mm).
// Tools size containers by VmPeak; too low, and a peak was hidden. Broken by: munmap-peak-lost.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct HiwaterVm {
    static constexpr PropertyInfo info{"hiwater-vm", PropertyKind::contract,
                                       "the larger of hiwater_vm and total_vm is the most that total_vm has been "
                                       "between operations",
                                       "/proc/PID/status VmPeak"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report) {
        if (!step.outcome.violations.empty()) return;
        for (const auto& [was, old, is, after] : step.mms) {
            if (after == nullptr) continue;
            const Mm<D>* before = was == is ? old : nullptr;
            const Number<D> peak = higher(after->hiwater_vm, after->total_vm);
            const Number<D> known = before != nullptr ? higher(before->hiwater_vm, before->total_vm) : Number<D>(0);
            const Number<D> expected = higher(known, after->total_vm);
            if (peak != expected && !(peak > expected && peak <= expected + added_between(step)))
                report.add(info, "the peak of process {} is {} pages, expected {}", slot_of(step.world, is),
                           peak.value(), expected.value());
        }
    }

private:
    // Pages that the step may have had more in between: mremap that moves VMA after VMA, and unmaps what is in the way
    // of each. The source stays with MREMAP_DONTUNMAP, and where memory for its last cut fails.
    static Number<D> added_between(const Step<D>& step) {
        const bool copies = step.op.kind == OpKind::mremap && (step.op.call_flags & mremap::fixed) != 0;
        const bool in_parts = step.world.profile().policy.mremap_order == MremapOrder::checks_first;
        return copies && in_parts ? step.op.new_len.round_up() : Number<D>(0);
    }
    static Number<D> higher(const Number<D>& a, const Number<D>& b) { return a < b ? b : a; }
};

}  // namespace vmacheck
