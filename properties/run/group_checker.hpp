// Runs groups of properties on a World: after a step, on what the step could have affected; or on everything.
//
// After a step the objects to look at are those in the journal, and those whose predicates read them: the list
// neighbours and tree parents of touched nodes, the VMAs of touched AVCs, the present pages of touched VMAs. A counter
// is checked by its change: what was counted before plus the shares that came equals what is counted now plus the
// shares that went. So a checked step costs what the step cost, whatever the size of the World. Checks of a whole
// structure run after a step only while it has at most `whole_limit` nodes; a full sweep runs them always.
//
// Of an object only the properties are asked that read what changed of it (properties/step/changes.hpp). A step that
// touched nothing leaves every object and counter as it was, so only what is about the step itself is asked.
//
// What is reported first counts as the finding of a step, and groups are asked in their order for each object.
#pragma once

#include "properties/refinement/starting_maps.hpp"
#include "properties/run/property_checker.hpp"
#include "properties/run/property_group.hpp"

#include <array>
#include <memory>
#include <vector>

namespace vmacheck {

template <class D>
class GroupChecker : public PropertyChecker<D> {
public:
    using Groups = std::vector<std::unique_ptr<PropertyGroup<D>>>;
    explicit GroupChecker(Groups groups);

    void check_step(const World<D>& world, const Op<D>& op, Report& report) override;
    void start_from(const World<D>& world) override;
    void check_contracts(const World<D>& world, const Op<D>& op, Report& report) override;
    void check_all(const World<D>& world, Report& report) override;

private:
    using Group = PropertyGroup<D>;
    struct Asked {
        const Group* group;
        Changes reads;
    };
    // Calls (group.*function)(world, changes, arguments...) for each group that has something for it which reads any of
    // the changes.
    template <class... Parameters, class... Arguments>
    void ask(Look look, void (Group::*function)(const World<D>&, Changes, Parameters...) const, const World<D>& world,
             Changes changes, Arguments&... arguments) const {
        for (const Asked& each : asked_[static_cast<std::size_t>(look)])
            if ((each.reads & changes) != 0) (each.group->*function)(world, changes, arguments...);
    }
    void check_changes(const World<D>& world, Report& report);
    void check_affected(const World<D>& world, Report& report);
    void check_pages(const World<D>& world, Report& report);
    void check_mappers(const World<D>& world, PageId id, const Page<D>& old, const Page<D>& page, Report& report);
    void check_left_behind(const World<D>& world, const Vma<D>& old, const Vma<D>* now, Report& report);
    void check_pte(const World<D>& world, const Pte<D>& pte, Report& report);
    void check_objects(const World<D>& world, Report& report);

    Groups groups_;
    std::array<std::vector<Asked>, static_cast<std::size_t>(Look::count)> asked_;  // by Look
    Changes pages_read_ = 0;  // what is read of a VMA by what is called for its pages
    check::Affected<D> affected_;
    StartingMaps<D> start_;
};

extern template class GroupChecker<Plain>;
extern template class GroupChecker<Traced>;

// A checker of these properties alone.
template <class D, class... P>
class PropertyCheckerOf final : public GroupChecker<D> {
public:
    static constexpr const auto& properties = PropertyGroupOf<D, P...>::infos;
    PropertyCheckerOf() : GroupChecker<D>(groups()) {}

private:
    static typename GroupChecker<D>::Groups groups() {
        typename GroupChecker<D>::Groups one;
        one.push_back(std::make_unique<PropertyGroupOf<D, P...>>());
        return one;
    }
};

}  // namespace vmacheck
