#include "model/interval_tree.hpp"

#include "model/faults/trees.hpp"

namespace vmacheck {
namespace {

// What the two trees share: a node with an IntervalNode and TreeLinks. Derived supplies interval_of(object),
// links_of(object), root.
template <class D, class Id, class Self>
struct IntervalLinks {
    using IdType = Id;
    World<D>& world;

    const auto& at(Id id) const { return world[id]; }
    auto& change(Id id) { return world.change(id); }
    bool update(Id id, const auto& object) {
        Number<D> last = computed_subtree_last(world, object);
        const Number<D>& cached = Self::interval_of(object).subtree_last;
        if (identical(last, cached)) return false;
        if (world.has_fault(faults::interval_last_kept) && last < cached) return false;
        Self::interval_of(world.change(id)).subtree_last = std::move(last);
        return true;
    }
    void inherit(auto& to, const auto& from) {
        if (!identical(Self::interval_of(to).subtree_last, Self::interval_of(from).subtree_last))
            Self::interval_of(to).subtree_last = Self::interval_of(from).subtree_last;
    }
    void visit() const { world.visit_tree_node(); }
    bool has_fault(Fault fault) const { return world.has_fault(fault); }
};

template <class D>
struct IMmapLinks : IntervalLinks<D, VmaId, IMmapLinks<D>> {
    AddressSpaceId mapping;
    IMmapLinks(World<D>& w, AddressSpaceId m) : IntervalLinks<D, VmaId, IMmapLinks<D>>{w}, mapping(m) {}
    static auto& links_of(auto& vma) { return vma.shared_rb; }
    static auto& interval_of(auto& vma) { return vma.shared; }
    VmaId root() const { return this->world[mapping].i_mmap; }
    void set_root(VmaId id) { this->world.change(mapping).i_mmap = id; }
};

template <class D>
struct AnonLinks : IntervalLinks<D, AvcId, AnonLinks<D>> {
    AnonVmaId anon_vma;
    AnonLinks(World<D>& w, AnonVmaId a) : IntervalLinks<D, AvcId, AnonLinks<D>>{w}, anon_vma(a) {}
    static auto& links_of(auto& avc) { return avc.rb; }
    static auto& interval_of(auto& avc) { return avc.interval; }
    AvcId root() const { return this->world[anon_vma].rb_root; }
    void set_root(AvcId id) { this->world.change(anon_vma).rb_root = id; }
};

// Sets the node's key and links it: equal keys go to the right, as in the kernel's interval tree template.
template <class D, class Links, class Id>
void insert(World<D>& world, Links links, Id node, const Vma<D>& keyed_by) {
    IntervalNode<D>& interval = Links::interval_of(world.change(node));
    interval.first = keyed_by.pgoff;
    interval.last = last_pgoff(keyed_by);
    interval.subtree_last = interval.last;
    Id parent;
    bool as_left = false;
    for (Id place = links.root(); place;) {
        world.visit_tree_node();
        parent = place;
        const auto& object = world[place];
        as_left = interval.first < Links::interval_of(object).first;
        place = as_left ? Links::links_of(object).left : Links::links_of(object).right;
    }
    AugmentedTree<Links>(links).insert(node, parent, as_left);
}

template <class D, class Links, class Id>
void lookup(const World<D>& world, Id node, const Number<D>& first, const Number<D>& last, std::vector<Id>& found) {
    if (!node) return;
    world.visit_tree_node();
    const auto& object = world[node];
    const IntervalNode<D>& interval = Links::interval_of(object);
    if (interval.subtree_last < first) return;
    lookup<D, Links>(world, Links::links_of(object).left, first, last, found);
    if (interval.first > last) return;
    if (interval.last >= first) found.push_back(node);
    lookup<D, Links>(world, Links::links_of(object).right, first, last, found);
}

template <class D, class Links, class Object>
Number<D> recomputed_last(const World<D>& world, const Object& object) {
    Number<D> last = Links::interval_of(object).last;
    const auto& links = Links::links_of(object);
    if (links.left) last = max(last, Links::interval_of(world[links.left]).subtree_last);
    if (links.right) last = max(last, Links::interval_of(world[links.right]).subtree_last);
    return last;
}

}  // namespace

template <class D>
Number<D> computed_subtree_last(const World<D>& world, const Vma<D>& vma) {
    return recomputed_last<D, IMmapLinks<D>>(world, vma);
}

template <class D>
Number<D> computed_subtree_last(const World<D>& world, const Avc<D>& avc) {
    return recomputed_last<D, AnonLinks<D>>(world, avc);
}

template <class D>
void i_mmap_insert(World<D>& world, VmaId vma, AddressSpaceId mapping) {
    world.bug_on(world[vma].in_i_mmap, "VMA is already in an i_mmap");
    insert(world, IMmapLinks<D>(world, mapping), vma, world[vma]);
    world.change(vma).in_i_mmap = true;
}

template <class D>
void i_mmap_insert_after(World<D>& world, VmaId vma, AddressSpaceId mapping, VmaId after) {
    world.bug_on(world[vma].in_i_mmap, "VMA is already in an i_mmap");
    world.bug_on(!identical(world[vma].pgoff, world[after].pgoff), "insertion behind a VMA with another first offset");
    Vma<D>& node = world.change(vma);
    node.shared.first = node.pgoff;
    node.shared.last = last_pgoff(node);
    node.shared.subtree_last = node.shared.last;
    node.in_i_mmap = true;
    AugmentedTree<IMmapLinks<D>>(IMmapLinks<D>(world, mapping)).insert_after(vma, after);
}

template <class D>
void i_mmap_remove(World<D>& world, VmaId vma, AddressSpaceId mapping) {
    world.bug_on(!world[vma].in_i_mmap, "VMA is in no i_mmap");
    AugmentedTree<IMmapLinks<D>>(IMmapLinks<D>(world, mapping)).erase(vma);
    world.change(vma).in_i_mmap = false;
}

template <class D>
void anon_vma_interval_tree_insert(World<D>& world, AvcId avc) {
    const Avc<D>& node = world[avc];
    world.bug_on(node.in_tree, "anon_vma_chain is already in its tree");
    insert(world, AnonLinks<D>(world, node.anon_vma), avc, world[node.vma]);
    world.change(avc).in_tree = true;
}

template <class D>
void anon_vma_interval_tree_remove(World<D>& world, AvcId avc) {
    const Avc<D>& node = world[avc];
    world.bug_on(!node.in_tree, "anon_vma_chain is not in its tree");
    AugmentedTree<AnonLinks<D>>(AnonLinks<D>(world, node.anon_vma)).erase(avc);
    world.change(avc).in_tree = false;
}

template <class D>
std::vector<VmaId> i_mmap_lookup(const World<D>& world, AddressSpaceId mapping, const Number<D>& pgoff) {
    std::vector<VmaId> found;
    lookup<D, IMmapLinks<D>>(world, world[mapping].i_mmap, pgoff, pgoff, found);
    return found;
}

template <class D>
std::vector<VmaId> i_mmap_lookup(const World<D>& world, AddressSpaceId mapping, const Number<D>& first,
                                 const Number<D>& last) {
    std::vector<VmaId> found;
    lookup<D, IMmapLinks<D>>(world, world[mapping].i_mmap, first, last, found);
    return found;
}

template <class D>
std::vector<AvcId> anon_vma_lookup(const World<D>& world, AnonVmaId anon_vma, const Number<D>& pgoff) {
    std::vector<AvcId> found;
    lookup<D, AnonLinks<D>>(world, world[anon_vma].rb_root, pgoff, pgoff, found);
    return found;
}

template void i_mmap_insert(World<Plain>&, VmaId, AddressSpaceId);
template void i_mmap_insert_after(World<Plain>&, VmaId, AddressSpaceId, VmaId);
template void i_mmap_remove(World<Plain>&, VmaId, AddressSpaceId);
template void anon_vma_interval_tree_insert(World<Plain>&, AvcId);
template void anon_vma_interval_tree_remove(World<Plain>&, AvcId);
template std::vector<VmaId> i_mmap_lookup(const World<Plain>&, AddressSpaceId, const Number<Plain>&);
template std::vector<VmaId> i_mmap_lookup(const World<Plain>&, AddressSpaceId, const Number<Plain>&,
                                          const Number<Plain>&);
template std::vector<AvcId> anon_vma_lookup(const World<Plain>&, AnonVmaId, const Number<Plain>&);
template Number<Plain> computed_subtree_last(const World<Plain>&, const Vma<Plain>&);
template Number<Plain> computed_subtree_last(const World<Plain>&, const Avc<Plain>&);
template void i_mmap_insert(World<Traced>&, VmaId, AddressSpaceId);
template void i_mmap_insert_after(World<Traced>&, VmaId, AddressSpaceId, VmaId);
template void i_mmap_remove(World<Traced>&, VmaId, AddressSpaceId);
template void anon_vma_interval_tree_insert(World<Traced>&, AvcId);
template void anon_vma_interval_tree_remove(World<Traced>&, AvcId);
template std::vector<VmaId> i_mmap_lookup(const World<Traced>&, AddressSpaceId, const Number<Traced>&);
template std::vector<VmaId> i_mmap_lookup(const World<Traced>&, AddressSpaceId, const Number<Traced>&,
                                          const Number<Traced>&);
template std::vector<AvcId> anon_vma_lookup(const World<Traced>&, AnonVmaId, const Number<Traced>&);
template Number<Traced> computed_subtree_last(const World<Traced>&, const Vma<Traced>&);
template Number<Traced> computed_subtree_last(const World<Traced>&, const Avc<Traced>&);

}  // namespace vmacheck
