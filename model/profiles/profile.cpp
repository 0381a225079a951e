#include "model/profiles/profile.hpp"

#include <array>

namespace vmacheck {
namespace {

const std::array profiles{
    Profile{.name = "v5.10",
            .kernel = "Linux v5.10.198",
            .anon_merge_rule = AnonMergeRule::strict,
            .anon_reuse_rule = AnonReuseRule::two_counters,
            .anon_names = AnonNames::none,
            .shipped = FaultSet{}
                           .add(Fault::fork_stale_highest)
                           .add(Fault::stack_growth_charge)
                           .add(Fault::dontunmap_account_next)
                           .add(Fault::dontunmap_locked_partial)
                           .add(Fault::dontunmap_locked_selfmerge)
                           .add(Fault::wipeonfork_stale_pgoff)
                           .add(Fault::mlock_count_width)
                           .add(Fault::movevma_munmap_fail_acct)
                           .add(Fault::mremap_growth_width)
                           .add(Fault::mremap_split_unchecked)
                           .add(Fault::special_mapping_locked)
                           .add(Fault::uffd_pgoff)
                           .add(Fault::uffd_remap_neighbour)},
    Profile{.name = "v5.10-loose",
            .kernel =
                "Linux v5.10.198 with the merge rule for anon_vmas of 6.16 and later, but for copies that mremap makes",
            .anon_merge_rule = AnonMergeRule::loose,
            .anon_reuse_rule = AnonReuseRule::two_counters,
            .anon_names = AnonNames::none,
            .shipped = {}},
    Profile{.name = "v5.10-anon-name",
            .kernel = "Linux v5.10.198 with the names of anonymous memory of 5.17",
            .anon_merge_rule = AnonMergeRule::strict,
            .anon_reuse_rule = AnonReuseRule::two_counters,
            .anon_names = AnonNames::without_file,
            .shipped = {}},
};

}  // namespace

std::span<const Profile> all_profiles() {
    return profiles;
}

const Profile* profile_named(std::string_view name) {
    for (const Profile& each : profiles)
        if (each.name == name) return &each;
    return nullptr;
}

const Profile& default_profile() {
    return profiles.front();
}

}  // namespace vmacheck
