// The VMAs that use an anon_vma as their own, for the properties one-owner and equal-chains.
#pragma once

#include "properties/step/tree_checks.hpp"

namespace vmacheck::anon_vma_users {

// Calls f(vma) for each VMA of the anon_vma's tree whose own anon_vma it is.
template <class D, class F>
void each_user(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, F&& f) {
    each_in_order<AvcId>(
        anon_vma.rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
        [&](AvcId at) {
            if (const Vma<D>* vma = world.find(world.find(at)->vma); vma != nullptr && vma->anon_vma == id) f(*vma);
            return true;
        });
}

// Another VMA whose anon_vma is the same, if this one has come to it in the last step; or nullptr. What held of the
// users before holds now if the newcomer is like any of them, so trees too large to be walked after each step are
// covered too.
template <class D>
const Vma<D>* user_before_newcomer(const World<D>& world, VmaId id, const Vma<D>& vma) {
    const Vma<D>* before = world.before(id);
    const AnonVma* anon_vma = world.find(vma.anon_vma);
    if (anon_vma == nullptr || (before != nullptr && before->anon_vma == vma.anon_vma)) return nullptr;
    if (anon_vma->num_active_vmas < 2) return nullptr;  // a wrong count is another property's finding
    const Vma<D>* other = nullptr;
    each_in_order<AvcId>(
        anon_vma->rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
        [&](AvcId at) {
            const Vma<D>* user = world.find(world.find(at)->vma);
            if (user != nullptr && user != &vma && user->anon_vma == vma.anon_vma) other = user;
            return other == nullptr;
        });
    return other;
}

}  // namespace vmacheck::anon_vma_users
