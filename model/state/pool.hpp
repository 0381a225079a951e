// A pool of objects named by typed ids, with the journal of their changes.
//
// The first change of an object within a step saves its whole slot. The saved slots serve three readers: undo puts them
// back, `before` shows a contract the object as it was, and their list is the set of objects the step touched.
// Addresses of objects are stable within a step. Between steps the pool grows.
#pragma once

#include "model/state/ids.hpp"
#include "model/state/number.hpp"
#include "model/state/slot_array.hpp"
#include "model/state/stack.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace vmacheck {

// Thrown where a step needs more slots than its pool has: the step is to be undone, and performed again after grow().
struct OutOfRoom {};

// The pools that a step has touched, a bit each.
using PoolSet = std::uint32_t;

// What the step in progress or just ended has done to pools.
struct StepTouch {
    PoolSet pools = 0;
    bool slots_saved = false;  // and they know of slots that it saved or made: end_step is due
};

// Number: the pool's place in a PoolSet.
template <class T, class IdType, unsigned number>
class Pool {
public:
    static constexpr PoolSet bit = PoolSet{1} << number;

    // nullptr if the id names nothing, or an object that was freed.
    [[nodiscard]] const T* find(IdType id) const {
        const Slot& slot = slots_[id.raw()];
        return slot.id == id ? &slot.object : nullptr;
    }

    // For changing; saves the slot on the first call of a step, and notes that the step touches the pool. nullptr as
    // with find.
    T* find_for_change(IdType id, StepTouch& step) {
        Slot& slot = slots_[id.raw()];
        if (slot.id != id) return nullptr;
        if (slot.saved_at == not_saved) save(slot, id.index(), step);
        return &slot.object;
    }

    IdType allocate(StepTouch& step) {
        const std::uint32_t index = free_head_;
        if (index == none) return allocate_new_slot(step);
        Slot& slot = at(index);
        if (slot.saved_at == not_saved) save(slot, index, step);
        free_head_ = slot.next_free;
        slot.object = T{};
        slot.id = IdType(index, slot.generation);
        ++live_;
        return slot.id;
    }

    // false as find gives nullptr.
    bool free(IdType id, StepTouch& step) {
        Slot& slot = slots_[id.raw()];
        if (slot.id != id) return false;
        if (slot.saved_at == not_saved) save(slot, id.index(), step);
        slot.id = IdType();
        slot.generation = (slot.generation + 1) % id_generations;
        slot.next_free = free_head_;
        free_head_ = id.index();
        --live_;
        return true;
    }

    [[nodiscard]] std::uint32_t live() const { return live_; }
    [[nodiscard]] std::uint32_t slots() const { return used_; }
    // The id of the live object in a slot; the empty id if the slot is free.
    [[nodiscard]] IdType id_at(std::uint32_t index) const { return at(index).id; }

    // ------------------------------------------------------------------------------------------ journal
    // Of a step that touches nothing here the pool keeps nothing, and none of these is called.

    // The step is over: what is changed from now on belongs to another. Makes room for that.
    void end_step() {
        const Mark& mark = marks_.top();
        for (std::uint32_t i = mark.log_size; i < log_.size(); ++i) at(log_[i].index).saved_at = not_saved;
        for (std::uint32_t index = mark.used; index < used_; ++index) at(index).saved_at = not_saved;
        if (used_ > slots_.capacity() / 2) grow();
    }

    void forget_history() {
        marks_.clear();
        log_.clear();
    }

    // Undoes the last step that touched the pool and was not undone.
    void undo() {
        const Mark& mark = marks_.top();
        for (; log_.size() > mark.log_size; log_.pop()) {
            Saved& saved = log_.top();
            Slot& slot = at(saved.index);
            static_cast<Content&>(slot) = std::move(saved.content);
            slot.saved_at = not_saved;
        }
        while (used_ > mark.used) {
            Slot& slot = at(--used_);
            slot.id = IdType();
            slot.saved_at = not_saved;
        }
        free_head_ = mark.free_head;
        live_ = mark.live;
        marks_.pop();
    }

    // Between steps.
    void grow() {
        if (slots_.capacity() < most_slots) slots_.grow();
        ran_out_ = false;
    }
    // Whether a step has needed more slots than there are.
    [[nodiscard]] bool ran_out() const { return ran_out_; }

    // The object as it was before the step in progress or just ended; nullptr if it did not exist then.
    [[nodiscard]] const T* before(IdType id) const {
        const Slot& slot = slots_[id.raw()];
        if (slot.saved_at == not_saved) return slot.id == id ? &slot.object : nullptr;
        if (slot.saved_at == not_there_before) return nullptr;
        const Content& old = log_[slot.saved_at].content;
        return old.id == id ? &old.object : nullptr;
    }

    // Calls f(id before or the empty id, id after or the empty id) for each slot that the last step touched which was
    // not undone. A slot freed and allocated again within the step is shown with both names.
    template <class F>
    void each_touched(F&& f) const {
        each_touched_object([&f](IdType before, const T*, IdType after, const T*) { f(before, after); });
    }

    // The same with the objects: f(id before, object before or nullptr, id after, object after or nullptr).
    template <class F>
    void each_touched_object(F&& f) const {
        const Mark mark = marks_.top();
        const auto object_of = [](const Content& slot) { return slot.id ? &slot.object : nullptr; };
        for (std::uint32_t i = mark.log_size; i < log_.size(); ++i) {
            const Content& old = log_[i].content;
            const Slot& slot = at(log_[i].index);
            f(old.id, object_of(old), slot.id, object_of(slot));
        }
        for (std::uint32_t index = mark.used; index < used_; ++index) {
            const Slot& slot = at(index);
            f(IdType(), static_cast<const T*>(nullptr), slot.id, object_of(slot));
        }
    }

    template <class F>
    void each(F&& f) const {
        for (std::uint32_t index = 0; index < used_; ++index)
            if (const Slot& slot = at(index); slot.id) f(slot.id, slot.object);
    }

    // Feeds everything that makes up the pool's value to f, as 64-bit words.
    template <class F>
    void flatten(F&& f) const {
        f(used_);
        f(free_head_);
        for (std::uint32_t index = 0; index < used_; ++index) {
            const Slot& slot = at(index);
            f((std::uint64_t{slot.generation} << 1) | (slot.id ? 1 : 0));
            if (slot.id)
                slot.object.flatten(f);
            else
                f(slot.next_free);
        }
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t not_saved = none;
    static constexpr std::uint32_t not_there_before = none - 1;
    static constexpr std::uint32_t most_slots = std::uint32_t{1} << id_index_bits;  // slot 0 included

    // What is put back by undo. What a look-up reads comes first.
    struct Content {
        IdType id;  // of the live object; the empty id: the slot is free
        std::uint32_t next_free = none;
        T object{};
        std::uint32_t generation = 0;
    };
    // A look-up scales by the size: of a power of two this is a shift.
    static constexpr std::size_t slot_bytes = std::bit_ceil(sizeof(Content) + sizeof(std::uint32_t));
    struct alignas(std::min(slot_bytes, std::size_t{256})) Slot : Content {
        std::uint32_t saved_at = not_saved;  // where the log has it as it was before this step

        // With an id that leads to another slot, so that no look-up finds it.
        static Slot of_no_object() {
            Slot slot;
            slot.id = IdType(0, 0);
            return slot;
        }
    };
    struct Saved {
        Content content;
        std::uint32_t index;
    };
    struct Mark {  // the pool where a step began that touched it
        std::uint32_t log_size;
        std::uint32_t used;
        std::uint32_t free_head;
        std::uint32_t live;
    };

    Slot& at(std::uint32_t index) { return slots_[index + 1]; }
    [[nodiscard]] const Slot& at(std::uint32_t index) const { return slots_[index + 1]; }

    // There must be room for a mark.
    void touch(StepTouch& step) {
        step.slots_saved = true;
        if ((step.pools & bit) != 0) return;
        step.pools |= bit;
        marks_.push() = {log_.size(), used_, free_head_, live_};
    }

    // Once a step and slot. Kept out of look-ups, which are everywhere and mostly find the slot saved; and calls
    // nothing, so that it need not save registers.
    [[gnu::noinline]] void save(Slot& slot, std::uint32_t index, StepTouch& step) {
        if (log_.full() || marks_.full()) [[unlikely]]
            return save_with_room(slot, index, step);
        touch(step);
        slot.saved_at = log_.size();
        Saved& saved = log_.push();
        saved.content = slot;
        saved.index = index;
    }
    [[gnu::cold, gnu::noinline]] void save_with_room(Slot& slot, std::uint32_t index, StepTouch& step) {
        if (log_.full()) log_.grow();
        if (marks_.full()) marks_.grow();
        save(slot, index, step);
    }

    [[gnu::noinline]] IdType allocate_new_slot(StepTouch& step) {
        if (used_ + 1 == most_slots) internal_assertion_failed("a pool is full: more than 2^20 objects");
        if (used_ + 1 == slots_.capacity()) {
            if (used_ != 0) {
                ran_out_ = true;
                throw OutOfRoom{};
            }
            slots_.grow();  // no object is there to move
        }
        if (marks_.full()) marks_.grow();
        touch(step);
        const std::uint32_t index = used_++;
        Slot& slot = at(index);
        static_cast<Content&>(slot) = Content{.id = IdType(index, 0)};
        slot.saved_at = not_there_before;
        ++live_;
        return slot.id;
    }

    SlotArray<Slot> slots_;  // of index i: number i + 1
    std::uint32_t used_ = 0;
    std::uint32_t free_head_ = none;
    std::uint32_t live_ = 0;
    bool ran_out_ = false;
    Stack<Saved> log_;
    Stack<Mark> marks_;  // of steps that touched the pool and can be undone
};

}  // namespace vmacheck
