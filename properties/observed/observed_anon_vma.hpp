// A VMA has an anon_vma exactly when its chain has members.
//
// Unlinking the chain without clearing vma->anon_vma leaves a dangling name, which the next fault or merge follows; a
// chain without an anon_vma is a leak. Only the model and kernels with debug output show chains. Broken by: none known.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedAnonVma {
    static constexpr PropertyInfo info{"observed-anon-vma", PropertyKind::observed,
                                       "each VMA shown has an anon_vma exactly if its chain has members",
                                       "anon_vma_clone, unlink_anon_vmas"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_vma(observation, [&](const VmaView& vma) {
            if (!vma.anon_vma || !vma.chain || (*vma.anon_vma != 0) == (*vma.chain != 0)) return;
            report.add(info, "{} has {} and {}", observed::text_of(vma),
                       *vma.anon_vma == 0 ? "no anon_vma" : fmt::format("anon_vma {}", *vma.anon_vma),
                       *vma.chain == 0 ? "an empty chain" : fmt::format("a chain of {}", *vma.chain));
        });
    }
};

}  // namespace vmacheck
