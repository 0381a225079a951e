// Why a call of a log is not a step of the trace.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmacheck {

enum class SkipReason : std::uint8_t {
    bookkeeping,         // open, close, dup, prlimit ...: read for what they say, but no operation
    no_vma_change,       // get_mempolicy, migrate_pages ...: leaves every VMA as it is
    not_modelled,        // pkey_mprotect, mseal, shmat ...: changes VMAs, but the importer has no operation for it
    new_thread,          // clone with CLONE_VM
    thread_exit,         // exit of a thread that is not the last
    failed_elsewhere,    // execve or fork that failed, and a call interrupted before it did anything
    result_unknown,      // the log ends before the call returned
    before_start,        // before the execve whose layout is given
    address_space_left,  // of a process that executed another program: the new layout is not known
    process_limit,       // of a process beyond those the model can hold
    count,
};
std::string_view name(SkipReason reason);
std::string_view meaning(SkipReason reason);  // one sentence

}  // namespace vmacheck
