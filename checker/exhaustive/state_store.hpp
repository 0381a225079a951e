// The states that a search has found: their keys, each once, and for each the transition that found it first.
//
// States of finished levels have numbers, in the order of their levels and within a level of their predecessors
// (parent's number, then call). That order depends on nothing but the graph: not on threads, nor on the order in which
// a level was worked through. States of the level in progress are provisional until finish_level().
//
//   table     open addressing; a slot holds 32 bits of hash and where the key lies. Its place is the hash scaled to the
//             size, so that it can grow to any size and growing reads it from front to back.
//   keys      of finished levels, behind each other in the order of their numbers
//   new keys  of the level in progress, in an arena for each thread, with the smallest predecessor seen so far
//
// insert() may be called by several threads at a time; everything else by one while none inserts.
#pragma once

#include "checker/exhaustive/chunked.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace vmacheck {

using StateNumber = std::uint64_t;

// The transition by which a state was first found. Compared as a number: parent first, then the call.
struct Predecessor {
    static constexpr unsigned op_bits = 20;  // at most 2^20 calls in a scope

    StateNumber parent = 0;
    std::uint32_t op = 0;

    [[nodiscard]] std::uint64_t packed() const { return (parent << op_bits) | op; }
    static Predecessor unpack(std::uint64_t packed) {
        return {packed >> op_bits, static_cast<std::uint32_t>(packed & ((1u << op_bits) - 1))};
    }
};

// Of each state the transition that it was found by (Predecessor::packed). A state has a larger number than its parent;
// state 0 is the one that all begins with.
using Links = Chunked<std::uint64_t, 8192>;

class StateStore {
public:
    using Key = std::span<const std::uint8_t>;

    explicit StateStore(unsigned threads);
    ~StateStore();
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;

    static std::uint64_t hash(Key key);

    // Brings the slot, then the key, into the cache; both may be left out.
    void prefetch_slot(std::uint64_t hash) const { __builtin_prefetch(&table_[place(hash)]); }
    void prefetch_key(std::uint64_t hash) const;

    // Whether the state is new. One of the level in progress gets the smaller predecessor. The table must have room:
    // see reserve.
    bool insert(unsigned thread, Key key, std::uint64_t hash, std::uint64_t predecessor);

    // Makes room for so many new states.
    void reserve(std::uint64_t more);

    // Numbers the states of the level in progress. Calls f(key, predecessor) for each, in that order.
    void finish_level(const std::function<void(Key, std::uint64_t)>& f = {});
    // The same of states whose numbers another keeps (spread_states.hpp). settle() finishes one state of the level in
    // progress, returns its predecessor and gives it no number; then drop_new() forgets what was not settled.
    std::uint64_t settle(Key key, std::uint64_t hash);
    void drop_new();
    // Calls f(key, predecessor) for each state, in no order, and forgets them. None may be finished.
    void drain(const std::function<void(Key, std::uint64_t)>& f);

    // Where the key of a finished state lies, larger for larger numbers; nothing: there is no such state.
    [[nodiscard]] std::optional<std::uint32_t> find(Key key, std::uint64_t hash) const;
    // Of the provisional state with this key: the smallest seen so far.
    [[nodiscard]] std::uint64_t provisional_predecessor(Key key, std::uint64_t hash) const;

    [[nodiscard]] std::uint64_t finished() const { return links_.size(); }  // states with a number
    [[nodiscard]] std::uint64_t provisional() const;                        // states without
    [[nodiscard]] std::uint64_t settled() const { return count_; }          // and states that settle() finished
    [[nodiscard]] const Links& links() const { return links_; }             // of states with a number
    // Bytes that the states take, the table included; the same on every run for the same states.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    using Slot = std::atomic<std::uint64_t>;
    static constexpr std::uint32_t is_new = std::uint32_t{1} << 31;

    // A key of the level in progress.
    struct NewKey {
        std::atomic<std::uint64_t> predecessor;
        std::uint16_t size;
        [[nodiscard]] std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this) + header; }
        static constexpr std::size_t header = 10;
    };
    // Of one thread: chunks of new keys. The position of a key is its chunk's place in the list of all chunks, and
    // where it lies in it.
    struct alignas(64) Arena {
        std::uint8_t* chunk = nullptr;
        std::uint32_t chunk_number = 0;
        std::size_t used = 0;
        std::uint64_t count = 0;
        std::uint64_t key_bytes = 0;
    };
    static constexpr std::size_t new_chunk_bytes = std::size_t{1} << 16;
    static constexpr std::size_t most_new_chunks = std::size_t{1} << 18;

    [[nodiscard]] std::uint64_t place(std::uint64_t hash) const { return ((hash >> 32) * capacity_) >> 32; }
    [[nodiscard]] NewKey* new_key(std::uint32_t position) const;
    [[nodiscard]] bool same_key(std::uint32_t position, Key key) const;
    [[nodiscard]] Key stored_key(std::uint32_t position) const;
    std::uint32_t write_new(unsigned thread, Key key, std::uint64_t predecessor);
    void forget_new(unsigned thread, std::uint32_t position);
    void resize(std::uint64_t capacity);
    std::uint32_t keep(Key key);

    std::unique_ptr<Slot[]> table_;
    std::uint64_t capacity_ = 0;
    std::uint64_t count_ = 0;  // slots of finished levels
    std::uint64_t kept_bytes_ = 0;
    ByteArena<4> keys_;
    Links links_;
    std::vector<Arena> arenas_;
    std::unique_ptr<std::uint8_t*[]> new_chunks_;
    std::atomic<std::uint32_t> new_chunk_count_{0};
};

}  // namespace vmacheck
