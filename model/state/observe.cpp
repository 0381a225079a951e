#include "model/state/observe.hpp"

#include "model/state/world.hpp"

#include <algorithm>
#include <tuple>

namespace vmacheck {
namespace {

// A VMA list longer than this is a cycle.
constexpr std::size_t most_vmas = std::size_t{1} << id_index_bits;

template <class F>
void each_live_vma(const WorldAt& world, std::size_t slot, F&& f) {
    const Mm<Plain>* mm = world.process(slot);
    if (mm == nullptr) return;
    VmaId id = mm->mmap;
    for (std::size_t count = 0; id && count < most_vmas; ++count) {
        const Vma<Plain>* vma = world.find(id);
        if (vma == nullptr) return;
        f(id, *vma);
        id = vma->next;
    }
}

std::vector<unsigned> chain_of(const WorldAt& world, const Vma<Plain>& vma, AnonNumbers& numbers) {
    std::vector<unsigned> chain;
    for (AvcId id = vma.chain_newest; id && chain.size() < most_vmas;) {
        const Avc<Plain>* avc = world.find(id);
        if (avc == nullptr) break;
        chain.push_back(numbers.number(avc->anon_vma));
        id = avc->older;
    }
    return chain;
}

}  // namespace

VmaView observe_vma(const WorldAt& world, VmaId id, const Vma<Plain>& vma, AnonNumbers& numbers) {
    VmaView view;
    view.start = vma.start.value();
    view.end = vma.end.value();
    view.flags = vma.flags;
    view.pgoff = vma.pgoff.value();
    view.chain_members = chain_of(world, vma, numbers);
    view.anon_vma = numbers.number(vma.anon_vma);
    view.chain = static_cast<unsigned>(view.chain_members.size());
    const MemPolicy* policy = vma.policy ? world.find(vma.policy) : nullptr;
    view.policy = policy != nullptr ? policy->content : std::uint16_t{0};
    view.uffd = vma.uffd;
    if (world.profile().policy.anon_names != AnonNames::none) view.name = vma.anon_name;
    if (const File<Plain>* file = vma.file ? world.find(vma.file) : nullptr) {
        view.file = file->spec;
        view.shared_object = file->spec == 0;
    }
    view.special = vma_is_special_mapping(vma);
    view.identity = id.raw();
    return view;
}

unsigned AnonNumbers::number(AnonVmaId id) {
    if (!id) return 0;
    return numbers_.try_emplace(id, static_cast<unsigned>(numbers_.size()) + 1).first->second;
}

void AnonNumbers::visit(const World<Plain>& world) {
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        each_live_vma(world, slot, [&](VmaId, const Vma<Plain>& vma) { number(vma.anon_vma); });
}

void AnonNumbers::visit_touched(const World<Plain>& world) {
    struct Place {
        std::size_t slot;
        std::uint64_t start;
        AnonVmaId anon_vma;
    };
    std::vector<Place> unnumbered;
    world.each_touched<VmaId>([&](VmaId, VmaId id) {
        const Vma<Plain>* vma = id ? world.find(id) : nullptr;
        if (vma == nullptr || !vma->anon_vma || numbers_.count(vma->anon_vma) != 0) return;
        for (std::size_t slot = 0; slot < max_processes; ++slot)
            if (world.process(slot) == vma->mm) unnumbered.push_back({slot, vma->start.value(), vma->anon_vma});
    });
    std::sort(unnumbered.begin(), unnumbered.end(),
              [](const Place& a, const Place& b) { return std::tie(a.slot, a.start) < std::tie(b.slot, b.start); });
    for (const Place& each : unnumbered) number(each.anon_vma);
}

ProcessView observe_counters(const WorldAt& world, std::size_t slot) {
    ProcessView view{.shown = true, .vmas_shown = true};
    const Mm<Plain>* mm = world.process(slot);
    if (mm == nullptr) {
        view.map_count = 0;
        for (auto* each : {&view.brk_bytes, &view.total_vm, &view.data_vm, &view.exec_vm, &view.stack_vm,
                           &view.locked_vm, &view.hiwater_vm})
            *each = 0;
        return view;
    }
    view.alive = true;
    view.map_count = mm->map_count;
    view.brk_bytes = mm->brk.value();
    view.total_vm = mm->total_vm.value();
    view.data_vm = mm->data_vm.value();
    view.exec_vm = mm->exec_vm.value();
    view.stack_vm = mm->stack_vm.value();
    view.locked_vm = mm->locked_vm.value();
    view.hiwater_vm = mm->hiwater_vm.value();
    return view;
}

ProcessView observe_process(const WorldAt& world, std::size_t slot, AnonNumbers& numbers) {
    ProcessView view = observe_counters(world, slot);
    each_live_vma(world, slot,
                  [&](VmaId id, const Vma<Plain>& vma) { view.vmas.push_back(observe_vma(world, id, vma, numbers)); });
    return view;
}

std::int64_t observe_committed(const WorldAt& world) {
    return static_cast<std::int64_t>(world.globals().committed.value()) -
           static_cast<std::int64_t>(world.globals().overdrawn.value());
}

Observation observe(const World<Plain>& world, AnonNumbers& numbers) {
    numbers.visit(world);
    Observation observation;
    observation.committed = observe_committed(world);
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        observation.processes[slot] = observe_process(world, slot, numbers);
    return observation;
}

}  // namespace vmacheck
