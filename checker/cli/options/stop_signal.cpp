#include "checker/cli/options/stop_signal.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace vmacheck::cli {
namespace {

std::atomic<bool> stop{false};
std::atomic<bool> caught_interrupt{false};  // not those that are ignored
std::atomic<bool> caught_terminate{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a handler may set it");

// Nothing here but what a handler may call.
void ask_to_stop(int) {
    const int error = errno;
    if (caught_interrupt) std::signal(SIGINT, SIG_DFL);
    if (caught_terminate) std::signal(SIGTERM, SIG_DFL);
    stop = true;
    constexpr std::string_view line = "vmacheck: ending with what was found so far; a second signal ends at once\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    errno = error;
}

void handle(int signal, struct sigaction& before, std::atomic<bool>& caught) {
    sigaction(signal, nullptr, &before);
    caught = before.sa_handler != SIG_IGN;
    if (!caught) return;
    struct sigaction asks = {};
    asks.sa_handler = ask_to_stop;
    asks.sa_flags = SA_RESTART;
    sigaction(signal, &asks, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
    stop = false;
    handle(SIGINT, interrupt_, caught_interrupt);
    handle(SIGTERM, terminate_, caught_terminate);
}

StopSignal::~StopSignal() {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
}

const std::atomic<bool>* StopSignal::flag() {
    return &stop;
}

}  // namespace vmacheck::cli
