// A pool of objects named by typed ids, with the journal of their changes.
//
// The first change of an object within a step saves its whole slot. The saved slots serve three readers: undo puts them
// back, `before` shows a contract the object as it was, and their list is the set of objects the step touched.
// Addresses of objects are stable while the pool grows.
#pragma once

#include "model/state/ids.hpp"
#include "model/state/number.hpp"
#include "model/state/stable_vector.hpp"

#include <cstdint>
#include <limits>
#include <vector>

namespace vmacheck {

template <class T, class IdType>
class Pool {
public:
    // nullptr if the id names nothing, or an object that was freed.
    [[nodiscard]] const T* find(IdType id) const {
        const Slot* slot = slots_.find(id.index());  // of the empty id: beyond every slot
        return slot != nullptr && slot->id == id ? &slot->object : nullptr;
    }

    // For changing; saves the slot on the first call of a step. nullptr as with find.
    T* find_for_change(IdType id) {
        Slot* slot = slots_.find(id.index());
        if (slot == nullptr || slot->id != id) return nullptr;
        if (slot->stamp != step_) save(id.index(), *slot);
        return &slot->object;
    }
    // The same for an id that is live.
    T& change(IdType id) { return *find_for_change(id); }

    IdType allocate() {
        const std::uint32_t index = free_head_ != none ? free_head_ : slots();
        if (free_head_ != none) {
            Slot& slot = slots_[index];
            if (slot.stamp != step_) save(index, slot);
            free_head_ = slot.next_free;
            slot.object = T{};
        } else {
            if (index + 1 >= (1u << id_index_bits)) internal_assertion_failed("a pool is full: more than 2^20 objects");
            mark_step();
            Slot& slot = slots_.push_back();
            slot.stamp = step_;
            slot.saved_at = not_there_before;
        }
        ++live_;
        Slot& slot = slots_[index];
        slot.id = IdType(index, slot.generation);
        return slot.id;
    }

    // The id must be live.
    void free(IdType id) {
        Slot& slot = slots_[id.index()];
        if (slot.stamp != step_) save(id.index(), slot);
        slot.id = IdType();
        slot.generation = (slot.generation + 1) % id_generations;
        slot.next_free = free_head_;
        free_head_ = id.index();
        --live_;
    }

    [[nodiscard]] std::uint32_t live() const { return live_; }
    [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
    // The id of the live object in a slot; the empty id if the slot is free.
    [[nodiscard]] IdType id_at(std::uint32_t index) const { return slots_[index].id; }

    // ------------------------------------------------------------------------------------------ journal
    // Steps have rising numbers. Of a step that touches nothing here the pool keeps nothing.
    void begin_step(std::uint64_t step) { step_ = step; }

    void forget_history() {
        if (marks_.empty()) return;
        marks_.clear();
        log_.clear();
    }

    // Undoes the step, which is the last one that was not undone.
    void undo(std::uint64_t step) {
        if (!touched_in(step)) return;
        const Mark& mark = marks_.back();
        while (log_.size() > mark.log_size) {
            slots_[log_.back().index] = std::move(log_.back().slot);
            log_.pop_back();
        }
        while (slots_.size() > mark.slots) slots_.pop_back();
        free_head_ = mark.free_head;
        live_ = mark.live;
        marks_.pop_back();
    }

    // Whether the last step that was not undone, which has this number, touched any slot.
    [[nodiscard]] bool touched_in(std::uint64_t step) const { return !marks_.empty() && marks_.back().step == step; }

    // The object as it was before the step in progress or just ended; nullptr if it did not exist then.
    [[nodiscard]] const T* before(IdType id) const {
        if (!id || id.index() >= slots_.size()) return nullptr;
        const Slot& slot = slots_[id.index()];
        if (slot.stamp != step_) return find(id);
        if (slot.saved_at == not_there_before) return nullptr;
        const Slot& old = log_[slot.saved_at].slot;
        return old.id == id ? &old.object : nullptr;
    }

    // Calls f(id before or the empty id, id after or the empty id) for each slot touched in the last step that was not
    // undone, which has this number. A slot freed and allocated again within the step is shown with both names.
    template <class F>
    void each_touched(std::uint64_t step, F&& f) const {
        if (!touched_in(step)) return;
        const Mark mark = marks_.back();
        for (std::size_t i = mark.log_size; i < log_.size(); ++i) f(log_[i].slot.id, id_at(log_[i].index));
        for (std::uint32_t index = mark.slots; index < slots(); ++index) f(IdType(), id_at(index));
    }

    // The same with the objects: f(id before, object before or nullptr, id after, object after or nullptr).
    template <class F>
    void each_touched_object(std::uint64_t step, F&& f) const {
        if (!touched_in(step)) return;
        const Mark mark = marks_.back();
        const auto object_of = [](const Slot& slot) { return slot.id ? &slot.object : nullptr; };
        for (std::size_t i = mark.log_size; i < log_.size(); ++i) {
            const Slot& old = log_[i].slot;
            const Slot& slot = slots_[log_[i].index];
            f(old.id, object_of(old), slot.id, object_of(slot));
        }
        for (std::uint32_t index = mark.slots; index < slots(); ++index) {
            const Slot& slot = slots_[index];
            f(IdType(), static_cast<const T*>(nullptr), slot.id, object_of(slot));
        }
    }

    template <class F>
    void each(F&& f) const {
        for (std::uint32_t index = 0; index < slots(); ++index)
            if (const Slot& slot = slots_[index]; slot.id) f(slot.id, slot.object);
    }

    // Feeds everything that makes up the pool's value to f, as 64-bit words.
    template <class F>
    void flatten(F&& f) const {
        f(slots());
        f(free_head_);
        for (std::uint32_t index = 0; index < slots(); ++index) {
            const Slot& slot = slots_[index];
            f((std::uint64_t{slot.generation} << 1) | (slot.id ? 1 : 0));
            if (slot.id)
                slot.object.flatten(f);
            else
                f(slot.next_free);
        }
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t not_there_before = none;

    // What a look-up reads comes first, so that one cache line answers it; large objects start a new line.
    struct alignas(sizeof(T) >= 96 ? 64 : alignof(std::uint64_t)) Slot {
        IdType id;  // of the live object; the empty id: the slot is free
        std::uint32_t generation = 0;
        T object{};
        std::uint32_t next_free = none;
        std::uint32_t saved_at = none;  // position in the log of this step's saved slot
        std::uint64_t stamp = 0;        // the step that touched it last
    };
    struct Saved {
        Saved(std::uint32_t at, const Slot& as_it_was) : index(at), slot(as_it_was) {}
        std::uint32_t index;
        Slot slot;
    };
    struct Mark {  // the pool where a step began that touched it
        std::uint64_t step;
        std::size_t log_size;
        std::uint32_t slots;
        std::uint32_t free_head;
        std::uint32_t live;
    };

    void mark_step() {
        if (!touched_in(step_)) marks_.push_back({step_, log_.size(), slots(), free_head_, live_});
    }

    // Once a step and slot. Kept out of look-ups, which are everywhere and mostly find the slot saved.
    [[gnu::noinline]] void save(std::uint32_t index, Slot& slot) {
        mark_step();
        log_.emplace_back(index, slot);
        slot.stamp = step_;
        slot.saved_at = static_cast<std::uint32_t>(log_.size() - 1);
    }

    StableVector<Slot> slots_;
    std::vector<Saved> log_;
    std::vector<Mark> marks_;  // of steps that touched the pool and can be undone
    std::uint64_t step_ = 0;
    std::uint32_t free_head_ = none;
    std::uint32_t live_ = 0;
};

}  // namespace vmacheck
