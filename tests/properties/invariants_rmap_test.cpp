// Damages of anon_vmas, their chains and interval trees, and dangling names.
#include "tests/properties/invariant_damage.hpp"

namespace vmacheck {
namespace {

template <class D>
AvcId newest(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world[vma_at(world, page, slot)].chain_newest;
}
template <class D>
AvcId oldest(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world[vma_at(world, page, slot)].chain_oldest;
}

// One more element at the newest end of a VMA's chain, in no tree.
template <class D>
AvcId lengthen(World<D>& world, VmaId vma, AnonVmaId anon_vma) {
    const AvcId id = world.template allocate<AvcId>();
    Avc<D>& avc = world.change(id);
    avc.vma = vma;
    avc.anon_vma = anon_vma;
    avc.older = world[vma].chain_newest;
    avc.in_tree = true;
    avc.interval = world[world[vma].chain_newest].interval;
    world.change(world[vma].chain_newest).newer = id;
    world.change(vma).chain_newest = id;
    return id;
}

// The chain of a VMA that has two elements, the other way round.
template <class D>
void reverse_chain(World<D>& world, VmaId id) {
    Vma<D>& vma = world.change(id);
    std::swap(vma.chain_newest, vma.chain_oldest);
    for (AvcId each : {vma.chain_newest, vma.chain_oldest})
        std::swap(world.change(each).newer, world.change(each).older);
}

template <class D>
std::vector<Damage<D>> interval_damages() {
    using W = World<D>;
    return {
        {"interval-keys", "file_vma_not_in_i_mmap", [](W& w) { change_vma(w, shared_file_at).in_i_mmap = false; }},
        {"interval-keys", "in_i_mmap_without_a_file", [](W& w) { change_vma(w, text_at).in_i_mmap = true; }},
        {"interval-keys", "offset_changed_in_place", [](W& w) { change_vma(w, shared_file_at).pgoff += 1; }},
        {"interval-keys", "end_changed_in_place", [](W& w) { change_vma(w, private_file_at).end -= 1; }},
        {"interval-keys", "stale_key_in_i_mmap", [](W& w) { change_vma(w, shared_file_at).shared.last += 1; }},
        {"interval-keys", "stale_key_in_the_anon_vma_tree",
         [](W& w) { w.change(newest(w, faulted_at)).interval.first += 1; }},
        {"interval-keys", "stale_key_of_an_ancestor",
         [](W& w) { w.change(oldest(w, faulted_at, child_slot)).interval.last += 1; }},
        {"interval-keys", "anonymous_vma_moved_in_place",
         [](W& w) {
             change_vma(w, faulted_at).start += 1;
             change_vma(w, faulted_at).pgoff += 1;
         }},
        {"interval-trees", "i_mmap_maximum_too_small",
         [](W& w) { w.change(w[mapping_at(w, shared_file_at)].i_mmap).shared.subtree_last -= 1; }},
        {"interval-trees", "i_mmap_maximum_too_large",
         [](W& w) { change_vma(w, same_inode_at).shared.subtree_last += 5; }},
        {"interval-trees", "anon_vma_maximum_too_small",
         [](W& w) { w.change(w[anon_vma_at(w, faulted_at)].rb_root).interval.subtree_last -= 1; }},
        {"interval-trees", "i_mmap_not_sorted",
         [](W& w) {
             TreeLinks<VmaId>& root = w.change(w[mapping_at(w, shared_file_at)].i_mmap).shared_rb;
             std::swap(root.left, root.right);
         }},
        {"interval-trees", "anon_vma_tree_not_sorted",
         [](W& w) {
             TreeLinks<AvcId>& root = w.change(w[anon_vma_at(w, faulted_at)].rb_root).rb;
             std::swap(root.left, root.right);
         }},
        {"interval-trees", "in_the_i_mmap_of_another_file",
         [](W& w) { change_vma(w, shared_file_at).file = file_at(w, hooks_at); }},
        {"interval-trees", "in_the_tree_of_another_anon_vma",
         [](W& w) { w.change(newest(w, faulted_at)).anon_vma = anon_vma_at(w, private_file_at); }},
    };
}

template <class D>
std::vector<Damage<D>> chain_damages() {
    using W = World<D>;
    return {
        {"chain-symmetry", "element_of_another_vma",
         [](W& w) { w.change(newest(w, faulted_at)).vma = vma_at(w, faulted_upper_at); }},
        {"chain-symmetry", "not_linked_back",
         [](W& w) { w.change(oldest(w, faulted_at, child_slot)).newer = AvcId(); }},
        {"chain-symmetry", "oldest_not_last",
         [](W& w) { change_vma(w, faulted_at, child_slot).chain_oldest = newest(w, faulted_at, child_slot); }},
        {"chain-symmetry", "tied_twice", [](W& w) { lengthen(w, vma_at(w, faulted_at), anon_vma_at(w, faulted_at)); }},
        {"chain-symmetry", "anon_vma_not_in_the_chain",
         [](W& w) { change_vma(w, faulted_at).anon_vma = anon_vma_at(w, private_file_at); }},
        {"chain-symmetry", "chain_without_anon_vma", [](W& w) { change_vma(w, faulted_at).anon_vma = AnonVmaId(); }},
        {"chain-symmetry", "anon_vma_without_chain",
         [](W& w) { change_vma(w, unfaulted_at).anon_vma = anon_vma_at(w, faulted_at); }},
        {"chain-symmetry", "chain_lost",
         [](W& w) {
             change_vma(w, faulted_at).chain_newest = AvcId();
             change_vma(w, faulted_at).chain_oldest = AvcId();
         }},
        {"chain-symmetry", "element_in_no_tree", [](W& w) { w.change(newest(w, faulted_at)).in_tree = false; }},
        {"chain-symmetry", "element_in_no_chain",
         [](W& w) {
             const AvcId id = w.template allocate<AvcId>();
             w.change(id).vma = vma_at(w, faulted_at);
             w.change(id).anon_vma = anon_vma_at(w, faulted_at);
             w.change(id).in_tree = true;
         }},
        {"chain-order", "root_not_last", [](W& w) { reverse_chain(w, vma_at(w, faulted_at, child_slot)); }},
        {"chain-order", "two_families",
         [](W& w) { lengthen(w, vma_at(w, faulted_at), anon_vma_at(w, private_file_at)); }},
        {"chain-order", "parent_not_behind_its_child",
         [](W& w) { lengthen(w, vma_at(w, private_file_at), anon_vma_at(w, faulted_at, child_slot)); }},
        {"chain-order", "member_of_another_family",
         [](W& w) { w.change(anon_vma_at(w, faulted_at, child_slot)).root = anon_vma_at(w, private_file_at); }},
        {"one-owner", "child_uses_the_parents",
         [](W& w) { change_vma(w, faulted_at, child_slot).anon_vma = anon_vma_at(w, faulted_at); }},
        {"equal-chains", "one_chain_is_longer",
         [](W& w) { lengthen(w, vma_at(w, faulted_upper_at), anon_vma_at(w, private_file_at)); }},
        {"bounded-growth", "chain_longer_than_twice_the_family",
         [](W& w) {
             VmaId child;
             for (const EventRecord& event : w.outcome().events)
                 if (event.event == Event::anon_vma_forked)
                     w.template each_touched<VmaId>([&](VmaId, VmaId id) {
                         if (id.raw() == event.b) child = id;
                     });
             for (int more = 0; more < 20; ++more) lengthen(w, child, anon_vma_at(w, faulted_at));
         },
         true},
    };
}

template <class D>
std::vector<Damage<D>> count_damages() {
    using W = World<D>;
    return {
        {"num-active-vmas", "too_large", [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).num_active_vmas; }},
        {"num-active-vmas", "too_small", [](W& w) { --w.change(anon_vma_at(w, faulted_at)).num_active_vmas; }},
        {"num-active-vmas", "user_not_counted_out", [](W& w) { change_vma(w, faulted_at).anon_vma = AnonVmaId(); }},
        {"num-children", "too_large", [](W& w) { ++w.change(anon_vma_at(w, faulted_at, child_slot)).num_children; }},
        {"num-children", "root_does_not_count_itself",
         [](W& w) { --w.change(anon_vma_at(w, faulted_at)).num_children; }},
        {"num-children", "child_given_to_another",
         [](W& w) { w.change(anon_vma_at(w, faulted_at, child_slot)).parent = anon_vma_at(w, private_file_at); }},
        {"anon-vma-refcount", "root_too_large", [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).refcount; }},
        {"anon-vma-refcount", "root_too_small", [](W& w) { --w.change(anon_vma_at(w, faulted_at)).refcount; }},
        {"anon-vma-refcount", "own_reference_twice",
         [](W& w) { ++w.change(anon_vma_at(w, faulted_at, child_slot)).refcount; }},
        {"anon-vma-refcount", "own_reference_lost",
         [](W& w) { w.change(anon_vma_at(w, faulted_at, child_slot)).refcount = 0; }},
        {"anon-vma-degree", "too_large", [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).degree; }},
        {"anon-vma-degree", "too_small", [](W& w) { --w.change(anon_vma_at(w, faulted_at)).degree; }},
        {"anon-vma-attached", "tree_lost", [](W& w) { w.change(anon_vma_at(w, faulted_at)).rb_root = AvcId(); }},
        {"anon-vma-attached", "anon_vma_of_nobody",
         [](W& w) {
             const AnonVmaId id = w.template allocate<AnonVmaId>();
             w.change(id).root = w.change(id).parent = id;
         }},
    };
}

template <class D>
std::vector<Damage<D>> dangling_damages() {
    using W = World<D>;
    return {
        {"references", "freed_vma", [](W& w) { w.free(vma_at(w, text_at)); }},
        {"references", "freed_file_vma", [](W& w) { w.free(vma_at(w, shared_file_at)); }},
        {"references", "freed_faulted_vma", [](W& w) { w.free(vma_at(w, faulted_at)); }},
        {"references", "freed_only_chain_element", [](W& w) { w.free(newest(w, faulted_at)); }},
        {"references", "freed_chain_element", [](W& w) { w.free(newest(w, faulted_at, child_slot)); }},
        {"references", "freed_root_anon_vma", [](W& w) { w.free(anon_vma_at(w, faulted_at)); }},
        {"references", "freed_leaf_anon_vma", [](W& w) { w.free(anon_vma_at(w, faulted_at, child_slot)); }},
        {"references", "freed_file", [](W& w) { w.free(file_at(w, hooks_at)); }, false, "file-references"},
        {"references", "freed_address_space", [](W& w) { w.free(mapping_at(w, hooks_at)); }, false,
         "address-space-use"},
        {"references", "freed_process", [](W& w) { w.free(w.process(child_slot)); }},
        {"references", "first_vma_freed",
         [](W& w) {
             const VmaId id = w.template allocate<VmaId>();
             change_mm(w).mmap = id;
             w.free(id);
         }},
        {"references", "vma_without_address_space", [](W& w) { change_vma(w, text_at).mm = MmId(); }},
        {"references", "page_of_a_freed_anon_vma",
         [](W& w) {
             const AnonVmaId id = w.template allocate<AnonVmaId>();
             w.change(page_at(w, 10)).anon_vma = id;
             w.free(id);
         }},
        {"references", "page_of_a_freed_address_space",
         [](W& w) {
             const AddressSpaceId id = w.template allocate<AddressSpaceId>();
             w.change(page_at(w, 20)).mapping = id;
             w.free(id);
         }},
    };
}

}  // namespace

template <class D>
std::vector<Damage<D>> rmap_damages() {
    std::vector<Damage<D>> all = interval_damages<D>();
    for (auto* more : {&chain_damages<D>, &count_damages<D>, &dangling_damages<D>})
        for (const Damage<D>& each : more()) all.push_back(each);
    return all;
}

template std::vector<Damage<Plain>> rmap_damages();
template std::vector<Damage<Traced>> rmap_damages();

}  // namespace vmacheck
