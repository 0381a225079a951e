#include "checker/smt/prove/scenario_parts.hpp"

#include <fmt/format.h>

namespace vmacheck::prove {
namespace {

Scenario in_tree(std::string name, const TreeShape& shape, const Profile& profile, FaultSet faults) {
    Scenario scenario;
    scenario.name = std::move(name);
    scenario.parameters = std::make_shared<const Parameters>(neighbourhood_parameters());
    scenario.profile = &profile;
    scenario.faults = faults;
    scenario.vmas.assign(shape.nodes.size(), bystander());
    scenario.shape = shape;
    return scenario;
}

}  // namespace

// munmap of any part of the VMA erases its node, moves one end, or adds a second node next to it; mmap into a gap
// adds a node there. So a node is removed from and added at each place of each tree.
std::vector<Scenario> tree_scenarios(Scope scope, const Profile& profile, FaultSet faults) {
    std::vector<Scenario> all;
    const std::size_t largest = scope == Scope::whole ? 8 : 4;
    Op<Plain> map = operation(OpKind::mmap);
    map.prot = prot::read | prot::write;
    map.flags = map::private_ | map::anonymous | map::fixed;
    for (std::size_t nodes = 1; nodes <= largest; ++nodes) {
        std::size_t number = 0;
        for (const TreeShape& shape : tree_shapes(nodes)) {
            const std::string tree = fmt::format("tree {} of {}", ++number, nodes);
            for (std::size_t place = 0; place <= nodes; ++place) {
                if (place < nodes) {
                    Scenario erase = in_tree(fmt::format("{}, munmap at {}", tree, place), shape, profile, faults);
                    erase.op = operation(OpKind::munmap);
                    erase.place = Place::inside;
                    erase.first = erase.last = place;
                    all.push_back(std::move(erase));
                }
                Scenario insert = in_tree(fmt::format("{}, mmap at {}", tree, place), shape, profile, faults);
                insert.op = map;
                insert.place = Place::hole;
                insert.first = insert.last = place;
                all.push_back(std::move(insert));
            }
        }
    }
    return all;
}

std::vector<Scenario> search_scenarios(Scope scope, const Profile& profile, FaultSet faults) {
    std::vector<Scenario> all;
    const std::size_t largest = scope == Scope::whole ? 6 : 3;
    const std::size_t with_stack = scope == Scope::whole ? 3 : 2;  // one of the VMAs is a stack with its guard gap
    Op<Plain> map = operation(OpKind::mmap);
    map.prot = prot::read | prot::write;
    map.flags = map::private_ | map::anonymous;
    for (std::size_t nodes = 1; nodes <= largest; ++nodes) {
        std::size_t number = 0;
        for (const TreeShape& shape : tree_shapes(nodes)) {
            ++number;
            for (const bool upwards : {false, true})
                for (std::size_t stack = nodes <= with_stack ? 0 : nodes; stack <= nodes; ++stack) {
                    Scenario search =
                        in_tree(fmt::format("search {}wards, tree {} of {}", upwards ? "up" : "down", number, nodes),
                                shape, profile, faults);
                    Parameters p = *search.parameters;
                    p.bottom_up = upwards;
                    search.parameters = std::make_shared<const Parameters>(p);
                    if (stack < nodes) {
                        search.name += fmt::format(", VMA {} a stack", stack);
                        search.vmas[stack].alternatives.front().flags |= vm::growsdown;
                    }
                    search.op = map;
                    search.place = Place::search;
                    all.push_back(std::move(search));
                }
        }
    }
    return all;
}

}  // namespace vmacheck::prove
