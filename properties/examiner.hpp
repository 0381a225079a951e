// Runs properties on a World: after a step, on what the step could have affected; or on everything.
//
// After a step the objects to look at are those in the journal, and those whose predicates read them: the list neighbours
// and tree parents of touched nodes, the VMAs of touched AVCs, the present pages of touched VMAs. A counter is checked by
// its change: what was counted before plus the shares that came equals what is counted now plus the shares that went. So a
// checked step costs what the step cost, whatever the size of the World. Checks of a whole structure run after a step only
// while it has at most `whole_limit` nodes; a full sweep runs them always.
#pragma once

#include "model/page_table.hpp"
#include "model/gap_tree.hpp"
#include "properties/property.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <array>

namespace vmacheck {

inline constexpr std::uint32_t whole_limit = 32; // nodes

template <class D>
class ExaminerBase {
public:
    virtual ~ExaminerBase() = default;
    // After world.apply(op). Violations the model itself met are reported too.
    virtual void step(const World<D>& world, const Op<D>& op, Report& report) = 0;
    // Everything that can be said of a World as it stands.
    virtual void sweep(const World<D>& world, Report& report) = 0;
};

namespace examine {

// A set of ids. Duplicates are refused one by one while it is small, and dropped by finish() when it is not.
template <class IdType>
class IdSet {
public:
    void add(IdType id) {
        if (!id) return;
        if (ids_.size() < small && std::find(ids_.begin(), ids_.end(), id) != ids_.end()) return;
        ids_.push_back(id);
    }
    void finish() {
        if (ids_.size() <= small) return;
        std::sort(ids_.begin(), ids_.end());
        ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    }
    void clear() { ids_.clear(); }
    auto begin() const { return ids_.begin(); }
    auto end() const { return ids_.end(); }

private:
    static constexpr std::size_t small = 24;
    boost::container::small_vector<IdType, small> ids_;
};

template <class P, class D>
concept ChecksVma = requires(const World<D>& w, const Vma<D>& v, Report& r) { P::vma(w, VmaId(), v, r); };
template <class P, class D>
concept ChecksMm = requires(const World<D>& w, const Mm<D>& m, Report& r) { P::mm(w, MmId(), m, r); };
template <class P, class D>
concept ChecksAvc = requires(const World<D>& w, const Avc<D>& a, Report& r) { P::avc(w, AvcId(), a, r); };
template <class P, class D>
concept ChecksAnonVma = requires(const World<D>& w, const AnonVma& a, Report& r) { P::anon_vma(w, AnonVmaId(), a, r); };
template <class P, class D>
concept ChecksFile = requires(const World<D>& w, const File<D>& f, Report& r) { P::file(w, FileId(), f, r); };
template <class P, class D>
concept ChecksAddressSpace = requires(const World<D>& w, const AddressSpace& a, Report& r) {
    P::address_space(w, AddressSpaceId(), a, r);
};
template <class P, class D>
concept ChecksPage = requires(const World<D>& w, const Page<D>& p, Report& r) { P::page(w, PageId(), p, r); };
template <class P, class D>
concept ChecksMapping = requires(const World<D>& w, const Vma<D>& v, const Pte<D>& p, Report& r) { P::mapping(w, v, p, r); };
template <class P, class D>
concept ChecksStray = requires(const World<D>& w, const Pte<D>& p, Report& r) { P::stray(w, p, r); };
template <class P, class D>
concept ChecksWholeMm = requires(const World<D>& w, const Mm<D>& m, Report& r) { P::whole_mm(w, MmId(), m, r); };
template <class P, class D>
concept ChecksWholeIMmap = requires(const World<D>& w, const AddressSpace& a, Report& r) {
    P::whole_i_mmap(w, AddressSpaceId(), a, r);
};
template <class P, class D>
concept ChecksWholeAnonVma = requires(const World<D>& w, const AnonVma& a, Report& r) {
    P::whole_anon_vma(w, AnonVmaId(), a, r);
};
template <class P, class D>
concept ChecksWholeWorld = requires(const World<D>& w, Report& r) { P::whole_world(w, r); };
template <class P>
concept Counts = requires { typename P::Owner; typename P::Member; };
template <class P, class D>
concept ChecksStep = requires(const Step<D>& s, Report& r) { P::step(s, r); };

// What a step could have affected.
template <class D>
struct Affected {
    IdSet<VmaId> vmas;
    IdSet<MmId> mms;
    IdSet<AvcId> avcs;
    IdSet<AnonVmaId> anon_vmas;
    IdSet<FileId> files;
    IdSet<AddressSpaceId> address_spaces;
    IdSet<PageId> pages;
    IdSet<PteId> ptes;
    IdSet<VmaId> changed_vmas; // touched themselves, and live

    template <class F>
    void each_set(F&& f) {
        f(vmas), f(mms), f(avcs), f(anon_vmas), f(files), f(address_spaces), f(pages), f(ptes), f(changed_vmas);
    }
    void collect(const World<D>& world);

private:
    void add_vma(const World<D>& world, VmaId id);
    void add_avc(const World<D>& world, AvcId id);
};

template <class D>
void Affected<D>::add_vma(const World<D>& world, VmaId id) {
    const Vma<D>* vma = world.find(id);
    if (vma == nullptr) return;
    changed_vmas.add(id);
    vmas.add(id);
    vmas.add(vma->prev);
    vmas.add(vma->next);
    vmas.add(vma->rb.parent);
    vmas.add(vma->shared_rb.parent);
    mms.add(vma->mm);
    files.add(vma->file);
    anon_vmas.add(vma->anon_vma);
}

template <class D>
void Affected<D>::add_avc(const World<D>& world, AvcId id) {
    const Avc<D>* avc = world.find(id);
    if (avc == nullptr) return;
    avcs.add(id);
    avcs.add(avc->rb.parent);
    avcs.add(avc->newer);
    avcs.add(avc->older);
    anon_vmas.add(avc->anon_vma);
    vmas.add(avc->vma);
}

template <class D>
void Affected<D>::collect(const World<D>& world) {
    each_set([](auto& set) { set.clear(); });
    world.template each_touched<VmaId>([&](VmaId, VmaId after) { add_vma(world, after); });
    world.template each_touched<AvcId>([&](AvcId, AvcId after) { add_avc(world, after); });
    world.template each_touched<MmId>([&](MmId, MmId after) { mms.add(after); });
    world.template each_touched<AnonVmaId>([&](AnonVmaId, AnonVmaId after) { anon_vmas.add(after); });
    world.template each_touched<FileId>([&](FileId, FileId after) { files.add(after); });
    world.template each_touched<AddressSpaceId>(
        [&](AddressSpaceId, AddressSpaceId after) { address_spaces.add(after); });
    world.template each_touched<PageId>([&](PageId, PageId after) { pages.add(after); });
    world.template each_touched<PteId>([&](PteId, PteId after) { ptes.add(after); });
    each_set([](auto& set) { set.finish(); });
}

// Calls check(id, object) for each live object of a set.
template <class D, class IdType, class F>
void each_live(const World<D>& world, const IdSet<IdType>& ids, F&& check) {
    for (IdType id : ids)
        if (const auto* object = world.find(id)) check(id, *object);
}

// The VMA that contains a page of an address space, or nullptr.
template <class D>
const Vma<D>* vma_around(const World<D>& world, MmId mm, const Number<D>& page) {
    const Mm<D>* space = world.find(mm);
    if (space == nullptr) return nullptr;
    const VmaId id = find_vma(world, mm, page);
    if (!id || world[id].start > page) return nullptr;
    return &world[id];
}

// ---------------------------------------------------------------------------------------------------- counters

template <class D, class P>
struct CounterOf {
    using Owner = typename P::Owner;
    using Member = typename P::Member;
    static constexpr bool global = std::is_same_v<Owner, typename World<D>::Globals>;

    // One owner with what came and what went.
    struct Balance {
        Owner owner;
        Number<D> came;
        Number<D> went;
    };
    using Balances = boost::container::small_vector<Balance, 4>;

    static void after_step(const World<D>& world, Report& report) {
        if constexpr (global)
            global_after_step(world, report);
        else
            owned_after_step(world, report);
    }

    static void sweep(const World<D>& world, Report& report) {
        const Then<D> now(world, false);
        if constexpr (global) {
            Number<D> sum = 0;
            add_all(world, now, [&](const auto& member) { sum += P::share(now, member); });
            if (sum != P::counted(world.globals())) mismatch(P::counted(world.globals()), sum, "", report);
        } else {
            std::vector<Number<D>> sums(world.template pool<Owner>().slots(), Number<D>(0));
            add_all(world, now, [&](const auto& member) {
                const Owner owner = P::owner(now, member);
                if (owner && owner.index() < sums.size()) sums[owner.index()] += P::share(now, member);
            });
            world.template pool<Owner>().each([&](Owner id, const auto& object) {
                if (sums[id.index()] != P::counted(id, object))
                    mismatch(P::counted(id, object), sums[id.index()], owner_name(world, id), report);
            });
        }
    }

private:
    template <class F>
    static void add_all(const World<D>& world, const Then<D>&, F&& add) {
        world.template pool<Member>().each([&](Member, const auto& member) { add(member); });
    }

    static void global_after_step(const World<D>& world, Report& report) {
        const Then<D> then(world, true);
        const Then<D> now(world, false);
        Number<D> came = 0;
        Number<D> went = 0;
        world.template each_touched<Member>([&](Member before, Member after) {
            if (const auto* old = world.before(before)) went += P::share(then, *old);
            if (const auto* member = world.find(after)) came += P::share(now, *member);
        });
        const Number<D> counted = P::counted(world.globals()) + went;
        const Number<D> expected = P::counted(world.globals_before()) + came;
        if (counted != expected) mismatch(counted, expected, "", report);
    }

    static Balance& balance(Balances& balances, Owner owner) {
        for (Balance& each : balances)
            if (each.owner == owner) return each;
        balances.push_back({owner, 0, 0});
        return balances.back();
    }

    static void owned_after_step(const World<D>& world, Report& report) {
        const Then<D> then(world, true);
        const Then<D> now(world, false);
        Balances balances;
        world.template each_touched<Owner>([&](Owner, Owner after) {
            if (after) balance(balances, after);
        });
        world.template each_touched<Member>([&](Member before, Member after) {
            if (const auto* old = world.before(before))
                if (const Owner owner = P::owner(then, *old)) balance(balances, owner).went += P::share(then, *old);
            if (const auto* member = world.find(after))
                if (const Owner owner = P::owner(now, *member)) balance(balances, owner).came += P::share(now, *member);
        });
        for (const Balance& each : balances) {
            const auto* object = world.find(each.owner);
            if (object == nullptr) continue; // members that still name it are dangling references
            const auto* old = world.before(each.owner);
            const Number<D> counted = P::counted(each.owner, *object) + each.went;
            const Number<D> expected = (old != nullptr ? P::counted(each.owner, *old) : Number<D>(0)) + each.came;
            if (counted != expected) mismatch(counted, expected, owner_name(world, each.owner), report);
        }
    }

    static std::string owner_name(const World<D>& world, Owner owner) {
        if constexpr (std::is_same_v<Owner, MmId>)
            return fmt::format(" in process {}", slot_of(world, owner));
        else
            return fmt::format(" of {}", describe(owner));
    }

    static void mismatch(const Number<D>& counted, const Number<D>& expected, const std::string& whose, Report& report) {
        const std::int64_t off = static_cast<std::int64_t>(counted.value() - expected.value());
        report.add(P::info, "{}{} is {} by {}", P::info.name, whose, off > 0 ? "too large" : "too small",
                   off > 0 ? off : -off);
    }
};

} // namespace examine

// ---------------------------------------------------------------------------------------------------- the examiner

template <class D, class... P>
class Examiner final : public ExaminerBase<D> {
public:
    static constexpr std::array<PropertyInfo, sizeof...(P)> properties{P::info...};

    void step(const World<D>& world, const Op<D>& op, Report& report) override {
        for (const Violation& each : world.outcome().violations) report.add(each);
        try {
            affected_.collect(world);
            look_at_affected(world, report);
            look_at_pages(world, report);
            (counter_after_step<P>(world, report), ...);
            const Step<D> step{world, op, world.outcome()};
            (contract<P>(step, report), ...);
        } catch (const StepAbandoned& abandoned) {
            report.add(abandoned.violation); // a check ran into a freed object
        }
    }

    void sweep(const World<D>& world, Report& report) override {
        try {
            sweep_objects(world, report);
            (sweep_property<P>(world, report), ...);
        } catch (const StepAbandoned& abandoned) {
            report.add(abandoned.violation);
        }
    }

private:
    void look_at_affected(const World<D>& world, Report& report) {
        using namespace examine;
        each_live<D>(world, affected_.vmas, [&](VmaId id, const Vma<D>& vma) { (check_vma<P>(world, id, vma, report), ...); });
        each_live<D>(world, affected_.mms, [&](MmId id, const Mm<D>& mm) {
            (check_mm<P>(world, id, mm, report), ...);
            if (mm.map_count <= whole_limit) (check_whole_mm<P>(world, id, mm, report), ...);
        });
        each_live<D>(world, affected_.avcs, [&](AvcId id, const Avc<D>& avc) { (check_avc<P>(world, id, avc, report), ...); });
        each_live<D>(world, affected_.anon_vmas, [&](AnonVmaId id, const AnonVma& anon_vma) {
            (check_anon_vma<P>(world, id, anon_vma, report), ...);
            if (world.template pool<AvcId>().live() <= whole_limit) (check_whole_anon_vma<P>(world, id, anon_vma, report), ...);
        });
        each_live<D>(world, affected_.files, [&](FileId id, const File<D>& file) { (check_file<P>(world, id, file, report), ...); });
        each_live<D>(world, affected_.address_spaces, [&](AddressSpaceId id, const AddressSpace& mapping) {
            (check_address_space<P>(world, id, mapping, report), ...);
            if (world.template pool<VmaId>().live() <= whole_limit) (check_whole_i_mmap<P>(world, id, mapping, report), ...);
        });
        each_live<D>(world, affected_.pages, [&](PageId id, const Page<D>& page) { (check_page<P>(world, id, page, report), ...); });
    }

    // Present pages of the VMAs that changed, those that changed themselves, and those a VMA has left behind.
    void look_at_pages(const World<D>& world, Report& report) {
        if (!world.parameters().page_layer) return;
        for (VmaId id : affected_.changed_vmas) {
            const Vma<D>& vma = world[id];
            each_pte(world, vma.mm, vma.start, vma.end,
                     [&](const Pte<D>& pte) { (check_mapping<P>(world, vma, pte, report), ...); });
        }
        examine::each_live<D>(world, affected_.ptes, [&](PteId, const Pte<D>& pte) { look_at_pte(world, pte, report); });
        world.template each_touched<VmaId>([&](VmaId before, VmaId after) {
            const Vma<D>* old = world.before(before);
            if (old == nullptr || world.find(old->mm) == nullptr) return;
            const Vma<D>* vma = world.find(after);
            if (vma != nullptr && vma->start <= old->start && old->end <= vma->end) return;
            each_pte(world, old->mm, old->start, old->end, [&](const Pte<D>& pte) { look_at_pte(world, pte, report); });
        });
    }

    void look_at_pte(const World<D>& world, const Pte<D>& pte, Report& report) {
        if (const Vma<D>* vma = examine::vma_around(world, pte.mm, pte.address))
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
        world.template pool<VmaId>().each([&](VmaId id, const Vma<D>& vma) { (check_vma<P>(world, id, vma, report), ...); });
        world.template pool<MmId>().each([&](MmId id, const Mm<D>& mm) {
            (check_mm<P>(world, id, mm, report), ...);
            (check_whole_mm<P>(world, id, mm, report), ...);
        });
        world.template pool<AvcId>().each([&](AvcId id, const Avc<D>& avc) { (check_avc<P>(world, id, avc, report), ...); });
        world.template pool<AnonVmaId>().each([&](AnonVmaId id, const AnonVma& anon_vma) {
            (check_anon_vma<P>(world, id, anon_vma, report), ...);
            (check_whole_anon_vma<P>(world, id, anon_vma, report), ...);
        });
        world.template pool<FileId>().each([&](FileId id, const File<D>& file) { (check_file<P>(world, id, file, report), ...); });
        world.template pool<AddressSpaceId>().each([&](AddressSpaceId id, const AddressSpace& mapping) {
            (check_address_space<P>(world, id, mapping, report), ...);
            (check_whole_i_mmap<P>(world, id, mapping, report), ...);
        });
        world.template pool<PageId>().each([&](PageId id, const Page<D>& page) { (check_page<P>(world, id, page, report), ...); });
        world.template pool<PteId>().each([&](PteId, const Pte<D>& pte) { look_at_pte(world, pte, report); });
    }

    template <class Q>
    static void sweep_property(const World<D>& world, Report& report) {
        if constexpr (examine::Counts<Q>) examine::CounterOf<D, Q>::sweep(world, report);
        if constexpr (examine::ChecksWholeWorld<Q, D>) Q::whole_world(world, report);
    }
    template <class Q>
    static void counter_after_step(const World<D>& world, Report& report) {
        if constexpr (examine::Counts<Q>) examine::CounterOf<D, Q>::after_step(world, report);
    }
    template <class Q>
    static void contract(const Step<D>& step, Report& report) {
        if constexpr (examine::ChecksStep<Q, D>) Q::step(step, report);
    }
    template <class Q>
    static void check_vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        if constexpr (examine::ChecksVma<Q, D>) Q::vma(world, id, vma, report);
    }
    template <class Q>
    static void check_mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        if constexpr (examine::ChecksMm<Q, D>) Q::mm(world, id, mm, report);
    }
    template <class Q>
    static void check_whole_mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        if constexpr (examine::ChecksWholeMm<Q, D>) Q::whole_mm(world, id, mm, report);
    }
    template <class Q>
    static void check_avc(const World<D>& world, AvcId id, const Avc<D>& avc, Report& report) {
        if constexpr (examine::ChecksAvc<Q, D>) Q::avc(world, id, avc, report);
    }
    template <class Q>
    static void check_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if constexpr (examine::ChecksAnonVma<Q, D>) Q::anon_vma(world, id, anon_vma, report);
    }
    template <class Q>
    static void check_whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if constexpr (examine::ChecksWholeAnonVma<Q, D>) Q::whole_anon_vma(world, id, anon_vma, report);
    }
    template <class Q>
    static void check_file(const World<D>& world, FileId id, const File<D>& file, Report& report) {
        if constexpr (examine::ChecksFile<Q, D>) Q::file(world, id, file, report);
    }
    template <class Q>
    static void check_address_space(const World<D>& world, AddressSpaceId id, const AddressSpace& mapping, Report& report) {
        if constexpr (examine::ChecksAddressSpace<Q, D>) Q::address_space(world, id, mapping, report);
    }
    template <class Q>
    static void check_whole_i_mmap(const World<D>& world, AddressSpaceId id, const AddressSpace& mapping, Report& report) {
        if constexpr (examine::ChecksWholeIMmap<Q, D>) Q::whole_i_mmap(world, id, mapping, report);
    }
    template <class Q>
    static void check_page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        if constexpr (examine::ChecksPage<Q, D>) Q::page(world, id, page, report);
    }
    template <class Q>
    static void check_mapping(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        if constexpr (examine::ChecksMapping<Q, D>) Q::mapping(world, vma, pte, report);
    }
    template <class Q>
    static void check_stray(const World<D>& world, const Pte<D>& pte, Report& report) {
        if constexpr (examine::ChecksStray<Q, D>) Q::stray(world, pte, report);
    }

    examine::Affected<D> affected_;
};

} // namespace vmacheck
