#include "checker/smt/prove/symbolise.hpp"

#include "model/accounting.hpp"
#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"

#include <algorithm>

namespace vmacheck::prove {
namespace {

// Ids of a tree, children before parents.
template <class IdType, class LinksOf>
void bottom_up(IdType node, const LinksOf& links_of, std::vector<IdType>& order) {
    if (!node) return;
    bottom_up(links_of(node).left, links_of, order);
    bottom_up(links_of(node).right, links_of, order);
    order.push_back(node);
}

// Nodes were inserted by rising id, equal keys after existing ones. So whether a later node has a smaller key than an
// earlier one, for all pairs, determines the shape of the tree. Which pairs are compared does not depend on that.
template <class IdType, class KeyOf>
void record_order(std::vector<IdType> nodes, const KeyOf& key_of) {
    std::sort(nodes.begin(), nodes.end(), [](IdType a, IdType b) { return a.index() < b.index(); });
    for (std::size_t later = 1; later < nodes.size(); ++later)
        for (std::size_t earlier = 0; earlier < later; ++earlier) (void)(key_of(nodes[later]) < key_of(nodes[earlier]));
}

void set_keys(World<Traced>& world) {
    world.pool<VmaId>().each([&](VmaId id, const Vma<Traced>& vma) {
        if (!vma.in_i_mmap) return;
        IntervalNode<Traced>& node = world.change(id).shared;
        node.first = vma.pgoff;
        node.last = node.subtree_last = last_pgoff(vma);
    });
    world.pool<AvcId>().each([&](AvcId id, const Avc<Traced>& avc) {
        IntervalNode<Traced>& node = world.change(id).interval;
        node.first = world[avc.vma].pgoff;
        node.last = node.subtree_last = last_pgoff(world[avc.vma]);
    });
}

void set_interval_trees(World<Traced>& world) {
    set_keys(world);
    world.pool<AddressSpaceId>().each([&](AddressSpaceId, const AddressSpace<Traced>& mapping) {
        const auto links = [&](VmaId id) { return world[id].shared_rb; };
        std::vector<VmaId> order;
        bottom_up(mapping.i_mmap, links, order);
        record_order(order, [&](VmaId id) -> const TracedNumber& { return world[id].shared.first; });
        for (const VmaId id : order) world.change(id).shared.subtree_last = computed_subtree_last(world, world[id]);
    });
    world.pool<AnonVmaId>().each([&](AnonVmaId, const AnonVma& anon_vma) {
        const auto links = [&](AvcId id) { return world[id].rb; };
        std::vector<AvcId> order;
        bottom_up(anon_vma.rb_root, links, order);
        record_order(order, [&](AvcId id) -> const TracedNumber& { return world[id].interval.first; });
        for (const AvcId id : order) world.change(id).interval.subtree_last = computed_subtree_last(world, world[id]);
    });
}

void set_shape(World<Traced>& world, MmId mm, const TreeShape& shape) {
    std::vector<VmaId> ids;
    world.each_vma(mm, [&](VmaId id, const Vma<Traced>&) { ids.push_back(id); });
    const auto id_of = [&](std::size_t node) { return node == TreeShape::none ? VmaId() : ids.at(node); };
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const TreeShape::Node& node = shape.nodes.at(i);
        world.change(ids[i]).rb = {id_of(node.parent), id_of(node.left), id_of(node.right), node.red};
    }
    world.change(mm).rb_root = id_of(shape.root);
}

void set_gaps(World<Traced>& world, MmId mm) {
    std::vector<VmaId> order;
    bottom_up(
        world[mm].rb_root, [&](VmaId id) { return world[id].rb; }, order);
    for (const VmaId id : order) world.change(id).subtree_gap = computed_subtree_gap(world, world[id]);
    const VmaId last = last_vma(world, mm);
    world.change(mm).highest_vm_end =
        last ? vm_end_gap(world[last], world.parameters().stack_guard_gap) : TracedNumber(0);
}

// As the builder counts them.
void set_counters(World<Traced>& world, MmId mm) {
    Mm<Traced>& space = world.change(mm);
    for (TracedNumber* each : {&space.total_vm, &space.data_vm, &space.exec_vm, &space.stack_vm, &space.locked_vm})
        *each = 0;
    world.change_globals().committed = 0;
    world.each_vma(mm, [&](VmaId, const Vma<Traced>& vma) {
        vm_stat_account(world, mm, vma.flags, pages(vma), true);
        if ((vma.flags & vm::locked) != 0) space.locked_vm += pages(vma);
        if ((vma.flags & vm::account) != 0) charge_commit_unchecked(world, pages(vma));
    });
    space.hiwater_vm = space.total_vm;
}

}  // namespace

void symbolise_world(World<Traced>& world, MmId mm, const std::vector<VmaNumbers<Traced>>& numbers,
                     const Bytes<Traced>& brk, const TreeShape* shape) {
    world.edit([&](World<Traced>& w) {
        auto each = numbers.begin();
        for (VmaId id = w[mm].mmap; id; id = w[id].next, ++each) {
            Vma<Traced>& vma = w.change(id);
            vma.start = each->start;
            vma.end = each->end;
            vma.pgoff = each->pgoff;
        }
        if (brk.page.value() != 0) w.change(mm).brk = brk;
        if (shape != nullptr) set_shape(w, mm, *shape);
        set_interval_trees(w);
        set_gaps(w, mm);
        set_counters(w, mm);
    });
}

}  // namespace vmacheck::prove
