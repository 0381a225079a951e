// The table of faults: what each is, which kernels have it, and which property finds it.
#pragma once

#include "model/faults/fault.hpp"
#include "model/profiles/kernel_version.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace vmacheck {

enum class FaultKind : std::uint8_t { real, synthetic };

struct FaultInfo {
    Fault fault;
    std::string_view name;  // stable, stands in traces
    FaultKind kind;
    // Mainline releases, "v6.1". The same one twice: no release had it, only candidates of that one.
    std::string_view introduced = "";  // the first that has the bug; empty: not known, and older than every profile
    std::string_view fixed = "";       // the first that has it no more; empty: none is known
    std::string_view backported = "";  // a stable release, "v5.10.198", whose source has the fix; empty: none is known
    std::string_view commit = "";      // of the fix in the mainline tree; empty: not known
    std::string_view property;  // that must catch it; or "bug-on": an assertion of the kernel does; or "use-after-free"
    std::string_view effect;    // one sentence
};

// By component, and in each in the order of its file.
std::span<const FaultInfo> all_faults();
const FaultInfo& info(Fault fault);
std::optional<Fault> fault_named(std::string_view name);

std::string_view name(FaultComponent component);

// The real bugs that a release has: introduced at or before the mainline release it is based on, fixed later or never,
// and the fix not in the stable tree by then.
FaultSet shipped_with(const KernelVersion& release);

}  // namespace vmacheck
