#include "model/faults/fault_table.hpp"

#include "model/state/number.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace vmacheck {
namespace faults {

// Each in the file of its component.
std::span<const FaultInfo> rows_of_chains();
std::span<const FaultInfo> rows_of_merge();
std::span<const FaultInfo> rows_of_trees();
std::span<const FaultInfo> rows_of_mremap();
std::span<const FaultInfo> rows_of_accounting();
std::span<const FaultInfo> rows_of_search();
std::span<const FaultInfo> rows_of_stack();
std::span<const FaultInfo> rows_of_brk();
std::span<const FaultInfo> rows_of_fork();
std::span<const FaultInfo> rows_of_files();
std::span<const FaultInfo> rows_of_pages();

}  // namespace faults

namespace {

struct Component {
    std::string_view name;
    std::span<const FaultInfo> (*rows)();
};

// In the order of FaultComponent.
constexpr std::array<Component, static_cast<std::size_t>(FaultComponent::count)> components{{
    {"chains", faults::rows_of_chains},
    {"merge", faults::rows_of_merge},
    {"trees", faults::rows_of_trees},
    {"mremap", faults::rows_of_mremap},
    {"accounting", faults::rows_of_accounting},
    {"search", faults::rows_of_search},
    {"stack", faults::rows_of_stack},
    {"brk", faults::rows_of_brk},
    {"fork", faults::rows_of_fork},
    {"files", faults::rows_of_files},
    {"pages", faults::rows_of_pages},
}};

std::vector<FaultInfo> gather() {
    std::vector<FaultInfo> all;
    FaultSet seen;
    for (std::size_t i = 0; i < components.size(); ++i)
        for (const FaultInfo& each : components.at(i).rows()) {
            if (component_of(each.fault) != static_cast<FaultComponent>(i) || seen.has(each.fault))
                internal_assertion_failed("a row of the fault table has the id of another");
            seen.add(each.fault);
            all.push_back(each);
        }
    return all;
}

bool has_bug(const FaultInfo& bug, const KernelVersion& release) {
    if (bug.kind == FaultKind::synthetic) return false;
    const KernelVersion mainline = release.mainline();
    if (!bug.introduced.empty() && mainline < KernelVersion(bug.introduced)) return false;
    if (!bug.fixed.empty() && KernelVersion(bug.fixed) <= mainline) return false;
    if (bug.backported.empty()) return true;
    const KernelVersion repaired(bug.backported);
    return repaired.mainline() != mainline || release < repaired;
}

}  // namespace

std::span<const FaultInfo> all_faults() {
    static const std::vector<FaultInfo> all = gather();
    return all;
}

const FaultInfo& info(Fault fault) {
    for (const FaultInfo& each : all_faults())
        if (each.fault == fault) return each;
    internal_assertion_failed("a fault without a row in the table");
}

std::optional<Fault> fault_named(std::string_view name) {
    for (const FaultInfo& each : all_faults())
        if (each.name == name) return each.fault;
    return std::nullopt;
}

std::string_view name(FaultComponent component) {
    return components.at(static_cast<std::size_t>(component)).name;
}

FaultSet shipped_with(const KernelVersion& release) {
    FaultSet shipped;
    for (const FaultInfo& each : all_faults())
        if (has_bug(each, release)) shipped.add(each.fault);
    return shipped;
}

}  // namespace vmacheck
