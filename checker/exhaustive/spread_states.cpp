#include "checker/exhaustive/spread_states.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace vmacheck {
namespace {

// A state on its way to another rank: predecessor, size of the key, key.
void put_state(Batch& out, StateStore::Key key, std::uint64_t predecessor) {
    const auto size = static_cast<std::uint16_t>(key.size());
    const std::size_t at = out.size();
    out.resize(at + sizeof predecessor + sizeof size + key.size());
    std::memcpy(out.data() + at, &predecessor, sizeof predecessor);
    std::memcpy(out.data() + at + sizeof predecessor, &size, sizeof size);
    std::memcpy(out.data() + at + sizeof predecessor + sizeof size, key.data(), key.size());
}

// Calls f(key, predecessor) for each; the bytes are of this program.
template <class F>
void each_state(const Batch& batch, F&& f) {
    for (const std::uint8_t* at = batch.data(); at != batch.data() + batch.size();) {
        std::uint64_t predecessor = 0;
        std::uint16_t size = 0;
        std::memcpy(&predecessor, at, sizeof predecessor);
        std::memcpy(&size, at + sizeof predecessor, sizeof size);
        at += sizeof predecessor + sizeof size;
        f(StateStore::Key(at, size), predecessor);
        at += size;
    }
}

std::uint64_t bytes_of(const std::vector<Batch>& batches) {
    std::uint64_t bytes = 0;
    for (const Batch& each : batches) bytes += each.size();
    return bytes;
}

struct Candidate {
    StateStore::Key key;
    std::uint64_t hash = 0;
    std::uint64_t predecessor = 0;
};

}  // namespace

SpreadStates::SpreadStates(Ranks& ranks, StateStore& owned, unsigned threads, std::uint64_t round)
    : ranks_(ranks), owned_(owned), outbox_(threads), round_(round) {}

unsigned SpreadStates::owner(std::uint64_t hash) const {
    // The half of the hash that the table of states does not use.
    return static_cast<unsigned>(((hash & 0xffffffff) * ranks_.size()) >> 32);
}

void SpreadStates::start(Key key) {
    const std::uint64_t hash = StateStore::hash(key);
    if (owner(hash) == ranks_.rank()) {
        owned_.reserve(1);
        owned_.insert(0, key, hash, 0);
        owned_.settle(key, hash);
        owned_.drop_new();
    }
    level_end_ = numbered_ = 1;
}

std::pair<StateNumber, StateNumber> SpreadStates::share(StateNumber begin, StateNumber end) const {
    const std::uint64_t states = end - begin;
    const std::uint64_t rank = ranks_.rank();
    return {begin + states * rank / ranks_.size(), begin + states * (rank + 1) / ranks_.size()};
}

std::pair<unsigned, StateNumber> SpreadStates::sharer(StateNumber state) const {
    const StateNumber begin = state - (state - level_begin_) % round_;
    const std::uint64_t states = std::min(level_end_ - begin, round_);
    // The largest rank whose share does not begin behind the state.
    const std::uint64_t rank = ((state - begin + 1) * ranks_.size() - 1) / states;
    return {static_cast<unsigned>(rank), begin + states * (rank + 1) / ranks_.size()};
}

std::vector<Batch> SpreadStates::exchange(std::vector<Batch> batches) {
    for (const Batch& each : batches) most_batch_bytes_ = std::max<std::uint64_t>(most_batch_bytes_, each.size());
    return ranks_.exchange(std::move(batches));
}

std::vector<Batch> SpreadStates::candidates() {
    std::vector<Batch> batches(ranks_.size());
    outbox_.drain([&](Key key, std::uint64_t predecessor) {
        put_state(batches[owner(StateStore::hash(key))], key, predecessor);
    });
    return batches;
}

// Those that are new, for the ranks that they were first found from.
std::vector<Batch> SpreadStates::take_candidates(const std::vector<Batch>& batches) {
    constexpr std::size_t at_once = 512;  // whose places in the table are on their way into the cache
    std::vector<Candidate> some;
    std::vector<Candidate> fresh;
    const auto take = [&] {
        owned_.reserve(some.size());
        for (const Candidate& each : some) owned_.prefetch_slot(each.hash);
        for (const Candidate& each : some) owned_.prefetch_key(each.hash);
        for (const Candidate& each : some)
            if (owned_.insert(0, each.key, each.hash, each.predecessor)) fresh.push_back(each);
        some.clear();
    };
    for (const Batch& batch : batches)
        each_state(batch, [&](Key key, std::uint64_t predecessor) {
            some.push_back({key, StateStore::hash(key), predecessor});
            if (some.size() == at_once) take();
        });
    take();
    std::vector<Batch> found(ranks_.size());
    for (const Candidate& each : fresh) {
        const std::uint64_t predecessor = owned_.settle(each.key, each.hash);
        put_state(found[sharer(Predecessor::unpack(predecessor).parent).first], each.key, predecessor);
    }
    owned_.drop_new();
    return found;
}

void SpreadStates::number_new() {
    std::vector<std::uint64_t> counts(ranks_.size());
    counts[ranks_.rank()] = new_.size();
    ranks_.sum(counts);
    const auto mine = counts.begin() + ranks_.rank();
    const StateNumber begin = std::accumulate(counts.begin(), mine, numbered_);
    numbered_ = std::accumulate(mine, counts.end(), begin);
    if (new_.empty()) return;
    segments_.push_back({begin, new_.size(), links_.size()});
    for (const NewState& each : new_) links_.push_back(each.predecessor);
}

const std::vector<SpreadStates::NewState>& SpreadStates::end_round() {
    {
        const std::uint64_t outbox = outbox_.bytes();
        const std::vector<Batch> arrived = exchange(candidates());
        most_round_bytes_ = std::max(most_round_bytes_, outbox + bytes_of(arrived));
        new_bytes_ = take_candidates(arrived);
    }
    new_bytes_ = exchange(std::move(new_bytes_));
    new_.clear();
    for (const Batch& batch : new_bytes_)
        each_state(batch, [&](Key key, std::uint64_t predecessor) { new_.push_back({predecessor, key}); });
    std::sort(new_.begin(), new_.end(),
              [](const NewState& a, const NewState& b) { return a.predecessor < b.predecessor; });
    number_new();
    return new_;
}

void SpreadStates::show_first(const std::function<void(Key, std::uint64_t)>& f) {
    std::vector<Batch> batches(ranks_.size());
    for (const NewState& each : new_) put_state(batches.front(), each.key, each.predecessor);
    for (const Batch& batch : exchange(std::move(batches))) each_state(batch, f);
}

void SpreadStates::finish_level() {
    std::vector<Batch> batches(ranks_.size());
    PathWriter writer(paths_);
    const StateNumber old_begin = std::exchange(level_begin_, level_end_);
    level_end_ = numbered_;
    for (; level_segment_ < segments_.size(); ++level_segment_) {
        const Segment& segment = segments_[level_segment_];
        const StateNumber end = segment.begin + segment.count;
        for (StateNumber run = segment.begin; run < end;) {
            const auto [to, share_end] = sharer(run);
            const StateNumber run_end = std::min(end, share_end);
            for (StateNumber state = run; state < run_end; ++state) {
                const Predecessor by = Predecessor::unpack(links_[segment.at + (state - segment.begin)]);
                if (by.parent < old_begin) internal_assertion_failed("a state was found from another level");
                writer.add(paths_.place_of(by.parent), by.op);
            }
            writer.end_run(batches[to], run);
            run = run_end;
        }
    }
    paths_.read(exchange(std::move(batches)));
}

std::uint64_t SpreadStates::bytes() const {
    return paths_.bytes() + links_.size() * sizeof(std::uint64_t) + segments_.size() * sizeof(Segment);
}

// 0 where the link is on another rank.
std::uint64_t SpreadStates::link(StateNumber state) const {
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), state,
                                        [](StateNumber a, const Segment& b) { return a < b.begin; });
    if (after == segments_.begin() || state - std::prev(after)->begin >= std::prev(after)->count) return 0;
    return links_[std::prev(after)->at + (state - std::prev(after)->begin)];
}

std::map<StateNumber, std::vector<std::uint32_t>> SpreadStates::calls_to(std::vector<StateNumber> states) {
    std::map<StateNumber, std::vector<std::uint32_t>> calls;
    for (const StateNumber each : states) calls[each] = {};
    std::vector<StateNumber> at;  // of each, in their order, how far back its path is known
    for (const auto& [state, unknown] : calls) at.push_back(state);
    while (std::any_of(at.begin(), at.end(), [](StateNumber each) { return each != 0; })) {
        std::vector<std::uint64_t> links(at.size());
        for (std::size_t i = 0; i < at.size(); ++i) links[i] = at[i] == 0 ? 0 : link(at[i]);
        ranks_.sum(links);
        std::size_t i = 0;
        for (auto& [state, path] : calls) {
            if (at[i] != 0) path.push_back(Predecessor::unpack(links[i]).op);
            at[i] = Predecessor::unpack(links[i]).parent;
            ++i;
        }
    }
    for (auto& [state, path] : calls) std::reverse(path.begin(), path.end());
    return calls;
}

}  // namespace vmacheck
