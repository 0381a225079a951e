// A pool of objects named by typed ids, with the journal of their changes.
//
// The first change of an object within a step saves its whole slot. The saved slots serve three readers: undo puts them
// back, `before` shows a contract the object as it was, and their list is the set of objects the step touched.
// Addresses of objects are stable while the pool grows.
#pragma once

#include "model/ids.hpp"
#include "model/number.hpp"
#include "model/stable_vector.hpp"

#include <cstdint>
#include <limits>
#include <vector>

namespace vmacheck {

template <class T, class IdType>
class Pool {
public:
    struct Mark {  // where a step began
        std::uint32_t log_size = 0;
        std::uint32_t slots = 0;
        std::uint32_t free_head = none;
        std::uint32_t live = 0;
    };

    // nullptr if the id names nothing, or an object that was freed.
    [[nodiscard]] const T* find(IdType id) const {
        if (!id || id.index() >= slots_.size()) return nullptr;
        const Slot& slot = slots_[id.index()];
        return slot.live && slot.generation == id.generation() ? &slot.object : nullptr;
    }

    // For changing; saves the slot on the first call of a step. The id must be live.
    T& change(IdType id) {
        Slot& slot = slots_[id.index()];
        save(id.index(), slot);
        return slot.object;
    }

    IdType allocate() {
        std::uint32_t index = free_head_;
        if (index != none) {
            Slot& slot = slots_[index];
            save(index, slot);
            free_head_ = slot.next_free;
            slot.object = T{};
            slot.live = true;
        } else {
            index = static_cast<std::uint32_t>(slots_.size());
            if (index + 1 >= (1u << id_index_bits)) internal_assertion_failed("a pool is full: more than 2^20 objects");
            Slot& slot = slots_.push_back();
            slot.live = true;
            slot.stamp = step_;
            slot.saved_at = not_there_before;
        }
        ++live_;
        return IdType(index, slots_[index].generation);
    }

    void free(IdType id) {
        Slot& slot = slots_[id.index()];
        save(id.index(), slot);
        slot.live = false;
        slot.generation = (slot.generation + 1) % id_generations;
        slot.next_free = free_head_;
        free_head_ = id.index();
        --live_;
    }

    [[nodiscard]] std::uint32_t live() const { return live_; }
    [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
    // The id of the live object in a slot; the empty id if the slot is free.
    [[nodiscard]] IdType id_at(std::uint32_t index) const {
        const Slot& slot = slots_[index];
        return slot.live ? IdType(index, slot.generation) : IdType();
    }

    // ------------------------------------------------------------------------------------------ journal
    [[nodiscard]] Mark mark() const { return {static_cast<std::uint32_t>(log_.size()), slots(), free_head_, live_}; }

    void begin_step(std::uint64_t step) { step_ = step; }

    void forget_history() { log_.clear(); }

    void undo_to(const Mark& mark) {
        while (log_.size() > mark.log_size) {
            slots_[log_.back().index] = std::move(log_.back().slot);
            log_.pop_back();
        }
        while (slots_.size() > mark.slots) slots_.pop_back();
        free_head_ = mark.free_head;
        live_ = mark.live;
    }

    // The object as it was before the step in progress or just ended; nullptr if it did not exist then.
    [[nodiscard]] const T* before(IdType id) const {
        if (!id || id.index() >= slots_.size()) return nullptr;
        const Slot& slot = slots_[id.index()];
        if (slot.stamp != step_) return find(id);
        if (slot.saved_at == not_there_before) return nullptr;
        const Slot& old = log_[slot.saved_at].slot;
        return old.live && old.generation == id.generation() ? &old.object : nullptr;
    }

    // Calls f(id before or the empty id, id after or the empty id) for each slot touched since the mark. A slot freed
    // and allocated again within the step is shown with both names.
    template <class F>
    void each_touched(const Mark& mark, F&& f) const {
        for (std::size_t i = mark.log_size; i < log_.size(); ++i) {
            const Saved& saved = log_[i];
            f(saved.slot.live ? IdType(saved.index, saved.slot.generation) : IdType(), id_at(saved.index));
        }
        for (std::uint32_t index = mark.slots; index < slots(); ++index) f(IdType(), id_at(index));
    }

    // The same with the objects: f(id before, object before or nullptr, id after, object after or nullptr).
    template <class F>
    void each_touched_object(const Mark& mark, F&& f) const {
        for (std::size_t i = mark.log_size; i < log_.size(); ++i) {
            const Saved& saved = log_[i];
            const Slot& slot = slots_[saved.index];
            f(saved.slot.live ? IdType(saved.index, saved.slot.generation) : IdType(),
              saved.slot.live ? &saved.slot.object : nullptr,
              slot.live ? IdType(saved.index, slot.generation) : IdType(), slot.live ? &slot.object : nullptr);
        }
        for (std::uint32_t index = mark.slots; index < slots(); ++index) {
            const Slot& slot = slots_[index];
            f(IdType(), static_cast<const T*>(nullptr), id_at(index), slot.live ? &slot.object : nullptr);
        }
    }

    template <class F>
    void each(F&& f) const {
        for (std::uint32_t index = 0; index < slots(); ++index)
            if (const Slot& slot = slots_[index]; slot.live) f(IdType(index, slot.generation), slot.object);
    }

    // Feeds everything that makes up the pool's value to f, as 64-bit words.
    template <class F>
    void flatten(F&& f) const {
        f(slots());
        f(free_head_);
        for (std::uint32_t index = 0; index < slots(); ++index) {
            const Slot& slot = slots_[index];
            f((std::uint64_t{slot.generation} << 1) | (slot.live ? 1 : 0));
            if (slot.live)
                slot.object.flatten(f);
            else
                f(slot.next_free);
        }
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t not_there_before = none;

    // What a look-up reads comes first, so that one cache line answers it; large objects start a line of their own.
    struct alignas(sizeof(T) >= 96 ? 64 : alignof(std::uint64_t)) Slot {
        std::uint32_t generation = 0;
        bool live = false;
        T object{};
        std::uint32_t next_free = none;
        std::uint32_t saved_at = none;  // position in the log of this step's saved slot
        std::uint64_t stamp = 0;        // the step that touched it last
    };
    struct Saved {
        std::uint32_t index;
        Slot slot;
    };

    void save(std::uint32_t index, Slot& slot) {
        if (slot.stamp == step_) return;
        log_.push_back({index, slot});
        slot.stamp = step_;
        slot.saved_at = static_cast<std::uint32_t>(log_.size() - 1);
    }

    StableVector<Slot> slots_;
    std::vector<Saved> log_;
    std::uint64_t step_ = 0;
    std::uint32_t free_head_ = none;
    std::uint32_t live_ = 0;
};

}  // namespace vmacheck
