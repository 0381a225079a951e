// mbind, and userfaultfd's ioctls, as steps of a trace. Internal to traces/strace.
#pragma once

#include "traces/format/trace.hpp"
#include "traces/strace/import_processes.hpp"
#include "traces/strace/strace.hpp"

#include <map>
#include <optional>
#include <string>

namespace vmacheck {

// Numbers NUMA policies: equal modes, mode flags and node masks have equal numbers, from 1; MPOL_DEFAULT has 0.
class PolicyNumbers {
public:
    // mbind as an operation of process 0. Nothing: it failed in a way that lies outside the model, such as by a mode or
    // a node the machine did not have. Throws InputError.
    std::optional<TraceStep> step_of(const StraceCall& call);

private:
    std::map<std::string, std::uint16_t> numbers_;
};

// Whether it is UFFDIO_REGISTER or UFFDIO_UNREGISTER.
bool is_uffd_ioctl(const StraceCall& call);

// Such an ioctl as an operation of the process that opened the context. Nothing: it was opened before the log begins,
// or its process is not followed. Throws InputError.
std::optional<TraceStep> uffd_step_of(const StraceCall& call, const DescriptorTable& files);

// close(2) of the last descriptor of a context, likewise. Nothing: it is another call, or no such close.
std::optional<TraceStep> uffd_close_of(const StraceCall& call, const DescriptorTable& files);

}  // namespace vmacheck
