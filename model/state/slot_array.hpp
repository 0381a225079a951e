// The slots of a pool: one array, found by the number of an id without a check of bounds.
//
// The capacity is a power of two, and a look-up cuts the number to it, so that any number whatever finds some slot;
// whether it is the right one, the id in the slot says. Slot 0 belongs to no object: the empty id leads there. Slots
// move only in grow().
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

namespace vmacheck {

// Slot::of_no_object() is put into slot 0.
template <class Slot>
class SlotArray {
public:
    SlotArray() = default;
    SlotArray(SlotArray&& other) noexcept
        : owned_(std::move(other.owned_)),
          slots_(std::exchange(other.slots_, slot_of_no_object())),
          mask_(std::exchange(other.mask_, 0)) {}
    SlotArray(const SlotArray& other) : mask_(other.mask_) {
        if (!other.owned_) return;
        allocate(capacity());
        std::copy_n(other.slots_, capacity(), slots_);
    }
    SlotArray& operator=(SlotArray other) noexcept {
        std::swap(owned_, other.owned_);
        std::swap(slots_, other.slots_);
        std::swap(mask_, other.mask_);
        return *this;
    }
    ~SlotArray() = default;

    [[nodiscard]] std::uint32_t capacity() const { return mask_ + 1; }
    Slot& operator[](std::uint32_t number) { return slots_[number & mask_]; }
    const Slot& operator[](std::uint32_t number) const { return slots_[number & mask_]; }

    void grow() {
        const std::uint32_t filled = capacity();
        const std::unique_ptr<Slot[]> old = std::move(owned_);
        Slot* const from = slots_;
        allocate(std::max(2 * filled, smallest));
        std::move(from + 1, from + filled, slots_ + 1);
    }

private:
    // What a World of a few VMAs needs. Worlds are made and copied often.
    static constexpr std::uint32_t smallest = 16;

    static Slot* slot_of_no_object() {
        static Slot slot = Slot::of_no_object();
        return &slot;
    }
    void allocate(std::uint32_t capacity) {
        owned_ = std::make_unique<Slot[]>(capacity);
        slots_ = owned_.get();
        slots_[0] = Slot::of_no_object();
        mask_ = capacity - 1;
    }

    std::unique_ptr<Slot[]> owned_;
    Slot* slots_ = slot_of_no_object();  // those owned; one that all empty arrays share, as long as there are none
    std::uint32_t mask_ = 0;
};

}  // namespace vmacheck
