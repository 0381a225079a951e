// Where the mappings of a trace lie in a program, which has mappings already: its own.
//
// Fixed addresses keep their numbers where an ordinary program has nothing; otherwise they are moved together, by a
// multiple of 1 GiB. A mapping that the kernel places is called by a variable, and so is what lies in it.
#pragma once

#include "checker/report/exports/performed.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vmacheck {

// Where the VMAs that are compared lie. Bytes: of a fixed window as the program has them, with room around in which nothing may
// appear; of a placed mapping as the trace has them.
struct Window {
    std::string name;  // of the variable; empty: fixed
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::size_t step = 0;     // index of the step that places it
    std::size_t gone = ~0ul;  // index of the step that places another one there
};

class ProgramAddresses {
public:
    explicit ProgramAddresses(const Performed& performed);

    // Why the program, which has other mappings as well, cannot perform these steps; empty: it can.
    [[nodiscard]] const std::string& why_not() const { return why_not_; }
    // The fixed ranges first, then those that the kernel places, in their order.
    [[nodiscard]] const std::vector<Window>& windows() const { return windows_; }
    // From the lowest to the highest fixed address that is ever mapped or named, in the program; {0, 0}: there is none.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> fixed_range() const;
    // The window that this step places; nullptr: it places none.
    [[nodiscard]] const Window* placed_by(std::size_t step) const;
    // An address of the trace as an expression, at this step.
    [[nodiscard]] std::string text(std::uint64_t address, std::size_t step) const;
    // The same for an operand: with parentheses around a sum.
    [[nodiscard]] std::string value(std::uint64_t address, std::size_t step) const;
    // A fixed address of the trace in the program.
    [[nodiscard]] std::uint64_t moved(std::uint64_t address) const;
    // The VMAs in the windows after this step, as the program will print them: a line each.
    [[nodiscard]] std::string layout(const ProcessView& view, std::size_t step) const;

private:
    // Addresses of the trace, and by how much they are moved.
    struct Zone {
        std::uint64_t from = 0;
        std::uint64_t to = 0;
        std::uint64_t delta = 0;
        std::uint64_t lowest = ~std::uint64_t{0};  // of what is mapped
        std::uint64_t highest = 0;
    };
    void make_zones();
    void find_placed();
    void find_fixed();
    void check_reach();
    void widen(std::uint64_t start, std::uint64_t end);
    [[nodiscard]] bool movable(std::uint64_t address) const;
    [[nodiscard]] const Zone* zone_of(std::uint64_t address) const;
    [[nodiscard]] const Window* placed_at(std::uint64_t address, std::size_t step) const;

    const Performed& performed_;
    std::vector<Zone> zones_;
    std::vector<Window> windows_;
    std::string why_not_;
};

// The letters of smaps that are compared: those that the model has, but for VM_SOFTDIRTY, which needs a configuration.
inline constexpr VmFlags compared_flags = ~(vm::softdirty | vm::growsup);

}  // namespace vmacheck
