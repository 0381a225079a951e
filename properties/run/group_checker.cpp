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
            if (const Changes reads = group->reads(static_cast<Look>(look)); reads != 0)
                asked_[look].push_back({group.get(), reads});
    for (const Asked& each : asked_[static_cast<std::size_t>(Look::mapped_page)]) pages_read_ |= each.reads;
}

template <class D>
void GroupChecker<D>::check_step(const World<D>& world, const Op<D>& op, Report& report) {
    for (const Violation& each : world.outcome().violations) report.add(each);
    guarded(report, [&] {
        if (world.touched()) check_changes(world, report);
        const Step<D> step{world, op, world.outcome()};
        for (const auto& group : groups_) group->step(step, report);
    });
}

template <class D>
void GroupChecker<D>::check_changes(const World<D>& world, Report& report) {
    affected_.collect(world);
    check_affected(world, report);
    check_pages(world, report);
    for (const auto& group : groups_) group->counters(world, affected_, report);
}

template <class D>
void GroupChecker<D>::start_from(const World<D>& world) {
    start_.take(world);
}

template <class D>
void GroupChecker<D>::check_contracts(const World<D>& world, const Op<D>& op, Report& report) {
    for (const Violation& each : world.outcome().violations) report.add(each);
    guarded(report, [&] {
        const Step<D> step{world, op, world.outcome(), &start_};
        for (const Asked& each : asked_[static_cast<std::size_t>(Look::contract)]) each.group->contracts(step, report);
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
    for (const auto& [id, changes, vma] : affected_.vmas) ask(Look::vma, &Group::vma, world, changes, id, *vma, report);
    for (const auto& [id, changes, vma] : affected_.nodes)
        ask(Look::node, &Group::node, world, changes, id, *vma, report);
    for (const auto& [id, changes, mm] : affected_.mms) {
        ask(Look::mm, &Group::mm, world, changes, id, *mm, report);
        if (mm->map_count <= whole_limit) ask(Look::whole_mm, &Group::whole_mm, world, changes, id, *mm, report);
    }
    for (const auto& [id, changes, avc] : affected_.avcs) ask(Look::avc, &Group::avc, world, changes, id, *avc, report);
    for (const auto& [id, changes, anon_vma] : affected_.anon_vmas) {
        ask(Look::anon_vma, &Group::anon_vma, world, changes, id, *anon_vma, report);
        if (world.template pool<AvcId>().live() <= whole_limit)
            ask(Look::whole_anon_vma, &Group::whole_anon_vma, world, changes, id, *anon_vma, report);
    }
    for (const auto& [id, changes, file] : affected_.files)
        ask(Look::file, &Group::file, world, changes, id, *file, report);
    for (const auto& [id, changes, space] : affected_.address_spaces) {
        ask(Look::address_space, &Group::address_space, world, changes, id, *space, report);
        if (world.template pool<VmaId>().live() <= whole_limit)
            ask(Look::whole_i_mmap, &Group::whole_i_mmap, world, changes, id, *space, report);
    }
    for (const auto& [id, changes, page] : affected_.pages)
        ask(Look::page, &Group::page, world, changes, id, *page, report);
    for (const auto& [id, changes, slot] : affected_.swaps)
        ask(Look::swap, &Group::swap, world, changes, id, *slot, report);
}

// Present pages of the VMAs that changed, those that changed themselves, those a VMA has left behind, and the other
// places where a page is mapped that is now mapped once more.
template <class D>
void GroupChecker<D>::check_pages(const World<D>& world, Report& report) {
    if (!world.parameters().page_layer) return;
    const SingleCheck<D> part;  // where a page lies decides what is checked of it
    for (const auto& each : affected_.vma_changes) {
        if (each.now == nullptr) continue;
        const Changes changes = affected_.vmas.changes(each.id);  // those of its chain too
        if ((changes & pages_read_) == 0) continue;
        each_pte(world, each.now->mm, each.now->start, each.now->end, [&](const Pte<D>& pte) {
            ask(Look::mapped_page, &Group::mapped_page, world, changes, *each.now, pte, report);
        });
    }
    for (const auto& each : affected_.pte_changes)
        if (each.now != nullptr) check_pte(world, *each.now, report);
    world.template each_touched_object<PageId>([&](PageId was, const Page<D>* old, PageId is, const Page<D>* page) {
        if (was == is && old != nullptr) check_mappers(world, is, *old, *page, report);
    });
    for (const auto& each : affected_.vma_changes)
        if (each.old != nullptr && (each.now == nullptr || (each.changes & changed::range) != 0))
            check_left_behind(world, *each.old, each.now, report);
}

// Pages of a VMA as it was that it covers no more.
template <class D>
void GroupChecker<D>::check_left_behind(const World<D>& world, const Vma<D>& old, const Vma<D>* now, Report& report) {
    if (world.find(old.mm) == nullptr) return;
    if (now != nullptr && now->start <= old.start && old.end <= now->end) return;
    each_pte(world, old.mm, old.start, old.end, [&](const Pte<D>& pte) { check_pte(world, pte, report); });
}

template <class D>
void GroupChecker<D>::check_mappers(const World<D>& world, PageId id, const Page<D>& old, const Page<D>& page,
                                    Report& report) {
    if (old.anon_vma != page.anon_vma || old.mapping != page.mapping || !identical(old.index, page.index)) {
        // No operation does this, so it may cost what it likes.
        world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) {
            if (pte.page == id) check_pte(world, pte, report);
        });
    } else if (page.mapcount > old.mapcount && page.anon_vma && world.find(page.anon_vma) != nullptr) {
        for (AvcId avc : anon_vma_lookup(world, page.anon_vma, page.index)) {
            const Vma<D>* vma = world.find(world[avc].vma);
            if (vma == nullptr || page.index < vma->pgoff) continue;
            const PteId at = find_pte(world, vma->mm, vma->start + (page.index - vma->pgoff));
            if (at && world[at].page == id) check_pte(world, world[at], report);
        }
    }
}

template <class D>
void GroupChecker<D>::check_pte(const World<D>& world, const Pte<D>& pte, Report& report) {
    if (const Vma<D>* vma = vma_around(world, pte.mm, pte.address))
        ask(Look::mapped_page, &Group::mapped_page, world, changed::anything, *vma, pte, report);
    else
        ask(Look::unmapped_pte, &Group::unmapped_pte, world, changed::anything, pte, report);
}

template <class D>
void GroupChecker<D>::check_objects(const World<D>& world, Report& report) {
    world.template pool<VmaId>().each([&](VmaId id, const Vma<D>& vma) {
        ask(Look::vma, &Group::vma, world, changed::anything, id, vma, report);
        ask(Look::node, &Group::node, world, changed::anything, id, vma, report);
    });
    world.template pool<MmId>().each([&](MmId id, const Mm<D>& mm) {
        ask(Look::mm, &Group::mm, world, changed::anything, id, mm, report);
        ask(Look::whole_mm, &Group::whole_mm, world, changed::anything, id, mm, report);
    });
    world.template pool<AvcId>().each(
        [&](AvcId id, const Avc<D>& avc) { ask(Look::avc, &Group::avc, world, changed::anything, id, avc, report); });
    world.template pool<AnonVmaId>().each([&](AnonVmaId id, const AnonVma& anon_vma) {
        ask(Look::anon_vma, &Group::anon_vma, world, changed::anything, id, anon_vma, report);
        ask(Look::whole_anon_vma, &Group::whole_anon_vma, world, changed::anything, id, anon_vma, report);
    });
    world.template pool<FileId>().each([&](FileId id, const File<D>& file) {
        ask(Look::file, &Group::file, world, changed::anything, id, file, report);
    });
    world.template pool<AddressSpaceId>().each([&](AddressSpaceId id, const AddressSpace<D>& space) {
        ask(Look::address_space, &Group::address_space, world, changed::anything, id, space, report);
        ask(Look::whole_i_mmap, &Group::whole_i_mmap, world, changed::anything, id, space, report);
    });
    world.template pool<PageId>().each([&](PageId id, const Page<D>& page) {
        ask(Look::page, &Group::page, world, changed::anything, id, page, report);
    });
    world.template pool<SwapId>().each([&](SwapId id, const SwapSlot& slot) {
        ask(Look::swap, &Group::swap, world, changed::anything, id, slot, report);
    });
    const SingleCheck<D> part;
    world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) { check_pte(world, pte, report); });
}

template class GroupChecker<Plain>;
template class GroupChecker<Traced>;

}  // namespace vmacheck
