// The events of a step in order, and which there are: a set that answers in one test.
#pragma once

#include "model/op/events.hpp"

#include <bit>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace vmacheck {

// A bit for each event.
class EventSet {
public:
    constexpr EventSet() = default;
    constexpr EventSet(std::initializer_list<Event> events) {
        for (const Event each : events) add(each);
    }
    constexpr void add(Event event) { bits_ |= bit(event); }
    [[nodiscard]] constexpr bool has(Event event) const { return (bits_ & bit(event)) != 0; }
    [[nodiscard]] constexpr bool has_any(EventSet of) const { return (bits_ & of.bits_) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    // Calls f(event) for each, in the order of their declaration.
    template <class F>
    constexpr void each(F&& f) const {
        for (std::uint64_t left = bits_; left != 0; left &= left - 1) f(static_cast<Event>(std::countr_zero(left)));
    }
    friend constexpr bool operator==(EventSet, EventSet) = default;

private:
    static_assert(static_cast<unsigned>(Event::count) <= 64);
    static constexpr std::uint64_t bit(Event event) { return std::uint64_t{1} << static_cast<unsigned>(event); }
    std::uint64_t bits_ = 0;
};

// The events that `select`, a constant function of an event, selects.
template <class Select>
consteval EventSet events_where(Select select) {
    EventSet set;
    for (unsigned i = 0; i < static_cast<unsigned>(Event::count); ++i)
        if (select(static_cast<Event>(i))) set.add(static_cast<Event>(i));
    return set;
}

inline constexpr EventSet lock_events = events_where(is_lock_event);
inline constexpr EventSet merge_case_events = events_where([](Event event) { return merge_case(event) != 0; });

class EventList {
public:
    using const_iterator = std::vector<EventRecord>::const_iterator;

    EventList() = default;
    EventList(std::vector<EventRecord> records) : records_(std::move(records)) { note_kinds(); }
    EventList(std::initializer_list<EventRecord> records) : records_(records) { note_kinds(); }
    operator const std::vector<EventRecord>&() const { return records_; }

    void add(Event event, std::uint32_t a, std::uint32_t b) {
        kinds_.add(event);
        records_.push_back({event, a, b});
    }
    void clear() {
        kinds_ = {};
        records_.clear();
    }
    void erase(const_iterator at) {
        records_.erase(at);
        note_kinds();
    }

    [[nodiscard]] bool has(Event event) const { return kinds_.has(event); }
    [[nodiscard]] EventSet kinds() const { return kinds_; }
    [[nodiscard]] const_iterator begin() const { return records_.begin(); }
    [[nodiscard]] const_iterator end() const { return records_.end(); }
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    [[nodiscard]] bool empty() const { return records_.empty(); }
    [[nodiscard]] const EventRecord& front() const { return records_.front(); }
    const EventRecord& operator[](std::size_t at) const { return records_[at]; }
    friend bool operator==(const EventList&, const EventList&) = default;

private:
    void note_kinds() {
        kinds_ = {};
        for (const EventRecord& each : records_) kinds_.add(each.event);
    }

    std::vector<EventRecord> records_;
    EventSet kinds_;
};

}  // namespace vmacheck
