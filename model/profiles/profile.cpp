#include "model/profiles/profile.hpp"

#include "model/faults/fault_table.hpp"
#include "model/profiles/policy_table.hpp"

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace vmacheck {
namespace {

struct ProfileRow {
    std::string_view name;
    std::string_view release;  // whose shipped bugs it has; empty: none, since no kernel is like this
    std::string_view kernel;
    Policies policy;
};

// Each row is that of the release before it with what has changed since.
constexpr Policies v5_10{};

constexpr Policies v6_1 = [] {
    Policies p = v5_10;
    p.mmap_merge = MmapMerge::next_first;
    p.mremap_order = MremapOrder::lookup_first;
    p.brk_joins_heap_only = true;
    p.brk_needs_mapping = true;
    p.mremap_extend_merges = true;
    p.dontunmap_of_files = true;
    p.dontunmap_unfaults = true;
    p.madvise_full_eagain = true;
    p.mlock_counts_to_top = true;
    p.lock_on_fault_unchecked = true;
    p.no_mandatory_locks = true;
    p.hugetlb_dontneed = true;
    p.guard_gap_restarts = true;
    p.uffd_wp_of_files = true;
    p.madvise_populate = MadvisePopulate::skips_holes;
    p.dontneed_locked = true;
    p.huge_aligned_files = true;
    return p;
}();

constexpr Policies v6_12 = [] {
    Policies p = v6_1;
    p.mmap_merge = MmapMerge::vma_merge;
    p.uffd_above_einval = true;
    p.huge_alignment = HugeAlignment::multiples;
    p.close_merges = true;
    p.merge_fails = true;
    p.account_dropped = true;
    p.map_stack_nohugepage = true;
    p.mmap_gathers_first = true;
    p.remove_of_readonly = true;
    p.remote_growth_refused = true;
    p.sealed_readonly = SealedReadonly::writes_first;
    p.madvise_populate = MadvisePopulate::stops_at_hole;
    p.map_droppable = MapDroppable::locks_by_future;
    p.mseal = Mseal::without_file;
    return p;
}();

constexpr Policies v6_18 = [] {
    Policies p = v6_12;
    p.anon_merge = AnonMergeRule::loose_moves;
    p.mremap_order = MremapOrder::checks_first;
    p.uffd_unregister_own = true;
    p.hugetlb_hint_up = true;
    p.map_droppable = MapDroppable::never_locked;
    p.mseal = Mseal::anonymous;
    p.guard_regions = GuardRegions::marked;
    return p;
}();

constexpr Policies v7_1 = [] {
    Policies p = v6_18;
    p.mremap_counts_first = true;
    p.dofork_not_special = true;
    return p;
}();

constexpr Policies v5_10_loose = [] {
    Policies p = v5_10;
    p.anon_merge = AnonMergeRule::loose;
    return p;
}();

constexpr Policies v5_10_anon_name = [] {
    Policies p = v5_10;
    p.anon_names = AnonNames::without_file;
    return p;
}();

constexpr std::array profile_rows{
    ProfileRow{.name = "v5.10", .release = "v5.10.198", .kernel = "Linux v5.10.198", .policy = v5_10},
    ProfileRow{.name = "v6.1", .release = "v6.1", .kernel = "Linux v6.1", .policy = v6_1},
    ProfileRow{.name = "v6.12", .release = "v6.12", .kernel = "Linux v6.12 with its stable updates", .policy = v6_12},
    ProfileRow{.name = "v6.18",
               .release = "v6.18.44",
               .kernel = "Linux v6.18.44, which has some rules of v7.0",
               .policy = v6_18},
    ProfileRow{.name = "v7.1", .release = "v7.1", .kernel = "Linux v7.1", .policy = v7_1},
    ProfileRow{
        .name = "v5.10-loose",
        .release = "",
        .kernel =
            "Linux v5.10.198 with the merge rule for anon_vmas of 6.16 and later, but for copies that mremap makes",
        .policy = v5_10_loose},
    ProfileRow{.name = "v5.10-anon-name",
               .release = "",
               .kernel = "Linux v5.10.198 with the names of anonymous memory of 5.17",
               .policy = v5_10_anon_name},
};

std::array<Profile, profile_rows.size()> make_profiles() {
    std::array<Profile, profile_rows.size()> profiles{};
    for (std::size_t i = 0; i < profile_rows.size(); ++i) {
        const ProfileRow& row = profile_rows.at(i);
        const bool released = !row.release.empty();
        profiles.at(i) = {row.name, row.kernel, row.policy,
                          released ? shipped_with(KernelVersion(row.release)) : FaultSet()};
    }
    return profiles;
}

// The profile with the policies set over it; nullptr: one of them is not known.
const Profile* with_settings(const Profile& base, std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, Profile, std::less<>> made;
    const std::lock_guard lock(mutex);
    if (const auto found = made.find(name); found != made.end()) return &found->second;
    Profile profile = base;
    for (std::string_view rest = name.substr(base.name.size()); !rest.empty();) {
        rest.remove_prefix(1);  // '+'
        const std::string_view setting = rest.substr(0, rest.find('+'));
        const auto set = with_setting(profile.policy, setting);
        if (!set) return nullptr;
        profile.policy = *set;
        rest.remove_prefix(setting.size());
    }
    const auto at = made.emplace(name, profile).first;
    at->second.name = at->first;
    return &at->second;
}

}  // namespace

std::span<const Profile> all_profiles() {
    static const auto profiles = make_profiles();
    return profiles;
}

const Profile* profile_named(std::string_view name) {
    const std::string_view base = name.substr(0, name.find('+'));
    for (const Profile& each : all_profiles())
        if (each.name == base) return base == name ? &each : with_settings(each, name);
    return nullptr;
}

const Profile& default_profile() {
    return all_profiles().front();
}

}  // namespace vmacheck
