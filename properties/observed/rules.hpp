// What properties of observations share.
//
// Such a property is a class with a PropertyInfo and
//   static void observed(const Observation&, Report&)
// It holds of every Linux, whatever the version, and looks only at what is shown. One line in observed_properties.cpp
// registers it.
#pragma once

#include "model/state/observation.hpp"
#include "properties/step/property.hpp"

namespace vmacheck::observed {

// Calls f(slot, process) for each process that is shown and alive.
template <class F>
void each_process(const Observation& observation, F&& f) {
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        if (const ProcessView& each = observation.processes[slot]; each.shown && each.alive) f(slot, each);
}

// The same, of those whose VMAs are shown.
template <class F>
void each_listed_process(const Observation& observation, F&& f) {
    each_process(observation, [&](std::size_t slot, const ProcessView& each) {
        if (each.vmas_shown) f(slot, each);
    });
}

template <class F>
void each_vma(const Observation& observation, F&& f) {
    each_listed_process(observation, [&](std::size_t, const ProcessView& process) {
        for (const VmaView& each : process.vmas) f(each);
    });
}

// Pages of the VMAs that fit. VMAs that end below their start count nothing.
template <class F>
std::uint64_t pages_where(const ProcessView& process, F&& fits) {
    std::uint64_t pages = 0;
    for (const VmaView& each : process.vmas)
        if (each.end > each.start && fits(each)) pages += each.end - each.start;
    return pages;
}

inline std::string text_of(const VmaView& vma) {
    return fmt::format("VMA [{:#x},{:#x})", vma.start * page_size, vma.end * page_size);
}

// "" for process 0, as in findings of the model; otherwise "process 2: ".
inline std::string prefix_of(std::size_t slot) {
    return slot == 0 ? std::string() : fmt::format("process {}: ", slot);
}

// A counter that is shown must be the number that follows from the VMAs shown.
inline void expect_counter(const PropertyInfo& info, std::size_t slot, std::string_view field,
                           const std::optional<std::uint64_t>& shown, std::uint64_t expected, Report& report) {
    if (shown && *shown != expected)
        report.add(info, "{}{} is {}, expected {}", prefix_of(slot), field, *shown, expected);
}
// The same of a counter of pages.
inline void expect_pages(const PropertyInfo& info, std::size_t slot, std::string_view field,
                         const std::optional<std::uint64_t>& shown, std::uint64_t expected, Report& report) {
    if (shown && *shown != expected)
        report.add(info, "{}{} is {}, expected {}", prefix_of(slot), field, page_count(*shown), expected);
}

}  // namespace vmacheck::observed
