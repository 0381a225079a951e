// An example of properties from outside the tree: a shared object for `vmacheck campaign --properties FILE.so`.
#include "properties/run/extra_properties.hpp"

namespace {

using namespace vmacheck;

template <class D>
struct VmaWithinTotal {
    static constexpr PropertyInfo info{"vma-within-total", PropertyKind::invariant, "no VMA is larger than total_vm",
                                       "may_expand_vm"};
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        const Mm<D>* mm = world.find(vma.mm);
        if (mm != nullptr && mm->total_vm < vma.end - vma.start)
            report.add(info, "{} is larger than total_vm", describe(vma));
    }
};

// Wrong on purpose: an address space may well hold two VMAs.
template <class D>
struct AtMostOneVma {
    static constexpr PropertyInfo info{"at-most-one-vma", PropertyKind::contract,
                                       "an address space has at most one VMA (wrong, to show a finding)", "nobody"};
    static void step(const Step<D>& step, Report& report) {
        const Mm<D>* mm = step.world.find(step.world.process(step.op.process));
        if (mm != nullptr && mm->map_count > 1) report.add(info, "{} VMAs", mm->map_count);
    }
};

}  // namespace

extern "C" ExtensionAbi vmacheck_extension_abi() {
    return extension_abi();
}

extern "C" void vmacheck_add_properties(ExtraProperties& extra) {
    extra.add<VmaWithinTotal<Plain>>();
    if (WITH_A_WRONG_PROPERTY) extra.add<AtMostOneVma<Plain>>();
}
