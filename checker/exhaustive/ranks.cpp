#include "checker/exhaustive/ranks.hpp"

#include "model/state/number.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <stdexcept>

namespace vmacheck {
namespace {

constexpr std::uint64_t none = ~std::uint64_t{0};

double processor_s() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Adds the time until it ends.
class Timed {
public:
    Timed(double& seconds, double& processor) : seconds_(seconds), processor_(processor) {}
    ~Timed() {
        seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
        processor_ += processor_s() - processor_begun_;
    }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

private:
    double& seconds_;
    double& processor_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    double processor_begun_ = processor_s();
};

}  // namespace

Ranks::~Ranks() = default;

double Ranks::worked_s() const {
    return processor_s() - waiting_processor_s_;
}

std::vector<Batch> Ranks::timed_exchange(std::vector<Batch> batches) {
    for (unsigned to = 0; to < batches.size(); ++to)
        if (to != rank()) sent_bytes_ += batches[to].size();
    const Timed timed(waited_s_, waiting_processor_s_);
    return do_exchange(std::move(batches));
}

// What a rank that failed says, on every rank. Its first byte: whether an assertion failed.
std::string Ranks::reason_of(unsigned failed, const std::string& own) {
    over_ = true;
    std::vector<Batch> batches(size());
    if (failed == rank())
        for (Batch& each : batches) each.assign(own.begin(), own.end());
    const std::vector<Batch> said = timed_exchange(std::move(batches));
    return {said.at(failed).begin(), said.at(failed).end()};
}

void Ranks::expect_no_failure() {
    std::uint64_t failed = none;
    {
        const Timed timed(waited_s_, waiting_processor_s_);
        do_least({&failed, 1});
    }
    if (failed == none) return;
    const std::string said = reason_of(static_cast<unsigned>(failed), {});
    const std::string why = fmt::format("rank {} of {}: {}", failed, size(), said.substr(1));
    if (said.front() == 'i') throw InternalAssertion(why);
    throw std::runtime_error(why);
}

void Ranks::fail(const std::string& why, bool internal) {
    if (over_) return;
    std::uint64_t failed = rank();
    do_least({&failed, 1});
    reason_of(static_cast<unsigned>(failed), (internal ? "i" : "e") + why);
}

std::vector<Batch> Ranks::exchange(std::vector<Batch> batches) {
    expect_no_failure();
    return timed_exchange(std::move(batches));
}

std::string Ranks::from_first(const std::string& text) {
    std::vector<Batch> batches(size());
    if (rank() == 0)
        for (Batch& each : batches) each.assign(text.begin(), text.end());
    const std::vector<Batch> said = exchange(std::move(batches));
    return {said.front().begin(), said.front().end()};
}

void Ranks::sum(std::span<std::uint64_t> words) {
    expect_no_failure();
    const Timed timed(waited_s_, waiting_processor_s_);
    do_sum(words);
}

void Ranks::least(std::span<std::uint64_t> words) {
    expect_no_failure();
    const Timed timed(waited_s_, waiting_processor_s_);
    do_least(words);
}

}  // namespace vmacheck
