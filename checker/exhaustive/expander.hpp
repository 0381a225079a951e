// Takes every call of a scope from one state after the other, checks each transition, and hands what it leads to to the
// store. A thread has one.
//
// After each call: the model's own assertions; contracts and refinement; then the canonical form, which looks at all
// that it leaves out (list links, trees, caches, counters). A World that is not what its form says is given to every
// property. A new state is checked once by every property. An assertion of the model or of the checks that fails is a
// finding like another (internal-assertion), with a trace, and the same for any number of threads.
//
// A state has a number in the search and a place in the links, from which the expander knows how to get there. In a
// search of one process they are the same.
#pragma once

#include "checker/coverage/reach_table.hpp"
#include "checker/exhaustive/canonical.hpp"
#include "checker/exhaustive/peer_fingerprint.hpp"
#include "checker/exhaustive/symmetry.hpp"
#include "checker/exhaustive/walker.hpp"
#include "properties/run/property_checker.hpp"

#include <optional>
#include <vector>

namespace vmacheck {

struct ExpandOptions {
    Reduction reduction;
    bool orbits = false;          // Worlds that differ in the names of processes and equal files alone are one state
    bool hash_compact = false;    // keys are 64 bits of hash
    bool fingerprint = false;     // of `peer`
    bool every_property = false;  // after each call, instead of what the form already looked at
};

struct SearchCounts {
    std::uint64_t calls = 0;        // made, failing ones included
    std::uint64_t transitions = 0;  // that count: all calls, or those that succeed (Scope::failing_calls)
    std::uint64_t failing = 0;      // of the calls
    std::uint64_t self_loops = 0;   // of the transitions
    std::uint64_t fingerprint = 0;
    std::uint64_t orbit_states = 0;       // in the orbits of the states worked through, and
    std::uint64_t orbit_transitions = 0;  // out of these; 0 if states are not orbits
    void add(const SearchCounts& other) {
        calls += other.calls;
        transitions += other.transitions;
        failing += other.failing;
        self_loops += other.self_loops;
        fingerprint += other.fingerprint;
        orbit_states += other.orbit_states;
        orbit_transitions += other.orbit_transitions;
    }
    friend bool operator==(const SearchCounts&, const SearchCounts&) = default;
};

class Expander {
public:
    // A new state that breaks a property in a full check. Its first transition is known at the end of the level.
    struct BadState {
        std::vector<std::uint8_t> key;
        std::uint64_t hash = 0;
    };

    // What the store says is new is checked at once with `check_new`; else check_found() is for the search to call.
    struct Surroundings {
        StateStore& store;
        const Links& links;
        unsigned thread = 0;
        bool check_new = true;
    };
    Expander(const Scope& scope, std::span<const ScopeOp> ops, const ExpandOptions& options,
             const Surroundings& around);

    void expand(StateNumber state, StateNumber place);
    // Checks the state that a transition leads to by every property. The transition must be the smallest one to there.
    void check_found(StateNumber place, std::uint64_t transition);

    // The smallest transition that broke a property without a full check; none: never.
    [[nodiscard]] std::uint64_t bad_transition() const { return bad_transition_; }
    [[nodiscard]] const std::vector<BadState>& bad_states() const { return bad_states_; }
    // The smallest transition seen to break anything.
    [[nodiscard]] std::uint64_t bound() const { return bound_; }

    // Performs a transition, from a place, once more and says what is wrong with it, or with the state it leads to.
    std::vector<Violation> violations_of(Predecessor transition);
    // Of the starting state.
    std::vector<Violation> violations_at_start();
    // Brings the key of a state into the store's form; valid until the next. The state must be regular.
    StateStore::Key key_of(const World<Plain>& world);

    SearchCounts take_counts();
    ReachTable& reach() { return reach_; }
    Walker& walker() { return walker_; }

private:
    struct Successor {
        std::uint64_t hash;
        std::uint32_t op;
        std::uint32_t begin;  // of the key in keys_
        std::uint32_t size;
    };
    // The form of the World, or of its orbit. False: the World is inconsistent.
    bool take_form(const World<Plain>& world);
    // The form just taken, as the store has it.
    StateStore::Key stored_form();
    void take_call(World<Plain>& world, StateNumber state, std::uint32_t op);
    void check_call(const World<Plain>& world, const Outcome<Plain>& outcome, StateNumber state, std::uint32_t op);
    void broken(std::uint64_t transition);
    void hand_over(World<Plain>& world, StateNumber state);
    void check_new(World<Plain>& world, const Successor& successor, std::uint64_t transition);
    bool holds_after(World<Plain>& world, std::uint32_t op);

    const Scope& scope_;
    std::span<const ScopeOp> ops_;
    ExpandOptions options_;
    StateStore& store_;
    unsigned thread_;
    bool checks_new_;
    Walker walker_;
    CanonicalForm form_;
    std::optional<OrbitForm> orbit_;
    std::uint64_t members_ = 0;  // of the orbit of the state being worked through
    std::unique_ptr<PropertyChecker<Plain>> checker_;
    Report report_;
    std::optional<PeerFingerprint> lines_;
    SearchCounts counts_;
    ReachTable reach_;
    std::vector<Successor> successors_;
    std::vector<std::uint8_t> keys_;
    std::vector<std::uint8_t> own_key_;
    std::array<std::uint8_t, 8> compact_{};
    std::uint64_t bad_transition_ = ReachTable::never;
    std::uint64_t bound_ = ReachTable::never;
    std::vector<BadState> bad_states_;
};

}  // namespace vmacheck
