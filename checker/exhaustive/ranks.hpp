// Processes that search one scope together: ranks, numbered from 0. How bytes get from one to the other is for derived
// classes to know; checker/exhaustive/mpi/ has the one for MPI.
//
// Every rank makes the same calls in the same order. A rank that fails between two of them says so with fail(), which
// takes the place of its next call: all others throw what it says, so that none waits for it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vmacheck {

// Bytes on their way from one rank to another.
using Batch = std::vector<std::uint8_t>;

class Ranks {
public:
    virtual ~Ranks();
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    [[nodiscard]] virtual unsigned rank() const = 0;
    [[nodiscard]] virtual unsigned size() const = 0;

    // Batch i of the arguments goes to rank i; batch i of the result came from there.
    std::vector<Batch> exchange(std::vector<Batch> batches);
    // What rank 0 gives, on every rank.
    std::string from_first(const std::string& text);
    // Word by word the sum, or the least, of what the ranks give.
    void sum(std::span<std::uint64_t> words);
    void least(std::span<std::uint64_t> words);

    // Of this rank; `internal`: an assertion of the model failed. Nothing where all ranks know of a failure already, or
    // after end().
    void fail(const std::string& why, bool internal);
    // No call follows: from here on a failure is that of one rank alone.
    void end() { over_ = true; }

    [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }  // to other ranks
    [[nodiscard]] double waited_s() const { return waited_s_; }             // for other ranks, transfers included
    // Processor time of this process outside of that.
    [[nodiscard]] double worked_s() const;

protected:
    Ranks() = default;

private:
    virtual std::vector<Batch> do_exchange(std::vector<Batch> batches) = 0;
    virtual void do_sum(std::span<std::uint64_t> words) = 0;
    virtual void do_least(std::span<std::uint64_t> words) = 0;
    std::vector<Batch> timed_exchange(std::vector<Batch> batches);
    void expect_no_failure();
    std::string reason_of(unsigned rank, const std::string& own);

    bool over_ = false;  // a rank has failed, or no call follows
    std::uint64_t sent_bytes_ = 0;
    double waited_s_ = 0;
    double waiting_processor_s_ = 0;  // a rank that waits may keep its processor busy
};

}  // namespace vmacheck
