// How a VMA's pages are counted (v5.10 mm/internal.h is_exec_mapping, is_stack_mapping, is_data_mapping).
#pragma once

#include "model/op/flags.hpp"
#include "model/op/parameters.hpp"

namespace vmacheck {

// A VMA's pages are counted in at most one of these, in addition to total_vm.
enum class VmClass : std::uint8_t { none, exec, stack, data };
// `stack` is VM_STACK: VM_GROWSUP or VM_GROWSDOWN, by vm_stack().
VmClass vm_class(VmFlags flags, VmFlags stack);
VmFlags vm_stack(const Parameters& parameters);

}  // namespace vmacheck
