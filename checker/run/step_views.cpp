#include "checker/run/step_views.hpp"

#include "model/state/observe.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

std::array<WorldAt, 2> moments(const World<Plain>& world) {
    return {WorldAt(world, Moment::before_step), WorldAt(world, Moment::now)};
}

// VMAs whose view the last step can have changed, in any process, and nodes of trees on the way to them.
std::vector<VmaId> touched_vmas(const World<Plain>& world) {
    std::vector<VmaId> ids;
    const auto add = [&ids](VmaId id) {
        if (id) ids.push_back(id);
    };
    world.each_touched<VmaId>([&](VmaId before, VmaId after) {
        add(before);
        if (after != before) add(after);
    });
    // A chain is part of a VMA's view.
    world.each_touched<AvcId>([&](AvcId before, AvcId after) {
        if (const Avc<Plain>* avc = before ? world.before(before) : nullptr) add(avc->vma);
        if (const Avc<Plain>* avc = after ? world.find(after) : nullptr) add(avc->vma);
    });
    return ids;
}

// The lowest VMA that ends at this page or above it.
VmaId first_from(const WorldAt& world, const Mm<Plain>& mm, std::uint64_t page) {
    VmaId best;
    for (VmaId at = mm.rb_root; const Vma<Plain>* vma = at ? world.find(at) : nullptr;) {
        const bool ends_there = vma->end.value() >= page;
        if (ends_there) best = at;
        at = ends_there ? vma->rb.left : vma->rb.right;
    }
    return best;
}

// The first that touch the range, or the first of all: as many as a picture shows.
void add_first(const WorldAt& world, const Mm<Plain>& mm, const std::optional<PageRange>& range,
               std::vector<VmaId>& ids) {
    VmaId id = range ? first_from(world, mm, range->start) : mm.mmap;
    for (std::size_t count = 0; count < most_drawn; ++count) {
        const Vma<Plain>* vma = id ? world.find(id) : nullptr;
        if (vma == nullptr || (range && vma->start.value() > range->end)) return;
        ids.push_back(id);
        id = vma->next;
    }
}

void add_neighbours(const WorldAt& world, const std::vector<VmaId>& of, std::vector<VmaId>& ids) {
    for (const VmaId id : of)
        if (const Vma<Plain>* vma = world.find(id))
            for (const VmaId each : {vma->prev, vma->next})
                if (each) ids.push_back(each);
}

void drop_repeated(std::vector<VmaId>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

ProcessView view_of(const WorldAt& world, std::size_t slot, const std::vector<VmaId>& ids, AnonNumbers& numbers) {
    ProcessView view = observe_counters(world, slot);
    const MmId mm = world.globals().processes.at(slot);
    for (const VmaId id : ids)
        if (const Vma<Plain>* vma = world.find(id); vma != nullptr && vma->mm == mm)
            view.vmas.push_back(observe_vma(world, id, *vma, numbers));
    std::sort(view.vmas.begin(), view.vmas.end(), [](const VmaView& a, const VmaView& b) { return a.start < b.start; });
    return view;
}

}  // namespace

StepViews observe_step(const World<Plain>& world, std::size_t slot, AnonNumbers& numbers) {
    const auto [before, after] = moments(world);
    return {observe_process(before, slot, numbers), observe_process(after, slot, numbers)};
}

StepViews observe_step_nearby(const World<Plain>& world, std::size_t slot, const std::optional<PageRange>& range,
                              AnonNumbers& numbers) {
    const auto [before, after] = moments(world);
    const std::vector<VmaId> ids = vmas_of_step(world, slot, range);
    std::vector<VmaId> shown = ids;
    for (const WorldAt& each : {before, after}) add_neighbours(each, ids, shown);
    drop_repeated(shown);
    StepViews views{view_of(before, slot, shown, numbers), view_of(after, slot, shown, numbers)};
    views.before_elsewhere = *views.before.map_count - views.before.vmas.size();
    views.after_elsewhere = *views.after.map_count - views.after.vmas.size();
    return views;
}

std::vector<VmaId> vmas_of_step(const World<Plain>& world, std::size_t slot, const std::optional<PageRange>& range) {
    std::vector<VmaId> ids = touched_vmas(world);
    for (const WorldAt& each : moments(world))
        if (const Mm<Plain>* mm = each.process(slot)) add_first(each, *mm, range, ids);
    drop_repeated(ids);
    return ids;
}

void number_touched(const World<Plain>& world, AnonNumbers& numbers) {
    numbers.visit_touched(world);
    std::vector<VmaId> ids = touched_vmas(world);
    drop_repeated(ids);
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        if (world.process(slot)) view_of(world, slot, ids, numbers);
}

}  // namespace vmacheck
