// What an operation passed on its way: merge cases, structural changes, allocations, locks. Names are stable; they
// stand in traces.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vmacheck {

enum class Event : std::uint8_t {
    // vma_merge took this case; a = survivor, b = 0
    merge_case_1,
    merge_case_2,
    merge_case_3,
    merge_case_4,
    merge_case_5,
    merge_case_6,
    merge_case_7,
    merge_case_8,
    // vma_merge was asked and refused; a = previous VMA (0 if none)
    merge_refused,
    // __vma_adjust; a = survivor, b = victim
    vma_removed,     // an absorbed VMA was freed (remove_next)
    chain_imported,  // the importer (a) took over the chain of the exporter (b)
    boundary_moved,  // adjust_next: the boundary between a and b moved
    // VMAs
    vma_created,    // a = VMA
    vma_freed,      // a = VMA, by munmap or exit
    split_low,      // a = original (upper part kept), b = new lower part
    split_high,     // a = original (lower part kept), b = new upper part
    flags_changed,  // a = VMA
    stack_grown,    // a = VMA
    policy_set,     // mbind gave the VMA (a) a policy
    // anon_vmas; a = anon_vma
    anon_vma_created,
    anon_vma_shared,  // find_mergeable_anon_vma gave a neighbour's; b = VMA
    anon_vma_reused,  // fork took over an anon_vma without users; b = VMA
    anon_vma_forked,  // fork gave the child's VMA (b) a new anon_vma
    anon_vma_freed,
    // pages; a = PTE or page
    page_mapped,
    page_cow,
    page_reused,
    zero_page_mapped,
    page_unmapped,
    page_swapped_out,  // an entry (a) now says where in swap space its page is
    page_swapped_in,   // a page was read from swap space
    swap_cache_hit,    // a swapped-out entry found its page still in memory
    page_marked_free,  // MADV_FREE: reclaim may drop the page unless it is written again
    page_kept,         // reclaim could not unmap the page everywhere
    userfault,         // a missing page of a registered range was left missing; a = VMA
    // files; a = address_space
    file_resized,
    hole_punched,
    // memory
    commit_charged,    // a = pages (cut to 32 bits)
    commit_uncharged,  // a = pages (cut to 32 bits)
    charge_refused,
    alloc_failed,  // a = AllocSite, b = ordinal within the operation
    file_opened,   // vm_ops->open; a = file
    file_closed,   // vm_ops->close; a = file
    other_step,    // another task took a step at a place where a lock was let go of; see Outcome::meanwhile
    // locks; a = the object they belong to
    mmap_lock_write,
    mmap_unlock_write,
    mmap_lock_read,
    mmap_unlock_read,
    i_mmap_lock,
    i_mmap_unlock,
    anon_vma_lock,
    anon_vma_unlock,
    count,
};

std::string_view name(Event event);
std::optional<Event> event_named(std::string_view name);

struct EventRecord {
    Event event;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    friend bool operator==(const EventRecord&, const EventRecord&) = default;
};

enum class EventClass : std::uint8_t {
    notable,  // says what the step did: shown to people
    routine,  // charges and open files: they come with nearly every step
    lock,
};

// Of every event. A new one is notable unless it is named here.
constexpr EventClass class_of(Event event) {
    switch (event) {
        case Event::commit_charged:
        case Event::commit_uncharged:
        case Event::file_opened:
        case Event::file_closed: return EventClass::routine;
        case Event::mmap_lock_write:
        case Event::mmap_unlock_write:
        case Event::mmap_lock_read:
        case Event::mmap_unlock_read:
        case Event::i_mmap_lock:
        case Event::i_mmap_unlock:
        case Event::anon_vma_lock:
        case Event::anon_vma_unlock: return EventClass::lock;
        default: return EventClass::notable;
    }
}

// Whether the event is shown to people.
constexpr bool is_notable(Event event) {
    return class_of(event) == EventClass::notable;
}
// Whether the event is about a lock.
constexpr bool is_lock_event(Event event) {
    return class_of(event) == EventClass::lock;
}
// Whether VMAs came, went, or were cut.
constexpr bool changes_vma_count(Event event) {
    return event == Event::vma_created || event == Event::vma_freed || event == Event::split_low ||
           event == Event::split_high;
}

// 1..8, or 0 if the event is no merge case.
constexpr int merge_case(Event event) {
    return event <= Event::merge_case_8 ? static_cast<int>(event) - static_cast<int>(Event::merge_case_1) + 1 : 0;
}

}  // namespace vmacheck
