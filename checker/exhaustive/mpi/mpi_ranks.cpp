// Ranks over MPI: the module that explore --mpi loads (checker/exhaustive/mpi_module.hpp). Nothing else knows MPI.
#include "checker/exhaustive/mpi/mpi_ranks.hpp"

#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/exception.hpp>
#include <boost/mpi/nonblocking.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace {

namespace mpi = boost::mpi;
using vmacheck::Batch;

// MPI counts bytes as an int, and so does not take all of a large batch at once.
constexpr std::size_t piece_bytes = std::size_t{1} << 28;

constexpr int failed_transfer = 150;  // the exit code of a set-up that failed

class MpiRanks final : public vmacheck::Ranks {
public:
    [[nodiscard]] unsigned rank() const override { return static_cast<unsigned>(world_.rank()); }
    [[nodiscard]] unsigned size() const override { return static_cast<unsigned>(world_.size()); }

private:
    // A failure amid a transfer leaves the others waiting for the rest of it, so it ends them.
    std::vector<Batch> do_exchange(std::vector<Batch> batches) override {
        try {
            return transfer(std::move(batches));
        } catch (const std::exception&) {
            mpi::environment::abort(failed_transfer);
        }
        return {};
    }
    std::vector<Batch> transfer(std::vector<Batch> batches) {
        std::vector<std::uint64_t> sizes;
        std::vector<std::uint64_t> arriving(size());
        for (const Batch& each : batches) sizes.push_back(each.size());
        mpi::all_to_all(world_, sizes.data(), arriving.data());
        std::vector<Batch> arrived(size());
        std::vector<mpi::request> pending;
        // Each begins with another rank, so that not all send to the same one.
        for (unsigned step = 1; step < size(); ++step) {
            const unsigned from = (rank() + size() - step) % size();
            arrived[from].resize(arriving[from]);
            each_piece(arrived[from], [&](std::uint8_t* at, int bytes) {
                pending.push_back(world_.irecv(static_cast<int>(from), 0, at, bytes));
            });
        }
        for (unsigned step = 1; step < size(); ++step) {
            const unsigned to = (rank() + step) % size();
            each_piece(batches[to], [&](const std::uint8_t* at, int bytes) {
                pending.push_back(world_.isend(static_cast<int>(to), 0, at, bytes));
            });
        }
        arrived[rank()] = std::move(batches[rank()]);
        mpi::wait_all(pending.begin(), pending.end());
        return arrived;
    }
    void do_sum(std::span<std::uint64_t> words) override { reduce(words, MPI_SUM); }
    void do_least(std::span<std::uint64_t> words) override { reduce(words, MPI_MIN); }

    // Not through Boost.MPI, which takes std::uint64_t for MPI_UNSIGNED_LONG: Open MPI 4.1.4 finds the least of these as if
    // they had a sign, 2^64 - 1 before 0.
    void reduce(std::span<std::uint64_t> words, MPI_Op operation) {
        const std::vector<std::uint64_t> mine(words.begin(), words.end());
        const int failed =
            MPI_Allreduce(mine.data(), words.data(), static_cast<int>(mine.size()), MPI_UINT64_T, operation, world_);
        if (failed != MPI_SUCCESS) throw mpi::exception("MPI_Allreduce", failed);
    }
    template <class F>
    static void each_piece(Batch& batch, F&& f) {
        for (std::size_t at = 0; at < batch.size(); at += piece_bytes)
            f(batch.data() + at, static_cast<int>(std::min(piece_bytes, batch.size() - at)));
    }

    // The thread that searches is the one that speaks MPI. An exception ends in fail(), not in an abort.
    mpi::environment environment_{mpi::threading::funneled, false};
    mpi::communicator world_;
};

}  // namespace

extern "C" vmacheck::Ranks* vmacheck_mpi_ranks() {
    return new MpiRanks;
}
