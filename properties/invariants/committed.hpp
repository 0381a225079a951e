// vm_committed_as is what all VM_ACCOUNT VMAs and all shared anonymous objects have charged. Strict overcommit is held
// against it: what is never returned is lost to all processes. Two kinds of members, so two partial sums that are
// compared together; therefore it is a counter that looks at the step alone, and the state it compares is the
// World's. Broken by: mremap-shrink-charge, stack-growth-charge, dontunmap-account-next, fork-charge-width,
// mmap-hook-error-charge, movevma-munmap-fail-growth, mremap-merge-fail-unacct, exec-shift-uncharge.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct Committed {
    static constexpr PropertyInfo info{
        "committed", PropertyKind::counter,
        "vm_committed_as is the pages of VM_ACCOUNT VMAs plus the charges of shared objects", "__vm_enough_memory"};

    static void step(const Step<D>& step, Report& report) {
        const World<D>& world = step.world;
        Number<D> came = 0;
        Number<D> went = 0;
        world.template each_touched_object<VmaId>([&](VmaId, const Vma<D>* old, VmaId, const Vma<D>* vma) {
            if (old != nullptr) went += charge(*old);
            if (vma != nullptr) came += charge(*vma);
        });
        world.template each_touched_object<FileId>([&](FileId, const File<D>* old, FileId, const File<D>* file) {
            if (old != nullptr) went += old->charged;
            if (file != nullptr) came += file->charged;
        });
        const auto& now = world.globals();
        const auto& then = world.globals_before();
        compare(world, now.committed + then.overdrawn + went, then.committed + now.overdrawn + came, report);
    }

    static void whole_world(const World<D>& world, Report& report) {
        Number<D> sum = 0;
        world.template pool<VmaId>().each([&](VmaId, const Vma<D>& vma) { sum += charge(vma); });
        world.template pool<FileId>().each([&](FileId, const File<D>& file) { sum += file.charged; });
        compare(world, world.globals().committed, sum + world.globals().overdrawn, report);
    }

private:
    static Number<D> charge(const Vma<D>& vma) {
        return (vma.flags & vm::account) != 0 && vma.end > vma.start ? vma.end - vma.start : Number<D>(0);
    }

    static void compare(const World<D>& world, const Number<D>& counted, const Number<D>& expected, Report& report) {
        if (counted == expected) return;
        const auto& globals = world.globals();
        const auto now = static_cast<std::int64_t>(globals.committed.value() - globals.overdrawn.value());
        report.add(info, "vm_committed_as is {}, expected {}", page_count(now),
                   now - static_cast<std::int64_t>(counted.value() - expected.value()));
    }
};

}  // namespace vmacheck
