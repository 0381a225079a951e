// Counters: a field that must be the sum of what its members share.
//
// After a step the change is checked: what was counted before plus the shares that came is what is counted now plus the
// shares that went. A check of the whole World compares the sum itself. A share is a function of its member, but not of
// the member's place in trees: VMAs and page-table entries of which only that has changed are not looked at.
#pragma once

#include "properties/run/affected.hpp"
#include "properties/step/property.hpp"

#include <boost/container/small_vector.hpp>

namespace vmacheck::check {

template <class P>
concept Counts = requires {
    typename P::Owner;
    typename P::Member;
};

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

    static void after_step(const World<D>& world, const Affected<D>& affected, Report& report) {
        if constexpr (global)
            global_after_step(world, affected, report);
        else
            owned_after_step(world, affected, report);
    }

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

private:
    template <class F>
    static void add_all(const World<D>& world, const StateView<D>&, F&& add) {
        world.template pool<Member>().each([&](Member, const auto& member) { add(member); });
    }

    // Calls f(member before or nullptr, member after or nullptr).
    template <class F>
    static void each_change(const World<D>& world, const Affected<D>& affected, F&& f) {
        if constexpr (std::is_same_v<Member, VmaId>) {
            for (const auto& each : affected.vma_changes) f(each.old, each.now);
        } else if constexpr (std::is_same_v<Member, PteId>) {
            for (const auto& each : affected.pte_changes) f(each.old, each.now);
        } else {
            world.template each_touched<Member>(
                [&](Member before, Member after) { f(world.before(before), world.find(after)); });
        }
    }

    static void global_after_step(const World<D>& world, const Affected<D>& affected, Report& report) {
        const StateView<D> then(world, true);
        const StateView<D> now(world, false);
        Number<D> came = 0;
        Number<D> went = 0;
        each_change(world, affected, [&](const auto* old, const auto* member) {
            if (old != nullptr) went += P::share(then, *old);
            if (member != nullptr) came += P::share(now, *member);
        });
        const Number<D> counted = P::counted(world.globals()) + went;
        const Number<D> expected = P::counted(world.globals_before()) + came;
        if (counted != expected) mismatch("is", P::counted(world.globals()), counted, expected, "", report);
    }

    static Balance& balance(Balances& balances, Owner owner) {
        for (Balance& each : balances)
            if (each.owner == owner) return each;
        balances.push_back({owner, 0, 0});
        return balances.back();
    }

    static void owned_after_step(const World<D>& world, const Affected<D>& affected, Report& report) {
        const StateView<D> then(world, true);
        const StateView<D> now(world, false);
        Balances balances;
        world.template each_touched<Owner>([&](Owner before, Owner after) {
            if (after) balance(balances, after);
            if (before && before != after) balance(balances, before);
        });
        each_change(world, affected, [&](const auto* old, const auto* member) {
            if (old != nullptr)
                if (const Owner owner = P::owner(then, *old)) balance(balances, owner).went += P::share(then, *old);
            if (member != nullptr)
                if (const Owner owner = P::owner(now, *member)) balance(balances, owner).came += P::share(now, *member);
        });
        for (const Balance& each : balances) {
            const auto* object = world.find(each.owner);
            const auto* old = world.before(each.owner);
            if (object == nullptr) {
                if (old == nullptr) continue;
                const Number<D> counted = P::counted(each.owner, *old) + each.came;
                if (counted != each.went)
                    mismatch("when it was freed was", held(each.owner, *old), counted, each.went,
                             owner_name(world, each.owner), report);
                continue;
            }
            const Number<D> counted = P::counted(each.owner, *object) + each.went;
            const Number<D> expected = (old != nullptr ? P::counted(each.owner, *old) : Number<D>(0)) + each.came;
            if (counted != expected)
                mismatch("is", held(each.owner, *object), counted, expected, owner_name(world, each.owner), report);
        }
    }

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
};

}  // namespace vmacheck::check
