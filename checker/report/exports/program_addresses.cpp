#include "checker/report/exports/program_addresses.hpp"

#include "model/op/op_table.hpp"
#include "model/op/short_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace vmacheck {
namespace {

constexpr std::uint64_t program_start =
    0x500000000000;  // bytes: from here on are the mappings that a program has anyway
constexpr std::uint64_t fixed_window = 0x100000000000;   // where fixed addresses are moved to
constexpr std::uint64_t heap_window = 0x200000000000;    // where the heap is moved to
constexpr std::uint64_t around = 16 << 20;               // where nothing else may appear
constexpr std::uint64_t unit = std::uint64_t{1} << 30;   // addresses are moved by multiples of this
constexpr std::uint64_t reach = std::uint64_t{1} << 40;  // addresses farther apart are not moved

std::uint64_t page_up(std::uint64_t bytes) {
    return (bytes + page_size - 1) / page_size * page_size;
}

// What is fixed of a call's addresses.
std::vector<std::uint64_t> addresses_of(const Op<Plain>& op) {
    std::vector<std::uint64_t> list;
    if (operation(op.kind).has(OpField::addr) && op.kind != OpKind::brk) list.push_back(op.addr.value());
    if (op.kind == OpKind::mremap && (op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0)
        list.push_back(op.new_addr.value());
    return list;
}

// Whether the kernel said where the mapping lies, and not the caller.
bool is_placed(const PerformedStep& step) {
    const Op<Plain>& op = step.op;
    if (step.error != Errno::ok) return false;
    switch (op.kind) {
        case OpKind::mmap:
            return (op.flags & (map::fixed | map::fixed_noreplace)) == 0 &&
                   step.value != op.addr.value() / page_size * page_size;
        case OpKind::mremap:
            if ((op.call_flags & mremap::dontunmap) != 0 && step.value == op.new_addr.value()) return false;  // a hint
            return (op.call_flags & mremap::fixed) == 0 && step.value != op.addr.value();
        case OpKind::shmat: return op.addr.value() == 0;
        default: return false;
    }
}

std::uint64_t mapped_bytes(const PerformedStep& step, const Parameters& parameters) {
    if (step.op.kind == OpKind::mremap) return page_up(step.op.new_len.value());
    if (step.op.kind == OpKind::mmap) return page_up(step.op.len.value());
    if (step.op.kind != OpKind::shmat || step.op.file == 0 || step.op.file > parameters.files.size()) return page_size;
    return parameters.files[step.op.file - 1].segment_pages * page_size;
}

// The length that a call gives; 0: none.
std::uint64_t given_length(const Op<Plain>& op) {
    return operation(op.kind).has(OpField::len) ? op.len.value() : 0;
}

}  // namespace

ProgramAddresses::ProgramAddresses(const Performed& performed) : performed_(performed) {
    make_zones();
    find_placed();
    find_fixed();
    check_reach();
}

bool ProgramAddresses::movable(std::uint64_t address) const {
    const Parameters& p = performed_.header.parameters;
    return address >= p.mmap_min_addr * page_size && address < p.task_size * page_size - 8 * page_size;
}

void ProgramAddresses::make_zones() {
    std::uint64_t lowest = ~std::uint64_t{0};
    bool has_brk = false;
    for (const PerformedStep& each : performed_.steps) {
        has_brk |= each.op.kind == OpKind::brk;
        for (const std::uint64_t address : addresses_of(each.op))
            if (movable(address)) lowest = std::min(lowest, address);
    }
    const std::uint64_t heap = performed_.header.parameters.start_brk_bytes / unit * unit;
    if (has_brk && heap >= program_start) zones_.push_back({heap, heap + reach, heap_window - heap});
    lowest = lowest / unit * unit;
    if (lowest < program_start || lowest == ~std::uint64_t{0} / unit * unit)
        zones_.push_back({0, program_start, 0});
    else
        zones_.push_back({lowest, lowest + reach, fixed_window - lowest});
}

const ProgramAddresses::Zone* ProgramAddresses::zone_of(std::uint64_t address) const {
    const auto found = std::find_if(zones_.begin(), zones_.end(),
                                    [&](const Zone& each) { return address >= each.from && address < each.to; });
    return found == zones_.end() ? nullptr : &*found;
}

std::uint64_t ProgramAddresses::moved(std::uint64_t address) const {
    const Zone* zone = zone_of(address);
    return zone == nullptr || !movable(address) ? address : address + zone->delta;
}

void ProgramAddresses::find_placed() {
    for (std::size_t i = 0; i < performed_.steps.size(); ++i) {
        const PerformedStep& step = performed_.steps[i];
        if (!is_placed(step)) continue;
        const std::uint64_t end = step.value + mapped_bytes(step, performed_.header.parameters);
        for (Window& each : windows_)
            if (each.gone > i && each.start < end && each.end > step.value) each.gone = i;
        windows_.push_back({fmt::format("p{}", windows_.size() + 1), step.value, end, i});
    }
}

const Window* ProgramAddresses::placed_by(std::size_t step) const {
    const auto found = std::find_if(windows_.begin(), windows_.end(),
                                    [&](const Window& each) { return !each.name.empty() && each.step == step; });
    return found == windows_.end() ? nullptr : &*found;
}

const Window* ProgramAddresses::placed_at(std::uint64_t address, std::size_t step) const {
    for (auto each = windows_.rbegin(); each != windows_.rend(); ++each)
        if (!each->name.empty() && each->step < step && each->gone >= step && address >= each->start &&
            address < each->end)
            return &*each;
    return nullptr;
}

std::string ProgramAddresses::text(std::uint64_t address, std::size_t step) const {
    const Window* placed = placed_at(address, step);
    if (placed == nullptr) return fmt::format("{:#x}", moved(address));
    return address == placed->start ? placed->name : fmt::format("{} + {:#x}", placed->name, address - placed->start);
}

std::string ProgramAddresses::value(std::uint64_t address, std::size_t step) const {
    const std::string sum = text(address, step);
    return sum.find(' ') == std::string::npos ? sum : "(" + sum + ")";
}

void ProgramAddresses::widen(std::uint64_t start, std::uint64_t end) {
    for (Zone& each : zones_) {
        if (start >= each.to || end <= each.from) continue;
        each.lowest = std::min(each.lowest, std::max(start, each.from));
        each.highest = std::max(each.highest, std::min(end, each.to));
    }
}

// What is ever mapped in the zones, and not placed.
void ProgramAddresses::find_fixed() {
    for (std::size_t i = 0; i < performed_.steps.size(); ++i) {
        const PerformedStep& step = performed_.steps[i];
        for (const VmaView& each : step.after.vmas)
            if (placed_at(each.start * page_size, i + 1) == nullptr)
                widen(each.start * page_size, each.end * page_size);
        for (const std::uint64_t address : addresses_of(step.op))
            if (movable(address) && placed_at(address, i) == nullptr)
                widen(address / page_size * page_size, address / page_size * page_size + page_size);
    }
    std::vector<Window> fixed;
    for (const Zone& each : zones_) {
        if (each.highest <= each.lowest) continue;
        const std::uint64_t lowest = each.lowest + each.delta;
        fixed.push_back({"", lowest - std::min(lowest, around), each.highest + each.delta + around});
    }
    windows_.insert(windows_.begin(), fixed.begin(), fixed.end());
}

std::pair<std::uint64_t, std::uint64_t> ProgramAddresses::fixed_range() const {
    std::pair<std::uint64_t, std::uint64_t> range{~std::uint64_t{0}, 0};
    for (const Zone& each : zones_) {
        if (each.highest <= each.lowest) continue;
        range.first = std::min(range.first, each.lowest + each.delta);
        range.second = std::max(range.second, each.highest + each.delta);
    }
    return range.second == 0 ? std::pair<std::uint64_t, std::uint64_t>{0, 0} : range;
}

// Calls that would meet the program's own mappings, and answers that depend on them.
void ProgramAddresses::check_reach() {
    const std::uint64_t task_size = performed_.header.parameters.task_size * page_size;
    for (std::size_t i = 0; i < performed_.steps.size() && why_not_.empty(); ++i) {
        const PerformedStep& step = performed_.steps[i];
        const Op<Plain>& op = step.op;
        for (const std::uint64_t address : addresses_of(op)) {
            const bool is_new = op.kind == OpKind::mremap && address == op.new_addr.value();
            const std::uint64_t length = page_up(is_new ? op.new_len.value() : given_length(op));
            const std::uint64_t start = moved(address);
            const std::uint64_t end = start + std::max(length, std::uint64_t{1});
            if (address == 0 || end < start || start >= task_size) continue;
            const bool changes_none =
                step.error == Errno::einval || op.kind == OpKind::munmap || op.kind == OpKind::mmap;
            if (end > task_size && changes_none) continue;
            if (const Window* placed = placed_at(address, i)) {
                if (address + length > placed->end && op.kind != OpKind::mremap)
                    why_not_ = fmt::format("step {} reaches beyond a mapping that the kernel places", step.number);
            } else if (end > program_start) {
                why_not_ = fmt::format("step {} reaches into the program's own mappings", step.number);
            }
        }
        const Window* source = op.kind == OpKind::mremap ? placed_at(op.addr.value(), i) : nullptr;
        if (source != nullptr && step.error == Errno::ok && step.value == op.addr.value() &&
            step.value + page_up(op.new_len.value()) > source->end)
            why_not_ = fmt::format("step {} grows a mapping that the kernel placed", step.number);
        if (op.process != 0 && placed_by(i) != nullptr)
            why_not_ = fmt::format("step {} lets the kernel place a mapping of a child", step.number);
    }
}

std::string ProgramAddresses::layout(const ProcessView& view, std::size_t step) const {
    std::string text;
    for (const Window& window : windows_) {
        const bool fixed = window.name.empty();
        if (!fixed && (window.step > step || window.gone <= step)) continue;
        for (const VmaView& each : view.vmas) {
            std::uint64_t start = each.start * page_size;
            std::uint64_t end = each.end * page_size;
            if (fixed) {
                if (placed_at(start, step + 1) != nullptr) continue;
                end = moved(start) + (end - start);
                start = moved(start);
            }
            if (start >= window.end || end <= window.start) continue;
            std::uint64_t offset = each.pgoff.value_or(0) * page_size;
            if (fixed) {
                text += fmt::format("{:#x}-{:#x} ", start, end);
            } else {
                if (start < window.start) offset += window.start - start;
                start = std::max(start, window.start);
                end = std::min(end, window.end);
                text += fmt::format("{0}+{1:#x}-{0}+{2:#x} ", window.name, start - window.start, end - window.start);
            }
            text += short_flags(each.flags & compared_flags);
            if (each.file != 0 || each.shared_object) text += fmt::format(" offset {:#x}", offset);
            if (each.name.value_or(0) != 0) text += fmt::format(" name n{}", *each.name);
            text += '\n';
        }
    }
    return text;
}

}  // namespace vmacheck
