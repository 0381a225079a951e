// vm_committed_as: what all VM_ACCOUNT VMAs and all shared anonymous objects have charged. Two kinds of members, so two
// partial sums that are compared together.
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
        world.template each_touched<VmaId>([&](VmaId before, VmaId after) {
            if (const Vma<D>* old = world.before(before)) went += charge(*old);
            if (const Vma<D>* vma = world.find(after)) came += charge(*vma);
        });
        world.template each_touched<FileId>([&](FileId before, FileId after) {
            if (const File<D>* old = world.before(before)) went += old->charged;
            if (const File<D>* file = world.find(after)) came += file->charged;
        });
        const auto& now = world.globals();
        const auto& then = world.globals_before();
        compare(now.committed + then.overdrawn + went, then.committed + now.overdrawn + came, report);
    }

    static void whole_world(const World<D>& world, Report& report) {
        Number<D> sum = 0;
        world.template pool<VmaId>().each([&](VmaId, const Vma<D>& vma) { sum += charge(vma); });
        world.template pool<FileId>().each([&](FileId, const File<D>& file) { sum += file.charged; });
        compare(world.globals().committed, sum + world.globals().overdrawn, report);
    }

private:
    static Number<D> charge(const Vma<D>& vma) {
        return (vma.flags & vm::account) != 0 && vma.end > vma.start ? vma.end - vma.start : Number<D>(0);
    }

    static void compare(const Number<D>& counted, const Number<D>& expected, Report& report) {
        if (counted == expected) return;
        const auto off = static_cast<std::int64_t>(counted.value() - expected.value());
        report.add(info, "committed memory is {} by {} pages", off > 0 ? "too large" : "too small",
                   off > 0 ? off : -off);
    }
};

}  // namespace vmacheck
