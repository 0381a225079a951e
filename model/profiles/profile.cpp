#include "model/profiles/profile.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck {
namespace {

struct Row {
    std::string_view name;
    std::string_view release;  // whose shipped bugs it has; empty: none, since no kernel is like this
    std::string_view kernel;
    Policies policy;
};

constexpr std::array rows{
    Row{.name = "v5.10",
        .release = "v5.10.198",
        .kernel = "Linux v5.10.198",
        .policy = {.anon_merge = AnonMergeRule::strict,
                   .anon_reuse = AnonReuseRule::two_counters,
                   .anon_names = AnonNames::none}},
    Row{.name = "v5.10-loose",
        .release = "",
        .kernel =
            "Linux v5.10.198 with the merge rule for anon_vmas of 6.16 and later, but for copies that mremap makes",
        .policy = {.anon_merge = AnonMergeRule::loose,
                   .anon_reuse = AnonReuseRule::two_counters,
                   .anon_names = AnonNames::none}},
    Row{.name = "v5.10-anon-name",
        .release = "",
        .kernel = "Linux v5.10.198 with the names of anonymous memory of 5.17",
        .policy = {.anon_merge = AnonMergeRule::strict,
                   .anon_reuse = AnonReuseRule::two_counters,
                   .anon_names = AnonNames::without_file}},
};

std::array<Profile, rows.size()> make_profiles() {
    std::array<Profile, rows.size()> profiles{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows.at(i);
        const bool released = !row.release.empty();
        profiles.at(i) = {row.name, row.kernel, row.policy,
                          released ? shipped_with(KernelVersion(row.release)) : FaultSet()};
    }
    return profiles;
}

}  // namespace

std::span<const Profile> all_profiles() {
    static const auto profiles = make_profiles();
    return profiles;
}

const Profile* profile_named(std::string_view name) {
    for (const Profile& each : all_profiles())
        if (each.name == name) return &each;
    return nullptr;
}

const Profile& default_profile() {
    return all_profiles().front();
}

}  // namespace vmacheck
