#include "checker/exhaustive/state_store.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace vmacheck {
namespace {

// A kept key: its length in one byte, or 255 and two more.
constexpr std::size_t long_key = 255;

std::size_t kept_size(std::size_t size) {
    return size + (size < long_key ? 1 : 3);
}

}  // namespace

std::uint64_t StateStore::hash(Key key) {
    return XXH3_64bits(key.data(), key.size());
}

StateStore::StateStore(unsigned threads) : arenas_(threads), new_chunks_(new std::uint8_t*[most_new_chunks]) {
    resize(1024);
}

StateStore::~StateStore() {
    for (std::uint32_t i = 0; i < new_chunk_count_; ++i) delete[] new_chunks_[i];
}

StateStore::NewKey* StateStore::new_key(std::uint32_t position) const {
    const std::size_t byte = std::size_t{position & ~is_new} * 8;
    return reinterpret_cast<NewKey*>(new_chunks_[byte / new_chunk_bytes] + byte % new_chunk_bytes);
}

StateStore::Key StateStore::stored_key(std::uint32_t position) const {
    if ((position & is_new) != 0) {
        NewKey* key = new_key(position);
        return {key->bytes(), key->size};
    }
    const std::uint8_t* at = keys_.at(position);
    if (*at < long_key) return {at + 1, *at};
    return {at + 3, at[1] | (std::size_t{at[2]} << 8)};
}

void StateStore::prefetch_key(std::uint64_t hash) const {
    const std::uint64_t slot = table_[place(hash)].load(std::memory_order_acquire);
    const auto position = static_cast<std::uint32_t>(slot);
    if (position == 0) return;
    __builtin_prefetch((position & is_new) != 0 ? static_cast<const void*>(new_key(position)) : keys_.at(position));
}

bool StateStore::same_key(std::uint32_t position, Key key) const {
    const Key stored = stored_key(position);
    return stored.size() == key.size() && std::memcmp(stored.data(), key.data(), key.size()) == 0;
}

std::uint32_t StateStore::write_new(unsigned thread, Key key, std::uint64_t predecessor) {
    Arena& arena = arenas_[thread];
    const std::size_t bytes = (NewKey::header + key.size() + 7) / 8 * 8;
    if (arena.chunk == nullptr || arena.used + bytes > new_chunk_bytes) {
        arena.chunk_number = new_chunk_count_.fetch_add(1);
        if (arena.chunk_number >= most_new_chunks) internal_assertion_failed("a level is too large for the explorer");
        arena.chunk = new std::uint8_t[new_chunk_bytes];
        new_chunks_[arena.chunk_number] = arena.chunk;
        arena.used = 0;
    }
    if (arena.chunk_number == 0 && arena.used == 0) arena.used = 8;  // position 0 is no position
    auto* at = new (arena.chunk + arena.used) NewKey{predecessor, static_cast<std::uint16_t>(key.size())};
    std::memcpy(at->bytes(), key.data(), key.size());
    const std::size_t offset = std::size_t{arena.chunk_number} * new_chunk_bytes + arena.used;
    arena.used += bytes;
    ++arena.count;
    arena.key_bytes += kept_size(key.size());
    return static_cast<std::uint32_t>(offset / 8) | is_new;
}

// Takes back the key just written: another thread was faster.
void StateStore::forget_new(unsigned thread, std::uint32_t position) {
    Arena& arena = arenas_[thread];
    const std::size_t size = new_key(position)->size;
    arena.used = std::size_t{position & ~is_new} * 8 % new_chunk_bytes;
    --arena.count;
    arena.key_bytes -= kept_size(size);
}

bool StateStore::insert(unsigned thread, Key key, std::uint64_t hash, std::uint64_t predecessor) {
    const std::uint64_t tag = hash & ~std::uint64_t{0xffffffff};
    std::uint32_t mine = 0;
    for (std::uint64_t at = place(hash);;) {
        std::uint64_t slot = table_[at].load(std::memory_order_acquire);
        if (static_cast<std::uint32_t>(slot) == 0) {
            if (mine == 0) mine = write_new(thread, key, predecessor);
            if (table_[at].compare_exchange_strong(slot, tag | mine, std::memory_order_acq_rel)) return true;
        }
        const auto position = static_cast<std::uint32_t>(slot);
        if ((slot ^ tag) >> 32 == 0 && same_key(position, key)) {
            if (mine != 0) forget_new(thread, mine);
            if ((position & is_new) == 0) return false;
            std::atomic<std::uint64_t>& best = new_key(position)->predecessor;
            std::uint64_t seen = best.load(std::memory_order_relaxed);
            while (predecessor < seen && !best.compare_exchange_weak(seen, predecessor, std::memory_order_relaxed)) {
            }
            return false;
        }
        if (++at == capacity_) at = 0;
    }
}

std::uint64_t StateStore::provisional() const {
    std::uint64_t count = 0;
    for (const Arena& each : arenas_) count += each.count;
    return count;
}

void StateStore::reserve(std::uint64_t more) {
    const std::uint64_t wanted = count_ + provisional() + more;
    if (wanted * 10 <= capacity_ * 9 && (count_ + provisional()) * 4 <= capacity_ * 3) return;
    std::uint64_t capacity = capacity_;
    while (wanted * 10 > capacity * 9 || (count_ + provisional()) * 4 > capacity * 3) capacity += capacity / 4;
    resize(capacity);
}

void StateStore::resize(std::uint64_t capacity) {
    if (capacity >= (std::uint64_t{1} << 32)) internal_assertion_failed("more states than the explorer can name");
    std::unique_ptr<Slot[]> old = std::exchange(table_, std::make_unique<Slot[]>(capacity));
    const std::uint64_t old_capacity = std::exchange(capacity_, capacity);
    for (std::uint64_t i = 0; i < old_capacity; ++i) {
        const std::uint64_t slot = old[i].load(std::memory_order_relaxed);
        if (static_cast<std::uint32_t>(slot) == 0) continue;
        std::uint64_t at = place(slot);
        while (static_cast<std::uint32_t>(table_[at].load(std::memory_order_relaxed)) != 0)
            if (++at == capacity_) at = 0;
        table_[at].store(slot, std::memory_order_relaxed);
    }
}

std::uint32_t StateStore::keep(Key key) {
    const std::uint32_t position = keys_.allocate(kept_size(key.size()));
    std::uint8_t* at = keys_.at(position);
    if (key.size() < long_key) {
        *at++ = static_cast<std::uint8_t>(key.size());
    } else {
        *at++ = static_cast<std::uint8_t>(long_key);
        *at++ = static_cast<std::uint8_t>(key.size());
        *at++ = static_cast<std::uint8_t>(key.size() >> 8);
    }
    std::memcpy(at, key.data(), key.size());
    kept_bytes_ += (kept_size(key.size()) + 3) / 4 * 4;
    return position;
}

void StateStore::finish_level(const std::function<void(Key, std::uint64_t)>& f) {
    struct Found {
        std::uint64_t predecessor;
        std::uint64_t slot;
    };
    std::vector<Found> found;
    found.reserve(provisional());
    for (std::uint64_t i = 0; i < capacity_; ++i) {
        const std::uint64_t slot = table_[i].load(std::memory_order_relaxed);
        const auto position = static_cast<std::uint32_t>(slot);
        if ((position & is_new) != 0) found.push_back({new_key(position)->predecessor.load(), i});
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.predecessor < b.predecessor; });
    for (const Found& each : found) {
        Slot& slot = table_[each.slot];
        const std::uint64_t old = slot.load(std::memory_order_relaxed);
        const Key key = stored_key(static_cast<std::uint32_t>(old));
        if (f) f(key, each.predecessor);
        slot.store((old & ~std::uint64_t{0xffffffff}) | keep(key), std::memory_order_relaxed);
        links_.push_back(each.predecessor);
    }
    count_ += found.size();
    drop_new();
}

std::uint64_t StateStore::settle(Key key, std::uint64_t hash) {
    for (std::uint64_t at = place(hash);;) {
        const std::uint64_t slot = table_[at].load(std::memory_order_relaxed);
        const auto position = static_cast<std::uint32_t>(slot);
        if (position == 0) internal_assertion_failed("a state that was found is not in the table");
        if ((slot ^ hash) >> 32 == 0 && (position & is_new) != 0 && same_key(position, key)) {
            const std::uint64_t predecessor = new_key(position)->predecessor.load(std::memory_order_relaxed);
            table_[at].store((slot & ~std::uint64_t{0xffffffff}) | keep(key), std::memory_order_relaxed);
            ++count_;
            return predecessor;
        }
        if (++at == capacity_) at = 0;
    }
}

void StateStore::drop_new() {
    for (std::uint32_t i = 0; i < new_chunk_count_; ++i) delete[] new_chunks_[i];
    new_chunk_count_ = 0;
    for (Arena& each : arenas_) each = {};
}

void StateStore::drain(const std::function<void(Key, std::uint64_t)>& f) {
    for (std::uint64_t i = 0; i < capacity_; ++i) {
        const auto position = static_cast<std::uint32_t>(table_[i].load(std::memory_order_relaxed));
        if (position == 0) continue;
        f(stored_key(position), new_key(position)->predecessor.load(std::memory_order_relaxed));
        table_[i].store(0, std::memory_order_relaxed);
    }
    drop_new();
}

std::optional<std::uint32_t> StateStore::find(Key key, std::uint64_t hash) const {
    for (std::uint64_t at = place(hash);;) {
        const std::uint64_t slot = table_[at].load(std::memory_order_relaxed);
        const auto position = static_cast<std::uint32_t>(slot);
        if (position == 0) return std::nullopt;
        if ((slot ^ hash) >> 32 == 0 && (position & is_new) == 0 && same_key(position, key)) return position;
        if (++at == capacity_) at = 0;
    }
}

std::uint64_t StateStore::provisional_predecessor(Key key, std::uint64_t hash) const {
    for (std::uint64_t at = place(hash);;) {
        const std::uint64_t slot = table_[at].load(std::memory_order_relaxed);
        const auto position = static_cast<std::uint32_t>(slot);
        if (position == 0) internal_assertion_failed("a state that was found is not in the table");
        if ((slot ^ hash) >> 32 == 0 && same_key(position, key) && (position & is_new) != 0)
            return new_key(position)->predecessor.load();
        if (++at == capacity_) at = 0;
    }
}

std::uint64_t StateStore::bytes() const {
    std::uint64_t fresh = 0;
    for (const Arena& each : arenas_) fresh += each.key_bytes + each.count * NewKey::header;
    return capacity_ * sizeof(Slot) + kept_bytes_ + fresh + links_.size() * sizeof(std::uint64_t);
}

}  // namespace vmacheck
