// In which order memory was faulted, from the kernel's page fault events, where perf_event_open is allowed.
//
// An event says where and when a thread faulted, not whether it wrote. So the order alone is taken from it; which pages
// are anonymous is looked up (first_anonymous). A page that was read first and written to later has two
// events, and the last counts.
#pragma once

#include "model/op/page_range.hpp"

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace vmacheck {

class FaultOrder {
public:
    FaultOrder();
    ~FaultOrder();
    FaultOrder(const FaultOrder&) = delete;
    FaultOrder& operator=(const FaultOrder&) = delete;

    // Takes the events of the thread from now on. Its memory is that of the process.
    void follow(pid_t thread, pid_t process);
    // The thread has ended.
    void leave(pid_t thread);

    // The VMAs in which memory was faulted since the last call of this for the process, as pages in the order in which
    // they got their first anonymous page, which is given. Empty: the order is not known, since the
    // events may not be taken, or some were lost.
    std::vector<std::uint64_t> take(pid_t process, const std::vector<PageRange>& vmas);
    // Forgets what there was since then.
    void drop(pid_t process);

private:
    struct Fault {
        std::uint64_t time = 0;  // nanoseconds
        std::uint64_t page = 0;
    };
    struct Ring;
    struct Process {
        std::vector<Fault> faults;
        bool lost = false;  // not all of them
    };
    void collect(pid_t process);

    std::map<pid_t, std::unique_ptr<Ring>> rings_;  // by thread
    std::map<pid_t, Process> processes_;
};

}  // namespace vmacheck
