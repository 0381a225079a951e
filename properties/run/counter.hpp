// Counters: a field that must be the sum of what its members share.
//
// After a step the change is checked: what was counted before plus the shares that came is what is counted now plus the
// shares that went. A check of the whole World compares the sum itself. A share is a function of its member, but not of
// the member's place in trees: VMAs and page-table entries of which only that has changed are not looked at.
//
// Counters that name the same `Family` have the same owner for each member, and are summed in one pass.
#pragma once

#include "properties/run/affected.hpp"
#include "properties/step/property.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <tuple>

namespace vmacheck::check {

template <class P>
concept Counts = requires {
    typename P::Owner;
    typename P::Member;
};

// Calls f(member before or nullptr, member after or nullptr) for the members of which something changed that counts.
template <class D, class Member, class F>
void each_change(const World<D>& world, const Affected<D>& affected, Changes counts, F&& f) {
    if constexpr (std::is_same_v<Member, VmaId>) {
        for (const auto& each : affected.vma_changes)
            if ((each.changes & counts) != 0) f(each.old, each.now);
    } else if constexpr (std::is_same_v<Member, PteId>) {
        for (const auto& each : affected.pte_changes) f(each.old, each.now);
    } else {
        world.template each_touched_object<Member>(
            [&](Member, const auto* old, Member, const auto* now) { f(old, now); });
    }
}

template <class D, class P>
struct CounterOf {
    using Owner = typename P::Owner;
    using Member = typename P::Member;
    static constexpr bool global = std::is_same_v<Owner, typename World<D>::Globals>;

    static void check_all(const World<D>& world, Report& report) {
        const StateView<D> now(world, false);
        if constexpr (global) {
            Number<D> sum = 0;
            add_all(world, now, [&](const auto& member) { sum += P::share(now, member); });
            const Number<D> counted = P::counted(world.globals());
            if (sum != counted) mismatch("is", counted, counted, sum, "", report);
        } else {
            std::vector<Number<D>> sums(world.template pool<Owner>().slots(), Number<D>(0));
            add_all(world, now, [&](const auto& member) {
                const Owner owner = P::owner(now, member);
                if (owner && owner.index() < sums.size()) sums[owner.index()] += P::share(now, member);
            });
            world.template pool<Owner>().each([&](Owner id, const auto& object) {
                if (sums[id.index()] != P::counted(id, object))
                    mismatch("is", held(id, object), P::counted(id, object), sums[id.index()], owner_name(world, id),
                             report);
            });
        }
    }

    static void after_step_of_globals(const World<D>& world, const Affected<D>& affected, Report& report) {
        const StateView<D> then(world, true);
        const StateView<D> now(world, false);
        Number<D> came = 0;
        Number<D> went = 0;
        each_change<D, Member>(world, affected, reads_of<P>, [&](const auto* old, const auto* member) {
            if (old != nullptr) went += P::share(then, *old);
            if (member != nullptr) came += P::share(now, *member);
        });
        const Number<D> counted = P::counted(world.globals()) + went;
        const Number<D> expected = P::counted(world.globals_before()) + came;
        if (counted != expected) mismatch("is", P::counted(world.globals()), counted, expected, "", report);
    }

    // For findings.
    static std::string owner_name(const World<D>& world, Owner owner) {
        if constexpr (std::is_same_v<Owner, MmId>)
            return fmt::format(" of process {}", slot_of(world, owner));
        else
            return fmt::format(" of {}", describe(owner));
    }

    // What the field of the owner holds.
    template <class Object>
    static Number<D> held(Owner owner, const Object& object) {
        if constexpr (requires { P::held(object); })
            return P::held(object);
        else
            return P::counted(owner, object);
    }

    // holds: what the field holds; counted and expected: the two sides of the comparison.
    static void mismatch(std::string_view is, const Number<D>& holds, const Number<D>& counted,
                         const Number<D>& expected, const std::string& whose, Report& report) {
        const auto off = static_cast<std::int64_t>(counted.value() - expected.value());
        const auto actual = static_cast<std::int64_t>(holds.value());
        std::string amount = fmt::format("{}", actual);
        if constexpr (requires { P::unit; }) amount += fmt::format(" {}{}", P::unit, actual == 1 ? "" : "s");
        report.add(P::info, "{}{} {} {}, expected {}", P::field, whose, is, amount, actual - off);
    }

private:
    template <class F>
    static void add_all(const World<D>& world, const StateView<D>&, F&& add) {
        world.template pool<Member>().each([&](Member, const auto& member) { add(member); });
    }
};

// The family of a counter: what it names, or itself. On symbolic numbers each is summed by itself, so that what one
// compares does not depend on what another compared (begin_check).
template <class D, class P>
struct FamilyOf {
    using type = P;
};
template <class P>
requires requires {
    typename P::Family;
}
struct FamilyOf<Plain, P> {
    using type = typename P::Family;
};

// The check of one family after a step; each of P is a counter of it.
template <class D, class Members>
struct FamilyAfterStep;
template <class D, class... P>
struct FamilyAfterStep<D, std::tuple<P...>> {
    using First = std::tuple_element_t<0, std::tuple<P...>>;
    using Owner = typename First::Owner;
    using Member = typename First::Member;
    using Object = typename ObjectOf<D, Owner>::type;
    using Sums = std::array<Number<D>, sizeof...(P)>;

    // One owner with what came and what went.
    struct Balance {
        Owner owner;
        const Object* old;
        const Object* now;
        Sums came{};
        Sums went{};
    };
    using Balances = boost::container::small_vector<Balance, 4>;

    static void check(const World<D>& world, const Affected<D>& affected, Report& report) {
        Balances balances;
        world.template each_touched_object<Owner>([&](Owner was, const Object* old, Owner is, const Object* now) {
            const bool stayed = was == is;
            if (is) balances.push_back({is, stayed ? old : nullptr, now});
            if (was && !stayed) balances.push_back({was, old, nullptr});
        });
        if (changed_of_members(affected)) sum(world, affected, balances);
        std::size_t at = 0;
        (check_each<P>(world, balances, at++, report), ...);
    }

private:
    static constexpr Changes reads = (reads_of<P> | ...);

    // Whether a member came, went, or changed in what a share or an owner is made of.
    static bool changed_of_members(const Affected<D>& affected) {
        if constexpr (std::is_same_v<Member, VmaId>)
            return (affected.of_vmas & reads) != 0;
        else
            return true;
    }

    static void sum(const World<D>& world, const Affected<D>& affected, Balances& balances) {
        const StateView<D> then(world, true);
        const StateView<D> now(world, false);
        each_change<D, Member>(world, affected, reads, [&](const auto* old, const auto* member) {
            if (old != nullptr)
                if (const Owner owner = First::owner(then, *old))
                    add_shares(balance(world, balances, owner).went, then, *old);
            if (member != nullptr)
                if (const Owner owner = First::owner(now, *member))
                    add_shares(balance(world, balances, owner).came, now, *member);
        });
    }
    template <class Object>
    static void add_shares(Sums& sums, const StateView<D>& view, const Object& member) {
        std::size_t at = 0;
        ((sums[at++] += P::share(view, member)), ...);
    }
    static Balance& balance(const World<D>& world, Balances& balances, Owner owner) {
        for (Balance& each : balances)
            if (each.owner == owner) return each;
        balances.push_back({owner, world.before(owner), world.find(owner)});
        return balances.back();
    }

    template <class Q>
    static void check_each(const World<D>& world, const Balances& balances, std::size_t at, Report& report) {
        for (const Balance& each : balances) {
            using Counter = CounterOf<D, Q>;
            if (each.now == nullptr && each.old == nullptr) continue;
            if (each.now == nullptr) {
                const Number<D> counted = Q::counted(each.owner, *each.old) + each.came[at];
                if (counted != each.went[at])
                    Counter::mismatch("when it was freed was", Counter::held(each.owner, *each.old), counted,
                                      each.went[at], Counter::owner_name(world, each.owner), report);
                continue;
            }
            const Number<D> counted = Q::counted(each.owner, *each.now) + each.went[at];
            const Number<D> expected =
                (each.old != nullptr ? Q::counted(each.owner, *each.old) : Number<D>(0)) + each.came[at];
            if (counted != expected)
                Counter::mismatch("is", Counter::held(each.owner, *each.now), counted, expected,
                                  Counter::owner_name(world, each.owner), report);
        }
    }
};

// The checks of the counters among these properties after a step, in their order; those of a family where its first is.
template <class D, class... P>
struct CountersAfterStep {
    static void check(const World<D>& world, const Affected<D>& affected, Report& report) {
        (check_from<P>(world, affected, report), ...);
    }

private:
    template <class Q>
    static constexpr bool is_global = std::is_same_v<typename Q::Owner, typename World<D>::Globals>;
    template <class Q, class Other>
    static constexpr bool same_family =
        Counts<Other>&& std::is_same_v<typename FamilyOf<D, Q>::type, typename FamilyOf<D, Other>::type>;
    template <class Q>
    using FamilyOfQ = decltype(std::tuple_cat(std::conditional_t<same_family<Q, P>, std::tuple<P>, std::tuple<>>{}...));

    template <class Q>
    static void check_from(const World<D>& world, const Affected<D>& affected, Report& report) {
        if constexpr (Counts<Q>) {
            if constexpr (is_global<Q>) {
                begin_check<D>();
                CounterOf<D, Q>::after_step_of_globals(world, affected, report);
            } else if constexpr (std::is_same_v<Q, std::tuple_element_t<0, FamilyOfQ<Q>>>) {
                begin_check<D>();
                FamilyAfterStep<D, FamilyOfQ<Q>>::check(world, affected, report);
            }
        }
    }
};

}  // namespace vmacheck::check
