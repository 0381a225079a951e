// Runs properties on a World: after a step, on what the step could have affected; or on everything.
//
// After a step the objects to look at are those in the journal, and those whose predicates read them: the list
// neighbours and tree parents of touched nodes, the VMAs of touched AVCs, the present pages of touched VMAs. A counter
// is checked by its change: what was counted before plus the shares that came equals what is counted now plus the
// shares that went. So a checked step costs what the step cost, whatever the size of the World. Checks of a whole
// structure run after a step only while it has at most `whole_limit` nodes; a full sweep runs them always.
#pragma once

#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"
#include "model/page_table.hpp"
#include "properties/run/affected.hpp"
#include "properties/run/counter.hpp"
#include "properties/run/property_checker.hpp"

#include <array>

namespace vmacheck {

namespace check {

template <class P, class D>
concept ChecksVma = requires(const World<D>& w, const Vma<D>& v, Report& r) {
    P::vma(w, VmaId(), v, r);
};
template <class P, class D>
concept ChecksNode = requires(const World<D>& w, const Vma<D>& v, Report& r) {
    P::node(w, VmaId(), v, r);
};
template <class P, class D>
concept ChecksMm = requires(const World<D>& w, const Mm<D>& m, Report& r) {
    P::mm(w, MmId(), m, r);
};
template <class P, class D>
concept ChecksAvc = requires(const World<D>& w, const Avc<D>& a, Report& r) {
    P::avc(w, AvcId(), a, r);
};
template <class P, class D>
concept ChecksAnonVma = requires(const World<D>& w, const AnonVma& a, Report& r) {
    P::anon_vma(w, AnonVmaId(), a, r);
};
template <class P, class D>
concept ChecksFile = requires(const World<D>& w, const File<D>& f, Report& r) {
    P::file(w, FileId(), f, r);
};
template <class P, class D>
concept ChecksAddressSpace = requires(const World<D>& w, const AddressSpace<D>& a, Report& r) {
    P::address_space(w, AddressSpaceId(), a, r);
};
template <class P, class D>
concept ChecksPage = requires(const World<D>& w, const Page<D>& p, Report& r) {
    P::page(w, PageId(), p, r);
};
template <class P, class D>
concept ChecksSwap = requires(const World<D>& w, const SwapSlot& s, Report& r) {
    P::swap(w, SwapId(), s, r);
};
template <class P, class D>
concept ChecksMapping = requires(const World<D>& w, const Vma<D>& v, const Pte<D>& p, Report& r) {
    P::mapping(w, v, p, r);
};
template <class P, class D>
concept ChecksStray = requires(const World<D>& w, const Pte<D>& p, Report& r) {
    P::stray(w, p, r);
};
template <class P, class D>
concept ChecksWholeMm = requires(const World<D>& w, const Mm<D>& m, Report& r) {
    P::whole_mm(w, MmId(), m, r);
};
template <class P, class D>
concept ChecksWholeIMmap = requires(const World<D>& w, const AddressSpace<D>& a, Report& r) {
    P::whole_i_mmap(w, AddressSpaceId(), a, r);
};
template <class P, class D>
concept ChecksWholeAnonVma = requires(const World<D>& w, const AnonVma& a, Report& r) {
    P::whole_anon_vma(w, AnonVmaId(), a, r);
};
template <class P, class D>
concept ChecksWholeWorld = requires(const World<D>& w, Report& r) {
    P::whole_world(w, r);
};
template <class P, class D>
concept ChecksStep = requires(const Step<D>& s, Report& r) {
    P::step(s, r);
};

// The VMA that contains a page of an address space, or nullptr.
template <class D>
const Vma<D>* vma_around(const World<D>& world, MmId mm, const Number<D>& page) {
    const Mm<D>* space = world.find(mm);
    if (space == nullptr) return nullptr;
    const VmaId id = find_vma(world, mm, page);
    if (!id || world[id].start > page) return nullptr;
    return &world[id];
}

}  // namespace check

template <class D, class... P>
class PropertyCheckerOf final : public PropertyChecker<D> {
public:
    static constexpr std::array<PropertyInfo, sizeof...(P)> properties{P::info...};

    void check_step(const World<D>& world, const Op<D>& op, Report& report) override {
        for (const Violation& each : world.outcome().violations) report.add(each);
        try {
            affected_.collect(world);
            look_at_affected(world, report);
            look_at_pages(world, report);
            (counter_after_step<P>(world, report), ...);
            const Step<D> step{world, op, world.outcome()};
            (contract<P>(step, report), ...);
        } catch (const StepAbandoned& abandoned) {
            report.add(abandoned.violation);  // a check ran into a freed object
        }
    }

    void check_contracts(const World<D>& world, const Op<D>& op, Report& report) override {
        for (const Violation& each : world.outcome().violations) report.add(each);
        try {
            const Step<D> step{world, op, world.outcome()};
            (about_the_step<P>(step, report), ...);
        } catch (const StepAbandoned& abandoned) {
            report.add(abandoned.violation);
        }
    }

    void check_all(const World<D>& world, Report& report) override {
        try {
            sweep_objects(world, report);
            (sweep_property<P>(world, report), ...);
        } catch (const StepAbandoned& abandoned) {
            report.add(abandoned.violation);
        }
    }

private:
    void look_at_affected(const World<D>& world, Report& report) {
        using namespace check;
        each_live<D>(world, affected_.vmas,
                     [&](VmaId id, const Vma<D>& vma) { (check_vma<P>(world, id, vma, report), ...); });
        each_live<D>(world, affected_.nodes,
                     [&](VmaId id, const Vma<D>& vma) { (check_node<P>(world, id, vma, report), ...); });
        each_live<D>(world, affected_.mms, [&](MmId id, const Mm<D>& mm) {
            (check_mm<P>(world, id, mm, report), ...);
            if (mm.map_count <= whole_limit) (check_whole_mm<P>(world, id, mm, report), ...);
        });
        each_live<D>(world, affected_.avcs,
                     [&](AvcId id, const Avc<D>& avc) { (check_avc<P>(world, id, avc, report), ...); });
        each_live<D>(world, affected_.anon_vmas, [&](AnonVmaId id, const AnonVma& anon_vma) {
            (check_anon_vma<P>(world, id, anon_vma, report), ...);
            if (world.template pool<AvcId>().live() <= whole_limit)
                (check_whole_anon_vma<P>(world, id, anon_vma, report), ...);
        });
        each_live<D>(world, affected_.files,
                     [&](FileId id, const File<D>& file) { (check_file<P>(world, id, file, report), ...); });
        each_live<D>(world, affected_.address_spaces, [&](AddressSpaceId id, const AddressSpace<D>& mapping) {
            (check_address_space<P>(world, id, mapping, report), ...);
            if (world.template pool<VmaId>().live() <= whole_limit)
                (check_whole_i_mmap<P>(world, id, mapping, report), ...);
        });
        each_live<D>(world, affected_.pages,
                     [&](PageId id, const Page<D>& page) { (check_page<P>(world, id, page, report), ...); });
        each_live<D>(world, affected_.swaps,
                     [&](SwapId id, const SwapSlot& slot) { (check_swap<P>(world, id, slot, report), ...); });
    }

    // Present pages of the VMAs that changed, those that changed themselves, those a VMA has left behind, and the other
    // places where a page is mapped that is now mapped once more.
    void look_at_pages(const World<D>& world, Report& report) {
        if (!world.parameters().page_layer) return;
        const SingleCheck<D> part;  // where a page lies decides what is checked of it
        for (VmaId id : affected_.changed_vmas) {
            const Vma<D>& vma = world[id];
            each_pte(world, vma.mm, vma.start, vma.end,
                     [&](const Pte<D>& pte) { (check_mapping<P>(world, vma, pte, report), ...); });
        }
        world.template each_touched<PteId>([&](PteId before, PteId after) {
            const Pte<D>* pte = world.find(after);
            const Pte<D>* old = world.before(before);
            if (pte == nullptr) return;
            // Most touched entries are neighbours in the tree whose links alone changed.
            if (before != after || !check::same_but_for_trees(old, *pte)) look_at_pte(world, *pte, report);
        });
        world.template each_touched<PageId>(
            [&](PageId before, PageId after) { look_at_mappers(world, before, after, report); });
        world.template each_touched<VmaId>([&](VmaId before, VmaId after) {
            const Vma<D>* old = world.before(before);
            if (old == nullptr || world.find(old->mm) == nullptr) return;
            const Vma<D>* vma = world.find(after);
            if (vma != nullptr && vma->start <= old->start && old->end <= vma->end) return;
            each_pte(world, old->mm, old->start, old->end, [&](const Pte<D>& pte) { look_at_pte(world, pte, report); });
        });
    }

    void look_at_mappers(const World<D>& world, PageId before, PageId after, Report& report) {
        const Page<D>* old = world.before(before);
        const Page<D>* page = before == after ? world.find(after) : nullptr;
        if (old == nullptr || page == nullptr) return;
        if (old->anon_vma != page->anon_vma || old->mapping != page->mapping || !identical(old->index, page->index)) {
            // No operation does this, so it may cost what it likes.
            world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) {
                if (pte.page == after) look_at_pte(world, pte, report);
            });
        } else if (page->mapcount > old->mapcount && page->anon_vma && world.find(page->anon_vma) != nullptr) {
            for (AvcId avc : anon_vma_lookup(world, page->anon_vma, page->index)) {
                const Vma<D>* vma = world.find(world[avc].vma);
                if (vma == nullptr || page->index < vma->pgoff) continue;
                const PteId id = find_pte(world, vma->mm, vma->start + (page->index - vma->pgoff));
                if (id && world[id].page == after) look_at_pte(world, world[id], report);
            }
        }
    }

    void look_at_pte(const World<D>& world, const Pte<D>& pte, Report& report) {
        if (const Vma<D>* vma = check::vma_around(world, pte.mm, pte.address))
            (check_mapping<P>(world, *vma, pte, report), ...);
        else
            (check_stray<P>(world, pte, report), ...);
    }

    template <class F>
    static void each_pte(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, F&& look) {
        for (PteId id = first_pte_from(world, mm, start); id; id = next_pte(world, id)) {
            const Pte<D>& pte = world[id];
            if (pte.address >= end) break;
            look(pte);
        }
    }

    void sweep_objects(const World<D>& world, Report& report) {
        world.template pool<VmaId>().each([&](VmaId id, const Vma<D>& vma) {
            (check_vma<P>(world, id, vma, report), ...);
            (check_node<P>(world, id, vma, report), ...);
        });
        world.template pool<MmId>().each([&](MmId id, const Mm<D>& mm) {
            (check_mm<P>(world, id, mm, report), ...);
            (check_whole_mm<P>(world, id, mm, report), ...);
        });
        world.template pool<AvcId>().each(
            [&](AvcId id, const Avc<D>& avc) { (check_avc<P>(world, id, avc, report), ...); });
        world.template pool<AnonVmaId>().each([&](AnonVmaId id, const AnonVma& anon_vma) {
            (check_anon_vma<P>(world, id, anon_vma, report), ...);
            (check_whole_anon_vma<P>(world, id, anon_vma, report), ...);
        });
        world.template pool<FileId>().each(
            [&](FileId id, const File<D>& file) { (check_file<P>(world, id, file, report), ...); });
        world.template pool<AddressSpaceId>().each([&](AddressSpaceId id, const AddressSpace<D>& mapping) {
            (check_address_space<P>(world, id, mapping, report), ...);
            (check_whole_i_mmap<P>(world, id, mapping, report), ...);
        });
        world.template pool<PageId>().each(
            [&](PageId id, const Page<D>& page) { (check_page<P>(world, id, page, report), ...); });
        world.template pool<SwapId>().each(
            [&](SwapId id, const SwapSlot& slot) { (check_swap<P>(world, id, slot, report), ...); });
        const SingleCheck<D> part;
        world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) { look_at_pte(world, pte, report); });
    }

    template <class Q>
    static void sweep_property(const World<D>& world, Report& report) {
        if constexpr (check::Counts<Q>) {
            begin_check<D>();
            check::CounterOf<D, Q>::sweep(world, report);
        }
        if constexpr (check::ChecksWholeWorld<Q, D>) {
            begin_check<D>();
            Q::whole_world(world, report);
        }
    }
    template <class Q>
    void counter_after_step(const World<D>& world, Report& report) {
        if constexpr (check::Counts<Q>) {
            begin_check<D>();
            check::CounterOf<D, Q>::after_step(world, affected_, report);
        }
    }
    template <class Q>
    static void contract(const Step<D>& step, Report& report) {
        if constexpr (check::ChecksStep<Q, D>) {
            begin_check<D>();
            Q::step(step, report);
        }
    }
    template <class Q>
    static void about_the_step(const Step<D>& step, Report& report) {
        if constexpr (Q::info.kind == PropertyKind::contract || Q::info.kind == PropertyKind::refinement)
            contract<Q>(step, report);
    }
    template <class Q>
    static void check_vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        if constexpr (check::ChecksVma<Q, D>) {
            begin_check<D>();
            Q::vma(world, id, vma, report);
        }
    }
    template <class Q>
    static void check_node(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        if constexpr (check::ChecksNode<Q, D>) {
            begin_check<D>();
            Q::node(world, id, vma, report);
        }
    }
    template <class Q>
    static void check_mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        if constexpr (check::ChecksMm<Q, D>) {
            begin_check<D>();
            Q::mm(world, id, mm, report);
        }
    }
    template <class Q>
    static void check_whole_mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        if constexpr (check::ChecksWholeMm<Q, D>) {
            begin_check<D>();
            Q::whole_mm(world, id, mm, report);
        }
    }
    template <class Q>
    static void check_avc(const World<D>& world, AvcId id, const Avc<D>& avc, Report& report) {
        if constexpr (check::ChecksAvc<Q, D>) {
            begin_check<D>();
            Q::avc(world, id, avc, report);
        }
    }
    template <class Q>
    static void check_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if constexpr (check::ChecksAnonVma<Q, D>) {
            begin_check<D>();
            Q::anon_vma(world, id, anon_vma, report);
        }
    }
    template <class Q>
    static void check_whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if constexpr (check::ChecksWholeAnonVma<Q, D>) {
            begin_check<D>();
            Q::whole_anon_vma(world, id, anon_vma, report);
        }
    }
    template <class Q>
    static void check_file(const World<D>& world, FileId id, const File<D>& file, Report& report) {
        if constexpr (check::ChecksFile<Q, D>) {
            begin_check<D>();
            Q::file(world, id, file, report);
        }
    }
    template <class Q>
    static void check_address_space(const World<D>& world, AddressSpaceId id, const AddressSpace<D>& mapping,
                                    Report& report) {
        if constexpr (check::ChecksAddressSpace<Q, D>) {
            begin_check<D>();
            Q::address_space(world, id, mapping, report);
        }
    }
    template <class Q>
    static void check_whole_i_mmap(const World<D>& world, AddressSpaceId id, const AddressSpace<D>& mapping,
                                   Report& report) {
        if constexpr (check::ChecksWholeIMmap<Q, D>) {
            begin_check<D>();
            Q::whole_i_mmap(world, id, mapping, report);
        }
    }
    template <class Q>
    static void check_page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        if constexpr (check::ChecksPage<Q, D>) {
            begin_check<D>();
            Q::page(world, id, page, report);
        }
    }
    template <class Q>
    static void check_swap(const World<D>& world, SwapId id, const SwapSlot& slot, Report& report) {
        if constexpr (check::ChecksSwap<Q, D>) {
            begin_check<D>();
            Q::swap(world, id, slot, report);
        }
    }
    template <class Q>
    static void check_mapping(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        if constexpr (check::ChecksMapping<Q, D>) {
            begin_check<D>();
            Q::mapping(world, vma, pte, report);
        }
    }
    template <class Q>
    static void check_stray(const World<D>& world, const Pte<D>& pte, Report& report) {
        if constexpr (check::ChecksStray<Q, D>) {
            begin_check<D>();
            Q::stray(world, pte, report);
        }
    }

    check::Affected<D> affected_;
};

}  // namespace vmacheck
