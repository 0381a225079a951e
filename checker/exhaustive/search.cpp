#include "checker/exhaustive/search.hpp"
#include "model/state/digest.hpp"

#include "checker/exhaustive/level_files.hpp"
#include "model/state/world.hpp"
#include "properties/run/headline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

namespace vmacheck {

namespace {

// Over the states of the finished levels and all that was counted.
std::uint64_t digest_of(const ExploreResult& result, std::uint64_t states) {
    std::vector<std::uint64_t> words{states,
                                     result.states,
                                     result.counts.calls,
                                     result.counts.transitions,
                                     result.counts.failing,
                                     result.counts.self_loops,
                                     result.counts.fingerprint};
    for (const LevelCounts& each : result.levels) {
        words.push_back(each.states);
        words.push_back(each.transitions);
    }
    for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell) {
        if (!result.reach.in_digest(cell)) continue;
        words.push_back(result.reach.count(cell));
        words.push_back(result.reach.first(cell));
    }
    return StateStore::hash({reinterpret_cast<const std::uint8_t*>(words.data()), words.size() * sizeof words[0]});
}

// Hands out states in number order. Neighbours share most of their paths, so a thread gets several; towards the end
// fewer, so that threads end together.
class StatePortions {
public:
    StatePortions(StateNumber begin, StateNumber end, std::size_t threads)
        : next_(begin), end_(end), threads_(threads) {}

    // The next states are those from `begin` up to `end`. False: there are no more.
    bool take(StateNumber& begin, StateNumber& end) {
        constexpr StateNumber most = 8;
        begin = next_.load();
        do {
            if (begin == end_) return false;
            end = begin + std::clamp<StateNumber>((end_ - begin) / (4 * threads_), 1, most);
        } while (!next_.compare_exchange_weak(begin, end));
        return true;
    }

private:
    std::atomic<StateNumber> next_;
    StateNumber end_;
    std::size_t threads_;
};

}  // namespace

Search::Search(Scope scope, const ExploreOptions& options)
    : scope_(std::move(scope)), options_(options), ops_(scope_ops(scope_)) {
    if (ops_.size() >= (std::size_t{1} << Predecessor::op_bits))
        throw std::runtime_error("scope " + scope_.name + " has too many calls; give it fewer pages or kinds");
    options_.expand.reduction.keep_rmap_order |= scope_.walks_rmap();
    options_.expand.reduction.usual_flags = scope_.usual_flags();
    options_.expand.fingerprint &= has_peer_lines(scope_);
    options_.jobs = std::max(1u, options_.jobs);
    store_ = std::make_unique<StateStore>(options_.jobs);
    for (unsigned i = 0; i < options_.jobs; ++i)
        expanders_.push_back(std::make_unique<Expander>(scope_, ops_, options_.expand, *store_, i));
    counted_.resize(options_.jobs);
}

Search::~Search() = default;

Trace Search::trace_to(Predecessor transition) const {
    Trace trace;
    trace.header = TraceHeader(scope_.setup);
    trace.header.made_by = "explore";
    for (const std::uint32_t op : calls_to(*store_, transition.parent)) trace.steps.push_back({ops_[op].op, {}, {}, 0});
    trace.steps.push_back({ops_[transition.op].op, {}, {}, 0});
    return trace;
}

// States that are worked through between two looks at the limits. A number of the scope alone, so that where a search
// stops is too.
std::uint64_t Search::round_states() const {
    return std::clamp<std::uint64_t>(65'536 / std::max<std::size_t>(1, ops_.size()), 8, 1024);
}

ExploreResult Search::run(const OnProgress& progress) {
    begun_ = std::chrono::steady_clock::now();
    ExploreResult result;
    start(result);
    while (!result.finding && !result.complete && result.stopped_by.empty())
        if (!run_level(result, progress)) break;
    files_.reset();
    result.states = store_->finished() + (result.finding ? 0 : store_->provisional());
    result.digest = digest_of(result, digest_);
    result.bytes = store_->bytes();
    if (options_.expand.hash_compact) {
        const auto n = static_cast<double>(result.states);
        result.omission = n * (n - 1) / 2 / 18446744073709551616.0;
    }
    return result;
}

// The starting state, and the levels of a search that was interrupted.
void Search::start(ExploreResult& result) {
    Expander& first = *expanders_.front();
    result.levels.push_back({1, 0});
    if (std::vector<Violation> broken = first.violations_at_start(); !broken.empty()) {
        result.finding = finding({}, std::move(broken), {TraceHeader(scope_.setup), {}});
        return;
    }
    const StateStore::Key key = first.key_of(first.walker().go_to(0));
    store_->reserve(1);
    store_->insert(0, key, StateStore::hash(key), 0);
    digest_ = finish_level(*store_, digest_, nullptr);
    if (options_.store.empty()) return;
    files_ = std::make_unique<LevelFiles>(options_.store, scope_, options_.expand);
    files_->load(*store_, result, digest_);
}

std::uint64_t Search::bound() const {
    std::uint64_t least = ReachTable::never;
    for (const auto& each : expanders_) least = std::min(least, each->bound());
    return least;
}

// How many states of a round are taken at once. The table needs room for all that their calls may find, and room for the
// calls of a whole round would be most of a small search's memory. A number of the states found so far alone.
std::uint64_t Search::part_states() const {
    const std::uint64_t found = store_->finished() + store_->provisional();
    const std::uint64_t calls = std::max<std::uint64_t>(8'192, found / 2);
    return std::max<std::uint64_t>(1, calls / std::max<std::size_t>(1, ops_.size()));
}

void Search::run_round(StateNumber begin, StateNumber end) {
    while (begin < end) {
        const StateNumber part_end = std::min(end, begin + part_states());
        run_part(begin, part_end);
        begin = part_end;
    }
}

void Search::run_part(StateNumber begin, StateNumber end) {
    store_->reserve((end - begin) * ops_.size());
    StatePortions portions(begin, end, expanders_.size());
    std::vector<std::exception_ptr> failures(expanders_.size());
    const std::uint64_t known_bound = bound();
    const auto work = [&](std::size_t thread) {
        Expander& expander = *expanders_[thread];
        try {
            StateNumber state = 0;
            StateNumber past = 0;
            while (portions.take(state, past))
                for (; state < past; ++state) {
                    // Nothing beyond the smallest transition that broke something can be smaller.
                    const std::uint64_t least = std::min(known_bound, expander.bound());
                    if (least != ReachTable::never && state > Predecessor::unpack(least).parent) return;
                    expander.expand(state);
                }
        } catch (...) {
            failures[thread] = std::current_exception();
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < expanders_.size(); ++i) threads.emplace_back(work, i);
    work(0);
    for (std::thread& each : threads) each.join();
    for (const std::exception_ptr& each : failures)
        if (each) std::rethrow_exception(each);
}

std::string Search::limit_met(const ExploreResult& result) const {
    const ExploreLimits& limits = options_.limits;
    if (limits.stop != nullptr && *limits.stop) return "signal";
    if (limits.states != 0 && store_->finished() + store_->provisional() > limits.states) return "states";
    if (limits.bytes != 0 && store_->bytes() > limits.bytes) return "memory";
    if (limits.depth != 0 && result.depth() >= limits.depth) return "depth";
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
    if (limits.seconds != 0 && elapsed.count() > limits.seconds) return "time";
    return {};
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
        result.reach.add(expanders_[i]->reach());
        expanders_[i]->reach().clear();
    }
    result.counts.add(level);
}

// Works through the deepest level. False: the search ends here.
bool Search::run_level(ExploreResult& result, const OnProgress& progress) {
    const StateNumber end = store_->finished();
    const StateNumber begin = end - result.levels.back().states;
    SearchCounts level;
    struct {
        SearchCounts counts;
        ReachTable reach;
    } before{result.counts, result.reach};
    if (result.stopped_by = limit_met(result); !result.stopped_by.empty()) return false;
    for (StateNumber at = begin; at < end; at += round_states()) {
        run_round(at, std::min(end, at + round_states()));
        merge_counts(result, level);
        result.levels.back().transitions += level.transitions;
        level = {};
        if (progress)
            progress({std::min(end, at + round_states()), store_->finished() + store_->provisional(),
                      fmt::format("at depth {}, {} transitions", result.depth(), result.counts.transitions)});
        if (bound() != ReachTable::never && Predecessor::unpack(bound()).parent < at + round_states()) break;
        const bool more = at + round_states() < end;
        if (more) result.stopped_by = limit_met(result);
        if (result.stopped_by == "depth") result.stopped_by.clear();  // the level that was begun is within the depth
        if (!result.stopped_by.empty()) return false;
    }
    if (bound() != ReachTable::never) {
        // How much of this level was worked through depends on the threads; what was finished before it does not.
        result.counts = before.counts;
        result.reach = std::move(before.reach);
        result.levels.back().transitions = 0;
        conclude(result);
        return false;
    }
    const std::uint64_t found = store_->provisional();
    if (files_)
        files_->finish(*store_, result, digest_);
    else
        digest_ = finish_level(*store_, digest_, nullptr);
    if (found == 0) {
        result.complete = true;
        return false;
    }
    result.levels.push_back({found, 0});
    return true;
}

// The trace expects the violation when it is replayed.
Finding Search::finding(Predecessor transition, std::vector<Violation> violations, Trace trace) const {
    Finding made;
    made.origin = {"explore", transition.packed(), "scope " + scope_.name};
    made.violations = std::move(violations);
    put_headline_first(made.violations);
    made.trace = std::move(trace);
    made.trace.header.made_by = "explore";
    made.trace.header.title = fmt::format("{}: a shortest trace in scope {}", made.property(), scope_.name);
    if (!made.is_internal()) made.trace.header.expect = Expectation{true, made.property()};
    return made;
}

// The broken property to report: that of the smallest transition.
void Search::conclude(ExploreResult& result) {
    std::uint64_t least = ReachTable::never;
    for (const auto& expander : expanders_) {
        least = std::min(least, expander->bad_transition());
        for (const Expander::BadState& each : expander->bad_states())
            least = std::min(least, store_->provisional_predecessor(each.key, each.hash));
    }
    const Predecessor transition = Predecessor::unpack(least);
    std::vector<Violation> violations = expanders_.front()->violations_of(transition);
    if (violations.empty()) internal_assertion_failed("a broken property is not broken when looked at again");
    result.finding = finding(transition, std::move(violations), trace_to(transition));
}

}  // namespace vmacheck
