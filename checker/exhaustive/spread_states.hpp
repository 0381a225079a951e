// The states of a search that are spread over ranks: which rank keeps what, and what they send each other.
//
//   owner    of a state: the rank that a hash of its key names. It keeps the key, and says whether a state is new.
//   share    the states of a round are divided by their numbers. The rank that works through a state has the way to it
//            (path_tree.hpp), and keeps the link of each state that its calls found first.
//
// At the end of a round (of Search), three exchanges:
//   1. every state that the round's calls led to, once from each rank, with its smallest predecessor there: to its owner
//   2. those that are new, with the smallest predecessor of all: to the rank that worked through that predecessor
//   3. the same in the order of their predecessors: to rank 0, for the digest and the level's file
// States are numbered after the second: by their ranks, and on a rank by their predecessors. That is the order of the
// predecessors altogether, since shares are in the order of the ranks. So numbers, and all that depends on them, are
// those of a search of one process.
#pragma once

#include "checker/exhaustive/path_tree.hpp"
#include "checker/exhaustive/state_store.hpp"

#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace vmacheck {

class SpreadStates {
public:
    using Key = StateStore::Key;
    struct NewState {
        std::uint64_t predecessor = 0;  // packed
        Key key;
    };

    // `round` states at most are worked through between two exchanges, all ranks together. `owned`: the keys that this
    // rank owns.
    SpreadStates(Ranks& ranks, StateStore& owned, unsigned threads, std::uint64_t round);

    // The starting state, whose key every rank gives.
    void start(Key key);

    [[nodiscard]] StateStore& outbox() { return outbox_; }  // of states that calls lead to
    [[nodiscard]] const PathTree& paths() const { return paths_; }
    [[nodiscard]] PathTree& paths() { return paths_; }
    // This rank's share of the states from `begin` up to `end`, a round.
    [[nodiscard]] std::pair<StateNumber, StateNumber> share(StateNumber begin, StateNumber end) const;

    // The first two exchanges, of what is in the outbox. The states of a round that this rank's calls found first, in
    // the order of their numbers; valid until the next.
    const std::vector<NewState>& end_round();
    // The third: f is called on rank 0, for the new states of all ranks.
    void show_first(const std::function<void(Key, std::uint64_t)>& f);
    // The states found since the last level become the level to work through. Walkers must be in state 0.
    void finish_level();

    [[nodiscard]] std::uint64_t found() const { return numbered_; }
    [[nodiscard]] std::uint64_t found_in_level() const { return numbered_ - level_end_; }
    // Bytes that states take on this rank, other than in `owned`.
    [[nodiscard]] std::uint64_t bytes() const;
    // Bytes that the states of a round took on their way, at most: the outbox, and what was sent and received.
    [[nodiscard]] std::uint64_t most_round_bytes() const { return most_round_bytes_; }
    [[nodiscard]] std::uint64_t most_batch_bytes() const { return most_batch_bytes_; }  // sent in one exchange

    // The calls that lead to these states. Every rank gives the same ones.
    std::map<StateNumber, std::vector<std::uint32_t>> calls_to(std::vector<StateNumber> states);

private:
    // States whose links are here: numbers that follow each other.
    struct Segment {
        StateNumber begin = 0;
        std::uint64_t count = 0;
        std::uint64_t at = 0;  // in links_, of the first
    };
    // Which rank has the state in its share, and where that share ends.
    [[nodiscard]] std::pair<unsigned, StateNumber> sharer(StateNumber state) const;
    [[nodiscard]] unsigned owner(std::uint64_t hash) const;
    std::vector<Batch> exchange(std::vector<Batch> batches);
    std::vector<Batch> candidates();
    std::vector<Batch> take_candidates(const std::vector<Batch>& batches);
    void number_new();
    [[nodiscard]] std::uint64_t link(StateNumber state) const;

    Ranks& ranks_;
    StateStore& owned_;
    StateStore outbox_;
    std::uint64_t round_;
    PathTree paths_;
    StateNumber level_begin_ = 0;  // of the level being worked through
    StateNumber level_end_ = 0;
    StateNumber numbered_ = 0;
    std::vector<Batch> new_bytes_;
    std::vector<NewState> new_;
    Links links_;
    std::vector<Segment> segments_;
    std::size_t level_segment_ = 0;  // the first of the states found in this level
    std::uint64_t most_batch_bytes_ = 0;
    std::uint64_t most_round_bytes_ = 0;
};

}  // namespace vmacheck
