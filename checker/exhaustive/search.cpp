#include "checker/exhaustive/search.hpp"

#include "checker/exhaustive/level_files.hpp"
#include "checker/exhaustive/rank_sums.hpp"
#include "checker/exhaustive/state_portions.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace vmacheck {

Search::Search(Scope scope, const ExploreOptions& options)
    : scope_(std::move(scope)), options_(options), ops_(scope_ops(scope_)) {
    if (ops_.size() >= (std::size_t{1} << Predecessor::op_bits))
        throw std::runtime_error("scope " + scope_.name + " has too many calls; give it fewer pages or kinds");
    options_.expand.reduction.keep_rmap_order |= scope_.walks_rmap();
    options_.expand.reduction.usual_flags = scope_.usual_flags();
    options_.expand.fingerprint &= has_peer_lines(scope_);
    options_.jobs = std::max(1u, options_.jobs);
    if (options_.ranks != nullptr && options_.ranks->size() == 1) options_.ranks = nullptr;
    store_ = std::make_unique<StateStore>(options_.jobs);
    if (options_.ranks != nullptr)
        spread_ = std::make_unique<SpreadStates>(*options_.ranks, *store_, options_.jobs, round_states());
    for (unsigned i = 0; i < options_.jobs; ++i)
        expanders_.push_back(std::make_unique<Expander>(scope_, ops_, options_.expand,
                                                        Expander::Surroundings{inbox(), links(), i, !spread_}));
    counted_.resize(options_.jobs);
}

Search::~Search() = default;

// What searches must have in common to be one.
std::string Search::identity() const {
    const ExploreLimits& limits = options_.limits;
    return fmt::format("{} limits {} {} {} {} store {}", search_identity(scope_, options_.expand), limits.states,
                       limits.bytes, limits.depth, limits.seconds, !options_.store.empty());
}

Trace Search::trace_of(const std::vector<std::uint32_t>& calls, std::uint32_t last) const {
    Trace trace;
    trace.header = TraceHeader(scope_.setup);
    trace.header.made_by = "explore";
    for (const std::uint32_t op : calls) trace.steps.push_back({ops_[op].op, {}, {}, 0});
    trace.steps.push_back({ops_[last].op, {}, {}, 0});
    return trace;
}

Trace Search::trace_to(Predecessor transition) const {
    return trace_of(spread_ ? paths_.at(transition.parent) : calls_to(store_->links(), transition.parent),
                    transition.op);
}

// States that are worked through between two looks at the limits. A number of the scope alone, so that where a search
// stops is too. Ranks work through as many each, unless a number of states is to end them where it ends one process.
std::uint64_t Search::round_states() const {
    const auto of_one = std::clamp<std::uint64_t>(65'536 / std::max<std::size_t>(1, ops_.size()), 8, 1024);
    return options_.ranks == nullptr || options_.limits.states != 0 ? of_one : of_one * options_.ranks->size();
}

ExploreResult Search::run(const OnProgress& progress) {
    if (!spread_) return run_all(progress);
    try {
        return run_all(progress);
    } catch (const InternalAssertion& assertion) {
        options_.ranks->fail(assertion.what(), true);
        throw;
    } catch (const std::exception& error) {
        options_.ranks->fail(error.what(), false);
        throw;
    } catch (...) {  // the model throws values that are no std::exception
        options_.ranks->fail("an exception of unknown type", false);
        throw;
    }
}

ExploreResult Search::run_all(const OnProgress& progress) {
    begun_ = std::chrono::steady_clock::now();
    ExploreResult result;
    start(result);
    while (!result.finding && !result.complete && result.stopped_by.empty())
        if (!run_level(result, progress)) break;
    files_.reset();
    result.states = found() - (result.finding ? found_in_level() : 0);
    result.bytes = store_->bytes();
    if (spread_) {
        find_paths(result);
        result.ranks = gather(*options_.ranks, costs());
        result.bytes = 0;
        for (const RankCosts& each : result.ranks) result.bytes += each.bytes;
        options_.ranks->end();
    }
    result.digest = digest_of(result, digest_);
    if (options_.expand.hash_compact) {
        const auto n = static_cast<double>(result.states);
        result.omission = n * (n - 1) / 2 / 18446744073709551616.0;
    }
    return result;
}

void Search::start(ExploreResult& result) {
    if (spread_) expect_same(*options_.ranks, identity());
    Expander& first = *expanders_.front();
    result.levels.push_back({1, 0});
    if (std::vector<Violation> broken = first.violations_at_start(); !broken.empty()) {
        result.finding = finding_of(scope_, {}, std::move(broken), {TraceHeader(scope_.setup), {}});
        return;
    }
    const StateStore::Key key = first.key_of(first.walker().go_to(0));
    LevelBytes bytes(digest_);
    bytes.add(key, 0);
    digest_ = bytes.digest();
    if (spread_) {
        spread_->start(key);
    } else {
        store_->reserve(1);
        store_->insert(0, key, StateStore::hash(key), 0);
        store_->finish_level();
    }
    if (!options_.store.empty()) resume(result);
}

// Takes over the levels that are in the store. Rank 0 reads them; the others get their states as in a search.
void Search::resume(ExploreResult& result) {
    const bool has_files = options_.ranks == nullptr || options_.ranks->rank() == 0;
    if (has_files) files_ = std::make_unique<LevelFiles>(options_.store, scope_, options_.expand);
    std::string manifest = has_files ? files_->manifest() : std::string();
    if (spread_) manifest = options_.ranks->from_first(manifest);
    if (manifest.empty()) return;
    const KeptSearch kept =
        read_manifest(manifest, level_path(options_.store, 0), search_identity(scope_, options_.expand), result);
    if (has_files) reach_ = result.reach;
    // A file for each level but the first, and one more for the level that is next.
    const std::size_t last_file = result.levels.size() - (kept.complete ? 1 : 0);
    StateNumber begin = 0;
    for (std::size_t level = 1; level <= last_file; ++level) {
        const StateNumber end = found();
        load_level(level, begin, end);
        begin = end;
        const std::uint64_t states = found() - end;
        if (level == result.levels.size())
            result.levels.push_back({states, 0});
        else if (result.levels[level].states != states)
            damaged_file(level_path(options_.store, level));
    }
    if (kept.complete) digest_ = LevelBytes(digest_).digest();
    if (has_files && digest_ != kept.digest) damaged_file(level_path(options_.store, 0));
    result.complete = kept.complete;
    result.resumed_levels = result.levels.size();
}

// The states of a level, which calls from those from `begin` up to `end` led to, as if these had been worked through.
void Search::load_level(std::size_t level, StateNumber begin, StateNumber end) {
    std::optional<LevelReader> reader;
    if (files_) reader.emplace(level_path(options_.store, level));
    begin_level(level);
    for (StateNumber at = begin; at < end; at += round_states()) {
        const StateNumber round_end = std::min(end, at + round_states());
        for (; reader && reader->more() && Predecessor::unpack(reader->predecessor()).parent < round_end;
             reader->next()) {
            const StateStore::Key key = reader->key();
            const bool known = Predecessor::unpack(reader->predecessor()).parent < at;
            inbox().reserve(1);
            if (known || !inbox().insert(0, key, StateStore::hash(key), reader->predecessor())) reader->damaged();
        }
        if (spread_) end_spread_round(true);
    }
    if (reader && reader->more()) reader->damaged();
    number_level({});
}

std::uint64_t Search::bound() const {
    std::uint64_t least = ReachTable::never;
    for (const auto& each : expanders_) least = std::min(least, each->bound());
    return least;
}

// How many states of a round are taken at once. The table needs room for all that their calls may find, and room for the
// calls of a whole round would be most of a small search's memory. A number of the states in the table alone.
std::uint64_t Search::part_states() const {
    const std::uint64_t found = spread_ ? spread_->outbox().provisional() : store_->finished() + store_->provisional();
    const std::uint64_t calls = std::max<std::uint64_t>(8'192, found / 2);
    return std::max<std::uint64_t>(1, calls / std::max<std::size_t>(1, ops_.size()));
}

void Search::run_round(StateNumber begin, StateNumber end) {
    if (spread_) std::tie(begin, end) = spread_->share(begin, end);
    while (begin < end) {
        const StateNumber part_end = std::min(end, begin + part_states());
        run_part(begin, part_end);
        begin = part_end;
    }
    if (spread_) end_spread_round(false);
}

void Search::run_part(StateNumber begin, StateNumber end) {
    inbox().reserve((end - begin) * ops_.size());
    StatePortions portions(begin, end, expanders_.size());
    const std::uint64_t known_bound = bound();
    in_threads(expanders_.size(), [&](std::size_t thread) {
        Expander& expander = *expanders_[thread];
        StateNumber state = 0;
        StateNumber past = 0;
        while (portions.take(state, past))
            for (; state < past; ++state) {
                // Nothing beyond the smallest transition that broke something can be smaller.
                const std::uint64_t least = std::min(known_bound, expander.bound());
                if (least != ReachTable::never && state > Predecessor::unpack(least).parent) return;
                expander.expand(state, spread_ ? spread_->paths().place_of(state) : state);
            }
    });
}

// Hands the states that the round found, or that rank 0 loaded, to their owners. Those that were found new are checked.
void Search::end_spread_round(bool loaded) {
    const std::vector<SpreadStates::NewState>& fresh = spread_->end_round();
    if (!loaded) {
        StatePortions portions(0, fresh.size(), expanders_.size());
        in_threads(expanders_.size(), [&](std::size_t thread) {
            StateNumber at = 0;
            StateNumber past = 0;
            while (portions.take(at, past))
                for (; at < past; ++at) {
                    const std::uint64_t transition = fresh[at].predecessor;
                    const StateNumber place = spread_->paths().place_of(Predecessor::unpack(transition).parent);
                    expanders_[thread]->check_found(place, transition);
                }
        });
    }
    spread_->show_first([&](StateStore::Key key, std::uint64_t predecessor) {
        const std::string_view entry = level_bytes_->add(key, predecessor);
        if (files_ && !loaded) files_->append(level_, entry);
    });
}

// Before the tree of paths changes.
void Search::leave_states() {
    for (const auto& each : expanders_) each->walker().go_to(0);
}

std::string Search::limit_met(const ExploreResult& result) {
    const ExploreLimits& limits = options_.limits;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
    const std::uint64_t bytes = store_->bytes() + (spread_ ? spread_->bytes() : 0);
    most_bytes_ = std::max(most_bytes_, bytes);
    std::array<std::uint64_t, 3> now{limits.stop != nullptr && *limits.stop ? 1u : 0u,
                                     limits.seconds != 0 && elapsed.count() > limits.seconds ? 1u : 0u, bytes};
    if (spread_) options_.ranks->sum(now);
    if (now[0] != 0) return "signal";
    if (limits.states != 0 && found() > limits.states) return "states";
    if (limits.bytes != 0 && now[2] > limits.bytes) return "memory";
    if (limits.depth != 0 && result.depth() >= limits.depth) return "depth";
    return now[1] != 0 ? "time" : "";
}

void Search::merge_counts(ExploreResult& result, SearchCounts& level) {
    for (std::size_t i = 0; i < expanders_.size(); ++i) {
        const SearchCounts now = expanders_[i]->take_counts();
        SearchCounts fresh = now;
        const SearchCounts& before = counted_[i];
        fresh.calls -= before.calls;
        fresh.transitions -= before.transitions;
        fresh.failing -= before.failing;
        fresh.self_loops -= before.self_loops;
        fresh.fingerprint -= before.fingerprint;
        fresh.orbit_states -= before.orbit_states;
        fresh.orbit_transitions -= before.orbit_transitions;
        level.add(fresh);
        counted_[i] = now;
        (spread_ ? reach_ : result.reach).add(expanders_[i]->reach());
        expanders_[i]->reach().clear();
    }
    if (spread_) add_up(*options_.ranks, level);
    result.counts.add(level);
}

// Works through the deepest level. False: the search ends here.
bool Search::run_level(ExploreResult& result, const OnProgress& progress) {
    const StateNumber end = found();
    const StateNumber begin = end - result.levels.back().states;
    SearchCounts level;
    struct {
        SearchCounts counts;
        ReachTable reach;
    } before{result.counts, result.reach};
    if (result.stopped_by = limit_met(result); !result.stopped_by.empty()) return false;
    begin_level(result.levels.size());
    std::uint64_t broke = ReachTable::never;
    for (StateNumber at = begin; at < end; at += round_states()) {
        run_round(at, std::min(end, at + round_states()));
        merge_counts(result, level);
        result.levels.back().transitions += level.transitions;
        level = {};
        if (options_.watch)
            options_.watch({store_->finished() + store_->provisional(), result.counts.transitions, result.depth()});
        if (progress)
            progress({std::min(end, at + round_states()), found(),
                      fmt::format("at depth {}, {} transitions", result.depth(), result.counts.transitions)});
        broke = bound();
        if (spread_) options_.ranks->least({&broke, 1});
        if (broke != ReachTable::never && Predecessor::unpack(broke).parent < at + round_states()) break;
        const bool more = at + round_states() < end;
        if (more) result.stopped_by = limit_met(result);
        if (result.stopped_by == "depth") result.stopped_by.clear();  // the level that was begun is within the depth
        if (result.stopped_by.empty()) continue;
        if (spread_) result.reach = add_up(*options_.ranks, reach_);
        return false;
    }
    if (broke != ReachTable::never) {
        // How much of this level was worked through depends on the threads; what was finished before it does not.
        result.counts = before.counts;
        result.reach = std::move(before.reach);
        result.levels.back().transitions = 0;
        conclude(result);
        return false;
    }
    const std::uint64_t next = found_in_level();
    if (spread_) result.reach = add_up(*options_.ranks, reach_);
    number_level([&](std::string_view bytes) {
        if (files_) files_->append(level_, bytes);
    });
    if (files_) files_->finish(result, digest_);
    if (next == 0) {
        result.complete = true;
        return false;
    }
    result.levels.push_back({next, 0});
    return true;
}

void Search::begin_level(std::size_t level) {
    level_ = level;
    if (spread_) level_bytes_ = std::make_unique<LevelBytes>(digest_);
}

// Numbers the states of the level in progress. f is called with the bytes of each; with ranks it was in each round.
void Search::number_level(const std::function<void(std::string_view)>& f) {
    if (spread_) {
        leave_states();
        if (found_in_level() != 0) spread_->finish_level();
        digest_ = level_bytes_->digest();
        return;
    }
    LevelBytes bytes(digest_);
    store_->finish_level([&](StateStore::Key key, std::uint64_t predecessor) {
        const std::string_view entry = bytes.add(key, predecessor);
        if (f) f(entry);
    });
    digest_ = bytes.digest();
}

RankCosts Search::costs() const {
    const Ranks& ranks = *options_.ranks;
    return {store_->settled(),
            most_bytes_,
            spread_->most_round_bytes(),
            ranks.sent_bytes(),
            spread_->most_batch_bytes(),
            static_cast<std::uint64_t>(ranks.waited_s() * 1000),
            static_cast<std::uint64_t>(ranks.worked_s() * 1000)};
}

// The calls to the states from which each cell was reached first: what a trace may be wanted of.
void Search::find_paths(const ExploreResult& result) {
    std::vector<StateNumber> states;
    if (result.finding) states.push_back(Predecessor::unpack(result.finding->origin.number).parent);
    result.reach.each_reached([&](ReachTable::Cell cell, const std::string&) {
        states.push_back(Predecessor::unpack(result.reach.first(cell)).parent);
    });
    paths_ = spread_->calls_to(std::move(states));
}

// The broken property to report: that of the smallest transition.
void Search::conclude(ExploreResult& result) {
    std::uint64_t least = ReachTable::never;
    for (const auto& expander : expanders_) {
        least = std::min(least, expander->bad_transition());
        for (const Expander::BadState& each : expander->bad_states())
            least = std::min(least, store_->provisional_predecessor(each.key, each.hash));
    }
    if (spread_) options_.ranks->least({&least, 1});
    const Predecessor transition = Predecessor::unpack(least);
    Predecessor again = transition;
    if (spread_) {  // the way there is needed on every rank
        paths_ = spread_->calls_to({transition.parent});
        leave_states();
        spread_->paths().read(paths_.at(transition.parent));
        again.parent = paths_.at(transition.parent).size();
    }
    std::vector<Violation> violations = expanders_.front()->violations_of(again);
    if (violations.empty()) internal_assertion_failed("a broken property is not broken when looked at again");
    result.finding = finding_of(scope_, transition, std::move(violations), trace_to(transition));
}

}  // namespace vmacheck
