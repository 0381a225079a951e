#include "properties/run/group_checker.hpp"

#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"
#include "model/page_table.hpp"

namespace vmacheck {
namespace {

// The VMA that contains a page of an address space, or nullptr.
template <class D>
const Vma<D>* vma_around(const World<D>& world, MmId mm, const Number<D>& page) {
    const Mm<D>* space = world.find(mm);
    if (space == nullptr) return nullptr;
    const VmaId id = find_vma(world, mm, page);
    if (!id || world[id].start > page) return nullptr;
    return &world[id];
}

template <class D, class F>
void each_pte(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, F&& look) {
    for (PteId id = first_pte_from(world, mm, start); id; id = next_pte(world, id)) {
        const Pte<D>& pte = world[id];
        if (pte.address >= end) break;
        look(pte);
    }
}

// Runs a check; where it runs into a freed object, that is a finding too.
template <class F>
void guarded(Report& report, F&& check) {
    try {
        check();
    } catch (const StepAbandoned& abandoned) {
        report.add(abandoned.violation);
    }
}

}  // namespace

template <class D>
GroupChecker<D>::GroupChecker(Groups groups) : groups_(std::move(groups)) {
    for (std::size_t look = 0; look < asked_.size(); ++look)
        for (const auto& group : groups_)
            if (group->has(static_cast<Look>(look))) asked_[look].push_back(group.get());
}

template <class D>
void GroupChecker<D>::check_step(const World<D>& world, const Op<D>& op, Report& report) {
    for (const Violation& each : world.outcome().violations) report.add(each);
    guarded(report, [&] {
        affected_.collect(world);
        check_affected(world, report);
        check_pages(world, report);
        for (const auto& group : groups_) group->counters(world, affected_, report);
        const Step<D> step{world, op, world.outcome()};
        for (const auto& group : groups_) group->step(step, report);
    });
}

template <class D>
void GroupChecker<D>::check_contracts(const World<D>& world, const Op<D>& op, Report& report) {
    for (const Violation& each : world.outcome().violations) report.add(each);
    guarded(report, [&] {
        const Step<D> step{world, op, world.outcome()};
        for (const auto& group : groups_) group->contracts(step, report);
    });
}

template <class D>
void GroupChecker<D>::check_all(const World<D>& world, Report& report) {
    guarded(report, [&] {
        check_objects(world, report);
        for (const auto& group : groups_) group->check_all(world, report);
    });
}

template <class D>
void GroupChecker<D>::check_affected(const World<D>& world, Report& report) {
    using check::each_live;
    each_live<D>(world, affected_.vmas,
                 [&](VmaId id, const Vma<D>& vma) { ask(Look::vma, &Group::vma, world, id, vma, report); });
    each_live<D>(world, affected_.nodes,
                 [&](VmaId id, const Vma<D>& vma) { ask(Look::node, &Group::node, world, id, vma, report); });
    each_live<D>(world, affected_.mms, [&](MmId id, const Mm<D>& mm) {
        ask(Look::mm, &Group::mm, world, id, mm, report);
        if (mm.map_count <= whole_limit) ask(Look::whole_mm, &Group::whole_mm, world, id, mm, report);
    });
    each_live<D>(world, affected_.avcs,
                 [&](AvcId id, const Avc<D>& avc) { ask(Look::avc, &Group::avc, world, id, avc, report); });
    each_live<D>(world, affected_.anon_vmas, [&](AnonVmaId id, const AnonVma& anon_vma) {
        ask(Look::anon_vma, &Group::anon_vma, world, id, anon_vma, report);
        if (world.template pool<AvcId>().live() <= whole_limit)
            ask(Look::whole_anon_vma, &Group::whole_anon_vma, world, id, anon_vma, report);
    });
    each_live<D>(world, affected_.files,
                 [&](FileId id, const File<D>& file) { ask(Look::file, &Group::file, world, id, file, report); });
    each_live<D>(world, affected_.address_spaces, [&](AddressSpaceId id, const AddressSpace<D>& space) {
        ask(Look::address_space, &Group::address_space, world, id, space, report);
        if (world.template pool<VmaId>().live() <= whole_limit)
            ask(Look::whole_i_mmap, &Group::whole_i_mmap, world, id, space, report);
    });
    each_live<D>(world, affected_.pages,
                 [&](PageId id, const Page<D>& page) { ask(Look::page, &Group::page, world, id, page, report); });
    each_live<D>(world, affected_.swaps,
                 [&](SwapId id, const SwapSlot& slot) { ask(Look::swap, &Group::swap, world, id, slot, report); });
}

// Present pages of the VMAs that changed, those that changed themselves, those a VMA has left behind, and the other
// places where a page is mapped that is now mapped once more.
template <class D>
void GroupChecker<D>::check_pages(const World<D>& world, Report& report) {
    if (!world.parameters().page_layer) return;
    const SingleCheck<D> part;  // where a page lies decides what is checked of it
    for (VmaId id : affected_.changed_vmas) {
        const Vma<D>& vma = world[id];
        each_pte(world, vma.mm, vma.start, vma.end,
                 [&](const Pte<D>& pte) { ask(Look::mapped_page, &Group::mapped_page, world, vma, pte, report); });
    }
    world.template each_touched<PteId>([&](PteId before, PteId after) {
        const Pte<D>* pte = world.find(after);
        const Pte<D>* old = world.before(before);
        if (pte == nullptr) return;
        // Most touched entries are neighbours in the tree whose links alone changed.
        if (before != after || !check::same_but_for_trees(old, *pte)) check_pte(world, *pte, report);
    });
    world.template each_touched<PageId>(
        [&](PageId before, PageId after) { check_mappers(world, before, after, report); });
    world.template each_touched<VmaId>([&](VmaId before, VmaId after) {
        const Vma<D>* old = world.before(before);
        if (old == nullptr || world.find(old->mm) == nullptr) return;
        const Vma<D>* vma = world.find(after);
        if (vma != nullptr && vma->start <= old->start && old->end <= vma->end) return;
        each_pte(world, old->mm, old->start, old->end, [&](const Pte<D>& pte) { check_pte(world, pte, report); });
    });
}

template <class D>
void GroupChecker<D>::check_mappers(const World<D>& world, PageId before, PageId after, Report& report) {
    const Page<D>* old = world.before(before);
    const Page<D>* page = before == after ? world.find(after) : nullptr;
    if (old == nullptr || page == nullptr) return;
    if (old->anon_vma != page->anon_vma || old->mapping != page->mapping || !identical(old->index, page->index)) {
        // No operation does this, so it may cost what it likes.
        world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) {
            if (pte.page == after) check_pte(world, pte, report);
        });
    } else if (page->mapcount > old->mapcount && page->anon_vma && world.find(page->anon_vma) != nullptr) {
        for (AvcId avc : anon_vma_lookup(world, page->anon_vma, page->index)) {
            const Vma<D>* vma = world.find(world[avc].vma);
            if (vma == nullptr || page->index < vma->pgoff) continue;
            const PteId id = find_pte(world, vma->mm, vma->start + (page->index - vma->pgoff));
            if (id && world[id].page == after) check_pte(world, world[id], report);
        }
    }
}

template <class D>
void GroupChecker<D>::check_pte(const World<D>& world, const Pte<D>& pte, Report& report) {
    if (const Vma<D>* vma = vma_around(world, pte.mm, pte.address))
        ask(Look::mapped_page, &Group::mapped_page, world, *vma, pte, report);
    else
        ask(Look::unmapped_pte, &Group::unmapped_pte, world, pte, report);
}

template <class D>
void GroupChecker<D>::check_objects(const World<D>& world, Report& report) {
    world.template pool<VmaId>().each([&](VmaId id, const Vma<D>& vma) {
        ask(Look::vma, &Group::vma, world, id, vma, report);
        ask(Look::node, &Group::node, world, id, vma, report);
    });
    world.template pool<MmId>().each([&](MmId id, const Mm<D>& mm) {
        ask(Look::mm, &Group::mm, world, id, mm, report);
        ask(Look::whole_mm, &Group::whole_mm, world, id, mm, report);
    });
    world.template pool<AvcId>().each(
        [&](AvcId id, const Avc<D>& avc) { ask(Look::avc, &Group::avc, world, id, avc, report); });
    world.template pool<AnonVmaId>().each([&](AnonVmaId id, const AnonVma& anon_vma) {
        ask(Look::anon_vma, &Group::anon_vma, world, id, anon_vma, report);
        ask(Look::whole_anon_vma, &Group::whole_anon_vma, world, id, anon_vma, report);
    });
    world.template pool<FileId>().each(
        [&](FileId id, const File<D>& file) { ask(Look::file, &Group::file, world, id, file, report); });
    world.template pool<AddressSpaceId>().each([&](AddressSpaceId id, const AddressSpace<D>& space) {
        ask(Look::address_space, &Group::address_space, world, id, space, report);
        ask(Look::whole_i_mmap, &Group::whole_i_mmap, world, id, space, report);
    });
    world.template pool<PageId>().each(
        [&](PageId id, const Page<D>& page) { ask(Look::page, &Group::page, world, id, page, report); });
    world.template pool<SwapId>().each(
        [&](SwapId id, const SwapSlot& slot) { ask(Look::swap, &Group::swap, world, id, slot, report); });
    const SingleCheck<D> part;
    world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) { check_pte(world, pte, report); });
}

template class GroupChecker<Plain>;
template class GroupChecker<Traced>;

}  // namespace vmacheck
