#include "checker/random/random_ops.hpp"

#include "checker/random/macro_op.hpp"
#include "model/gap_tree.hpp"
#include "model/op/op_table.hpp"
#include "model/page_table.hpp"
#include "model/state/world.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {

namespace {

// How often each kind is drawn, as usual; the order is part of what a seed means.
constexpr auto usual_weights = std::to_array<std::pair<OpKind, unsigned>>(
    {{OpKind::mmap, 30},           {OpKind::munmap, 10},    {OpKind::mprotect, 16},     {OpKind::brk, 7},
     {OpKind::madvise, 15},        {OpKind::fault, 20},     {OpKind::fork, 3},          {OpKind::exit, 2},
     {OpKind::split, 3},           {OpKind::mremap, 18},    {OpKind::mlock, 6},         {OpKind::munlock, 4},
     {OpKind::mlockall, 1},        {OpKind::munlockall, 1}, {OpKind::reclaim, 10},      {OpKind::truncate, 2},
     {OpKind::remote_access, 6},   {OpKind::shmat, 5},      {OpKind::shmdt, 3},         {OpKind::remap_file_pages, 5},
     {OpKind::special_mapping, 2}, {OpKind::mbind, 10},     {OpKind::uffd_register, 7}, {OpKind::uffd_unregister, 4},
     {OpKind::uffd_close, 1}});
static_assert(usual_weights.size() == drawn_kinds);

}  // namespace

RandomOps::RandomOps(std::uint64_t seed, const Parameters& parameters, unsigned window_pages)
    : random_(seed), parameters_(parameters), window_(window_pages) {
    set_mix({});
}

void RandomOps::set_mix(const OpMix& mix) {
    mix_ = mix;
    macro_op_.clear();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < drawn_kinds; ++i) {
        const auto& [kind, usual] = usual_weights[i];
        weights_up_to_[i] = total += std::uint64_t{usual} * mix.times[static_cast<std::size_t>(kind)];
    }
}

// One of the VMAs of an address space; nullptr if it has none.
const Vma<Plain>* RandomOps::any_vma(const World<Plain>& world, MmId mm) {
    const Mm<Plain>& space = world[mm];
    if (space.map_count == 0) return nullptr;
    const Vma<Plain>* vma = &world[space.mmap];
    for (std::uint64_t steps = random_.below(space.map_count); steps > 0 && vma->next; --steps) vma = &world[vma->next];
    return vma;
}

std::uint64_t RandomOps::page(const World<Plain>& world, MmId mm) {
    if (world[mm].map_count == 0 || random_.percent(50))
        return parameters_.mmap_base - window_ + random_.below(window_);
    const Vma<Plain>& vma = *any_vma(world, mm);
    const std::uint64_t boundary = (random_.percent(50) ? vma.start : vma.end).value();
    switch (random_.below(6)) {
        case 0: return boundary == 0 ? 0 : boundary - 1;
        case 1: return boundary + 1;
        default: return boundary;
    }
}

Bytes<Plain> RandomOps::address(const World<Plain>& world, MmId mm) {
    if (!random_.percent(2)) return Bytes<Plain>::pages(page(world, mm));
    switch (random_.below(4)) {
        case 0: return Bytes<Plain>::pages(parameters_.task_size - random_.below(3));
        case 1: return Bytes<Plain>::pages(random_.below(parameters_.mmap_min_addr + 1));
        case 2: return Bytes<Plain>::pages(pages_in_64_bits - 1 - random_.below(2));
        default: {
            Bytes<Plain> unaligned = Bytes<Plain>::pages(page(world, mm));
            unaligned.offset = static_cast<std::uint16_t>(1 + random_.below(page_size - 1));
            return unaligned;
        }
    }
}

Bytes<Plain> RandomOps::length() {
    if (random_.percent(2)) {
        switch (random_.below(3)) {
            case 0: return {};
            case 1: return Bytes<Plain>::pages(parameters_.task_size + random_.below(2));
            default: return {pages_in_64_bits - 1, static_cast<std::uint16_t>(random_.below(page_size))};
        }
    }
    if (mix_.long_lengths != 0 && random_.percent(mix_.long_lengths))
        return Bytes<Plain>::pages((std::uint64_t{1} << (31 + random_.below(2))) + random_.below(3));
    const std::uint64_t count = random_.percent(70) ? 1 + random_.below(4) : 1 + random_.below(window_);
    Bytes<Plain> made = Bytes<Plain>::pages(count);
    if (random_.percent(5)) made = {count - 1, 0x123};  // rounded up to the same
    return made;
}

OpKind RandomOps::kind(unsigned processes, bool crowded) {
    if (crowded) return processes > 1 && random_.percent(25) ? OpKind::exit : OpKind::munmap;
    const std::uint64_t draw = random_.below(weights_up_to_.back());
    const auto drawn = std::upper_bound(weights_up_to_.begin(), weights_up_to_.end(), draw) - weights_up_to_.begin();
    const OpKind kind = usual_weights[static_cast<std::size_t>(drawn)].first;
    if (kind == OpKind::fork && processes >= mix_.processes) return OpKind::exit;
    if (kind == OpKind::exit && processes <= 1) return OpKind::fork;
    return kind;
}

Op<Plain> RandomOps::next(const World<Plain>& world) {
    std::array<std::uint8_t, max_processes> live{};
    unsigned processes = 0;
    for (std::uint8_t slot = 0; slot < max_processes; ++slot)
        if (world.process(slot)) live.at(processes++) = slot;

    const bool crowded = world.pool<VmaId>().live() > mix_.vmas;
    if (crowded) macro_op_.clear();
    if (!macro_op_.empty()) return continue_macro_op();
    Op<Plain> op;
    op.kind = kind(processes, crowded);
    if (mix_.execs != 0 && random_.percent(mix_.execs)) op.kind = OpKind::exec;
    op.process = live.at(random_.below(processes == 0 ? 1 : processes));
    if (random_.below(500) == 0) op.process = max_processes - 1;  // a nonexistent process: ESRCH
    const MmId mm = world.process(op.process);
    if (!mm) return op;
    if (op.kind == OpKind::mmap && !crowded && window_ >= macro_op_pages && random_.percent(4))
        if (begin_macro_op(op.process)) return continue_macro_op();
    op.addr = address(world, mm);
    op.len = length();
    if (crowded) op.len = Bytes<Plain>::pages(1 + random_.below(window_));
    if (mix_.whole_window != 0 && spans_vmas(operation(op.kind).range) && random_.percent(mix_.whole_window)) {
        op.addr = Bytes<Plain>::pages(parameters_.mmap_base - window_);
        op.len = Bytes<Plain>::pages(window_);
    }
    fill_arguments(world, mm, {live.data(), processes}, op);
    move_far(op);
    fill_fail_alloc(op);
    fill_meanwhile(world, {live.data(), processes}, op);
    // Policies are seldom where an mremap takes its pages from.
    if (op.kind == OpKind::mremap)
        if (const VmaId source = find_vma(world, mm, op.addr.page);
            source && world[source].policy && random_.percent(10))
            op.fail_alloc = {AllocKind::policy, 1};
    // Next to a VMA at the top of 64 bits.
    for (Bytes<Plain>* each : {&op.addr, &op.len, &op.new_addr, &op.new_len})
        each->page = each->page.value() % pages_in_64_bits;
    return op;
}

}  // namespace vmacheck
