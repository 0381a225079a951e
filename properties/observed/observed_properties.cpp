#include "properties/observed/observed_properties.hpp"

#include "properties/observed/observed_anon_vma.hpp"
#include "properties/observed/observed_locked_vm.hpp"
#include "properties/observed/observed_map_count.hpp"
#include "properties/observed/observed_offsets.hpp"
#include "properties/observed/observed_order.hpp"
#include "properties/observed/observed_ranges.hpp"
#include "properties/observed/observed_sharing.hpp"
#include "properties/observed/observed_stack_vm.hpp"
#include "properties/observed/observed_total_vm.hpp"

#include <array>

namespace vmacheck {
namespace {

template <class... P>
struct ListOf {
    static constexpr std::array<PropertyInfo, sizeof...(P)> infos{P::info...};
    static void check(const Observation& observation, Report& report) { (P::observed(observation, report), ...); }
};

// clang-format off
using Observed = ListOf<
    ObservedRanges,
    ObservedOrder,
    ObservedMapCount,
    ObservedTotalVm,
    ObservedStackVm,
    ObservedLockedVm,
    ObservedSharing,
    ObservedOffsets,
    ObservedAnonVma>;
// clang-format on

}  // namespace

std::span<const PropertyInfo> observed_properties() {
    return Observed::infos;
}

void check_observation(const Observation& observation, Report& report) {
    Observed::check(observation, report);
}

}  // namespace vmacheck
