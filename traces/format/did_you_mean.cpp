#include "traces/format/did_you_mean.hpp"

#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// How many letters must be put in, left out, changed, or swapped with the next one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> of(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                of[i][j] = i + j;
                continue;
            }
            of[i][j] =
                std::min({of[i - 1][j] + 1, of[i][j - 1] + 1, of[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                of[i][j] = std::min(of[i][j], of[i - 2][j - 2] + 1);
        }
    return of[a.size()][b.size()];
}

// "length" and "len": one is how the other begins.
bool begins(std::string_view a, std::string_view b) {
    constexpr std::size_t least = 3;
    return std::min(a.size(), b.size()) >= least && (a.starts_with(b) || b.starts_with(a));
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    constexpr std::size_t longest = 64;  // more is no misspelt name
    if (word.empty() || word.size() > longest) return {};
    std::size_t least = 1 + word.size() / 4 + 1;
    std::string_view nearest;
    for (const std::string_view each : known)
        if (const std::size_t away = begins(word, each) ? 1 : distance(word, each);
            away < least && away < each.size()) {
            least = away;
            nearest = each;
        }
    return nearest.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", nearest);
}

std::string unknown_fault(std::string_view name) {
    if (fault_named(name)) return {};
    std::vector<std::string_view> names;
    for (const FaultInfo& each : all_faults()) names.push_back(each.name);
    return fmt::format("unknown fault '{}'{}; 'vmacheck list faults' shows them", name, did_you_mean(name, names));
}

std::string unknown_profile(std::string_view name) {
    if (profile_named(name) != nullptr) return {};
    std::vector<std::string_view> names;
    for (const Profile& each : all_profiles()) names.push_back(each.name);
    return fmt::format("unknown profile '{}'{}; 'vmacheck list profiles' shows them", name, did_you_mean(name, names));
}

}  // namespace vmacheck
