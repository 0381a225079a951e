// VMA flags as text, for people: /proc/PID/maps and the letters of smaps (show_smap_vma_flags, fs/proc/task_mmu.c).
#pragma once

#include "model/op/flags.hpp"

#include <string>

namespace vmacheck {

// "rw-p ac": access, p or s as /proc shows it, and the other flags by their two letters in smaps. The MAY bits, VM_SHARED
// apart from VM_MAYSHARE, VM_LOCKONFAULT and VM_SYNC are left out.
std::string short_flags(VmFlags flags);

// The same and what short_flags leaves out, so that different flags give different texts: "rw-p may rwx ac". "sh" is
// VM_SHARED, "of" VM_LOCKONFAULT, "sf" VM_SYNC.
std::string long_flags(VmFlags flags);

}  // namespace vmacheck
