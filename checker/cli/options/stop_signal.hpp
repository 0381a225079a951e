// SIGINT and SIGTERM, while a search runs.
#pragma once

#include <atomic>
#include <csignal>

namespace vmacheck::cli {

// While it lives, the first of these signals only asks the search to end, so that what was found is reported; the next
// one kills. A signal that is ignored, as of a job in the background, stays ignored. At most one lives at a time.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    // Becomes true with the signal.
    [[nodiscard]] static const std::atomic<bool>* flag();

private:
    struct sigaction interrupt_ = {};  // as they were
    struct sigaction terminate_ = {};
};

}  // namespace vmacheck::cli
