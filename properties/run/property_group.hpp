// Some properties as one object, so that they can be compiled apart from the others and from what calls them.
//
// PropertyGroup is the interface, PropertyGroupOf<D, P...> the group of these properties. Which functions a property
// has decides what it is called for (properties/step/property.hpp).
#pragma once

#include "properties/run/affected.hpp"
#include "properties/run/counter.hpp"
#include "properties/step/property.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace vmacheck {

// What a property can be called for, apart from sweeps.
enum class Look : std::uint8_t {
    vma,
    node,
    mm,
    whole_mm,
    avc,
    anon_vma,
    whole_anon_vma,
    file,
    address_space,
    whole_i_mmap,
    page,
    swap,
    mapped_page,
    unmapped_pte,
    contract,
    count,
};

template <class D>
class PropertyGroup {
public:
    using W = World<D>;
    virtual ~PropertyGroup() = default;
    [[nodiscard]] virtual std::span<const PropertyInfo> properties() const = 0;
    // What its properties read that are called for this; if nothing, there are none, and the function does nothing.
    [[nodiscard]] virtual Changes reads(Look look) const = 0;

    // changes: of the object; changed::anything where every property is to be called.
    virtual void vma(const W& world, Changes changes, VmaId id, const Vma<D>& vma, Report& report) const = 0;
    virtual void node(const W& world, Changes changes, VmaId id, const Vma<D>& vma, Report& report) const = 0;
    virtual void mm(const W& world, Changes changes, MmId id, const Mm<D>& mm, Report& report) const = 0;
    virtual void whole_mm(const W& world, Changes changes, MmId id, const Mm<D>& mm, Report& report) const = 0;
    virtual void avc(const W& world, Changes changes, AvcId id, const Avc<D>& avc, Report& report) const = 0;
    virtual void anon_vma(const W& world, Changes changes, AnonVmaId id, const AnonVma& anon_vma,
                          Report& report) const = 0;
    virtual void whole_anon_vma(const W& world, Changes changes, AnonVmaId id, const AnonVma& anon_vma,
                                Report& report) const = 0;
    virtual void file(const W& world, Changes changes, FileId id, const File<D>& file, Report& report) const = 0;
    virtual void address_space(const W& world, Changes changes, AddressSpaceId id, const AddressSpace<D>& space,
                               Report& report) const = 0;
    virtual void whole_i_mmap(const W& world, Changes changes, AddressSpaceId id, const AddressSpace<D>& space,
                              Report& report) const = 0;
    virtual void page(const W& world, Changes changes, PageId id, const Page<D>& page, Report& report) const = 0;
    virtual void swap(const W& world, Changes changes, SwapId id, const SwapSlot& slot, Report& report) const = 0;
    // changes: of the VMA.
    virtual void mapped_page(const W& world, Changes changes, const Vma<D>& vma, const Pte<D>& pte,
                             Report& report) const = 0;
    virtual void unmapped_pte(const W& world, Changes changes, const Pte<D>& pte, Report& report) const = 0;

    // Counters by their change; then whatever looks at the step, or of that only what is about the step itself.
    virtual void counters(const W& world, const check::Affected<D>& affected, Report& report) const = 0;
    virtual void step(const Step<D>& step, Report& report) const = 0;
    virtual void contracts(const Step<D>& step, Report& report) const = 0;
    // Counters by their sum, and what is said of the World as a whole.
    virtual void check_all(const W& world, Report& report) const = 0;
};

template <class D, class... P>
class PropertyGroupOf final : public PropertyGroup<D> {
public:
    using W = World<D>;
    static constexpr std::array<PropertyInfo, sizeof...(P)> infos{P::info...};

    [[nodiscard]] std::span<const PropertyInfo> properties() const override { return infos; }
    [[nodiscard]] Changes reads(Look look) const override { return reads_by_look[static_cast<std::size_t>(look)]; }

    void vma(const W& w, Changes c, VmaId id, const Vma<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::vma(w, id, o, r)) { Q::vma(w, id, o, r); });
    }
    void node(const W& w, Changes c, VmaId id, const Vma<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::node(w, id, o, r)) { Q::node(w, id, o, r); });
    }
    void mm(const W& w, Changes c, MmId id, const Mm<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::mm(w, id, o, r)) { Q::mm(w, id, o, r); });
    }
    void whole_mm(const W& w, Changes c, MmId id, const Mm<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::whole_mm(w, id, o, r)) { Q::whole_mm(w, id, o, r); });
    }
    void avc(const W& w, Changes c, AvcId id, const Avc<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::avc(w, id, o, r)) { Q::avc(w, id, o, r); });
    }
    void anon_vma(const W& w, Changes c, AnonVmaId id, const AnonVma& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::anon_vma(w, id, o, r)) { Q::anon_vma(w, id, o, r); });
    }
    void whole_anon_vma(const W& w, Changes c, AnonVmaId id, const AnonVma& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::whole_anon_vma(w, id, o, r)) { Q::whole_anon_vma(w, id, o, r); });
    }
    void file(const W& w, Changes c, FileId id, const File<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::file(w, id, o, r)) { Q::file(w, id, o, r); });
    }
    void address_space(const W& w, Changes c, AddressSpaceId id, const AddressSpace<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::address_space(w, id, o, r)) { Q::address_space(w, id, o, r); });
    }
    void whole_i_mmap(const W& w, Changes c, AddressSpaceId id, const AddressSpace<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::whole_i_mmap(w, id, o, r)) { Q::whole_i_mmap(w, id, o, r); });
    }
    void page(const W& w, Changes c, PageId id, const Page<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::page(w, id, o, r)) { Q::page(w, id, o, r); });
    }
    void swap(const W& w, Changes c, SwapId id, const SwapSlot& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::swap(w, id, o, r)) { Q::swap(w, id, o, r); });
    }
    void mapped_page(const W& w, Changes c, const Vma<D>& v, const Pte<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::mapped_page(w, v, o, r)) { Q::mapped_page(w, v, o, r); });
    }
    void unmapped_pte(const W& w, Changes c, const Pte<D>& o, Report& r) const override {
        each_reading(c, [&]<class Q>() -> decltype(Q::unmapped_pte(w, o, r)) { Q::unmapped_pte(w, o, r); });
    }
    void counters(const W& w, const check::Affected<D>& a, Report& r) const override {
        check::CountersAfterStep<D, P...>::check(w, a, r);
    }
    void step(const Step<D>& s, Report& r) const override {
        each([&]<class Q>() -> decltype(Q::step(s, r)) { look_at<Q>(s, r); });
    }
    // A counter with a step() says something of the state that the step leads to, and is left out.
    void contracts(const Step<D>& s, Report& r) const override {
        each([&]<class Q>() -> std::enable_if_t<is_contract<Q>, decltype(Q::step(s, r))> { look_at<Q>(s, r); });
    }
    void check_all(const W& w, Report& r) const override { (check_all_of<P>(w, r), ...); }

private:
    template <class Q>
    static constexpr bool is_contract =
        Q::info.kind == PropertyKind::contract || Q::info.kind == PropertyKind::refinement;
    template <class Q>
    static constexpr bool of_changes = requires {
        requires Q::of_changes;
    };
    template <class Q>
    static constexpr bool of_interleaved = requires {
        requires Q::of_interleaved;
    };

    template <class Q>
    static void look_at(const Step<D>& step, Report& report) {
        if constexpr (is_contract<Q> && !of_interleaved<Q>)
            if (step.interleaved()) [[unlikely]]
                return;
        if (!of_changes<Q> || step.touched) Q::step(step, report);
    }

    // Calls f of each property for which it is well formed.
    template <class F>
    static void each(const F& f) {
        (call<P>(f), ...);
    }
    // The same for those that read any of this.
    template <class F>
    static void each_reading(Changes changes, const F& f) {
        const auto call_if = [&]<class Q>() {
            if ((reads_of<Q> & changes) != 0) call<Q>(f);
        };
        (call_if.template operator()<P>(), ...);
    }
    template <class Q, class F>
    static void call(const F& f) {
        if constexpr (requires { f.template operator()<Q>(); }) {
            begin_check<D>();
            f.template operator()<Q>();
        }
    }
    template <class Q>
    static void check_all_of(const W& world, Report& report) {
        call<Q>(
            [&]<class R>() -> std::enable_if_t<check::Counts<R>> { check::CounterOf<D, R>::check_all(world, report); });
        call<Q>([&]<class R>() -> decltype(R::whole_world(world, report)) { R::whole_world(world, report); });
    }

    using ReadsByLook = std::array<Changes, static_cast<std::size_t>(Look::count)>;
    template <class Q>
    static constexpr void add_reads(ReadsByLook& reads) {
        const auto add = [&](Look look, bool has) {
            if (has) reads[static_cast<std::size_t>(look)] |= reads_of<Q>;
        };
        add(
            Look::vma, requires { &Q::vma; });
        add(
            Look::node, requires { &Q::node; });
        add(
            Look::mm, requires { &Q::mm; });
        add(
            Look::whole_mm, requires { &Q::whole_mm; });
        add(
            Look::avc, requires { &Q::avc; });
        add(
            Look::anon_vma, requires { &Q::anon_vma; });
        add(
            Look::whole_anon_vma, requires { &Q::whole_anon_vma; });
        add(
            Look::file, requires { &Q::file; });
        add(
            Look::address_space, requires { &Q::address_space; });
        add(
            Look::whole_i_mmap, requires { &Q::whole_i_mmap; });
        add(
            Look::page, requires { &Q::page; });
        add(
            Look::swap, requires { &Q::swap; });
        add(
            Look::mapped_page, requires { &Q::mapped_page; });
        add(
            Look::unmapped_pte, requires { &Q::unmapped_pte; });
        add(
            Look::contract, is_contract<Q> && requires { &Q::step; });
    }
    static constexpr ReadsByLook reads_by_look = [] {
        ReadsByLook reads{};
        (add_reads<P>(reads), ...);
        return reads;
    }();
};

}  // namespace vmacheck
