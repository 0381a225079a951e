#include "checker/exhaustive/rank_sums.hpp"

#include "checker/exhaustive/state_store.hpp"

#include <array>
#include <stdexcept>

namespace vmacheck {

void add_up(Ranks& ranks, SearchCounts& counts) {
    std::array<std::uint64_t, 7> words{
        counts.calls,       counts.transitions,  counts.failing,          counts.self_loops,
        counts.fingerprint, counts.orbit_states, counts.orbit_transitions};
    ranks.sum(words);
    counts = {words[0], words[1], words[2], words[3], words[4], words[5], words[6]};
}

ReachTable add_up(Ranks& ranks, const ReachTable& mine) {
    std::vector<std::uint64_t> counts(mine.cells());
    std::vector<std::uint64_t> first(mine.cells());
    for (ReachTable::Cell cell = 0; cell < mine.cells(); ++cell) {
        counts[cell] = mine.count(cell);
        first[cell] = counts[cell] == 0 ? ReachTable::never : mine.first(cell);
    }
    ranks.sum(counts);
    ranks.least(first);
    ReachTable all;
    for (ReachTable::Cell cell = 0; cell < mine.cells(); ++cell)
        if (counts[cell] != 0) all.set(cell, counts[cell], first[cell]);
    return all;
}

std::vector<RankCosts> gather(Ranks& ranks, const RankCosts& mine) {
    constexpr std::size_t words = 7;
    std::vector<std::uint64_t> all(ranks.size() * words);
    std::uint64_t* at = &all[ranks.rank() * words];
    for (const std::uint64_t each : {mine.states, mine.bytes, mine.round_bytes, mine.sent_bytes, mine.most_batch_bytes,
                                     mine.waited_ms, mine.worked_ms})
        *at++ = each;
    ranks.sum(all);
    std::vector<RankCosts> costs;
    for (std::size_t i = 0; i < all.size(); i += words)
        costs.push_back({all[i], all[i + 1], all[i + 2], all[i + 3], all[i + 4], all[i + 5], all[i + 6]});
    return costs;
}

void expect_same(Ranks& ranks, const std::string& search) {
    const std::uint64_t hash = StateStore::hash({reinterpret_cast<const std::uint8_t*>(search.data()), search.size()});
    std::array<std::uint64_t, 2> words{hash, ~hash};
    ranks.least(words);
    if (words[0] != ~words[1])
        throw std::runtime_error("the ranks have different programs, scopes or options; start the same command on all");
}

}  // namespace vmacheck
