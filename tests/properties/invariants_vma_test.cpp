// Damages of VMAs, their list and their trees.
#include "tests/properties/invariant_damage.hpp"

namespace vmacheck {
namespace {

// A node of mm_rb without children; its parent has a link to it.
template <class D>
VmaId leaf(const World<D>& world) {
    VmaId node = world[world.process(parent_slot)].rb_root;
    while (world[node].rb.left || world[node].rb.right)
        node = world[node].rb.left ? world[node].rb.left : world[node].rb.right;
    return node;
}

template <class D>
Vma<D>& change_root(World<D>& world) {
    return world.change(world[world.process(parent_slot)].rb_root);
}

template <class D>
void cut_out_of_tree(World<D>& world, VmaId node) {
    TreeLinks<VmaId>& parent = world.change(world[node].rb.parent).rb;
    (parent.left == node ? parent.left : parent.right) = VmaId();
}

template <class D>
void cut_out_of_list(World<D>& world, VmaId node) {
    world.change(world[node].prev).next = world[node].next;
    world.change(world[node].next).prev = world[node].prev;
}

// A node of file 1's i_mmap below the root.
template <class D>
VmaId below_i_mmap_root(const World<D>& world) {
    const TreeLinks<VmaId>& root = world[world[mapping_at(world, shared_file_at)].i_mmap].shared_rb;
    return root.left ? root.left : root.right;
}

template <class D>
AvcId below_anon_vma_root(const World<D>& world) {
    const TreeLinks<AvcId>& root = world[world[anon_vma_at(world, faulted_at)].rb_root].rb;
    return root.left ? root.left : root.right;
}

template <class D>
std::vector<Damage<D>> list_damages() {
    using W = World<D>;
    return {
        {"list-order", "empty_vma", [](W& w) { change_vma(w, text_at).end = text_at; }},
        {"list-order", "end_inside_the_next", [](W& w) { change_vma(w, faulted_at).end = faulted_upper_at + 1; }},
        {"list-order", "start_inside_the_previous",
         [](W& w) { change_vma(w, faulted_upper_at).start = faulted_upper_at - 1; }},
        {"list-order", "above_task_size", [](W& w) { change_vma(w, stack_at).end = w.parameters().task_size + 1; }},
        {"list-order", "prev_not_set", [](W& w) { change_vma(w, text_at).prev = VmaId(); }},
        {"list-order", "prev_skips_one",
         [](W& w) { change_vma(w, text_at).prev = w[w[vma_at(w, text_at)].prev].prev; }},
        {"list-order", "next_skips_one",
         [](W& w) { change_vma(w, hooks_at).next = w[w[vma_at(w, hooks_at)].next].next; }},
        {"list-order", "first_of_list_is_the_second", [](W& w) { change_mm(w).mmap = vma_at(w, faulted_upper_at); }},
        {"list-order", "vma_of_another_process", [](W& w) { change_vma(w, text_at).mm = w.process(child_slot); }},
        {"list-equals-tree", "vma_missing_in_list", [](W& w) { cut_out_of_list(w, vma_at(w, text_at)); }},
        {"list-equals-tree", "vma_missing_in_tree", [](W& w) { cut_out_of_tree(w, leaf(w)); }},
        {"list-equals-tree", "list_lost", [](W& w) { change_mm(w).mmap = VmaId(); }},
        {"list-equals-tree", "tree_lost", [](W& w) { change_mm(w).rb_root = VmaId(); }},
        {"list-equals-tree", "two_nodes_swapped",
         [](W& w) {
             TreeLinks<VmaId>& root = change_root(w).rb;
             std::swap(root.left, root.right);
         }},
    };
}

template <class D>
std::vector<Damage<D>> tree_damages() {
    using W = World<D>;
    return {
        {"red-black", "red_root", [](W& w) { change_root(w).rb.red = true; }},
        {"red-black", "leaf_of_the_other_colour",
         [](W& w) {
             const VmaId id = leaf(w);
             w.change(id).rb.red = !w[id].rb.red;
         }},
        {"red-black", "child_names_another_parent", [](W& w) { w.change(leaf(w)).rb.parent = leaf(w); }},
        {"red-black", "cycle", [](W& w) { w.change(leaf(w)).rb.left = w[w.process(parent_slot)].rb_root; }},
        {"red-black", "i_mmap_red_root",
         [](W& w) { w.change(w[mapping_at(w, shared_file_at)].i_mmap).shared_rb.red = true; }},
        {"red-black", "i_mmap_child_names_another_parent",
         [](W& w) {
             const VmaId id = below_i_mmap_root(w);
             w.change(id).shared_rb.parent = id;
         }},
        {"red-black", "anon_vma_tree_red_root",
         [](W& w) { w.change(w[anon_vma_at(w, faulted_at)].rb_root).rb.red = true; }},
        {"red-black", "anon_vma_tree_child_names_another_parent",
         [](W& w) {
             const AvcId id = below_anon_vma_root(w);
             w.change(id).rb.parent = id;
         }},
        {"gap-cache", "too_large_at_the_root", [](W& w) { change_root(w).subtree_gap += 1; }},
        {"gap-cache", "too_small_at_the_root", [](W& w) { change_root(w).subtree_gap -= 1; }},
        {"gap-cache", "leaf_not_updated", [](W& w) { w.change(leaf(w)).subtree_gap += 1; }},
        {"gap-cache", "end_moved_and_the_next_not_updated", [](W& w) { change_vma(w, locked_at).end += 1; }},
        {"gap-cache", "start_moved_and_gap_not_updated", [](W& w) { change_vma(w, hooks_at).start += 1; }},
        {"gap-cache", "guard_gap_not_counted", [](W& w) { change_vma(w, text_at).flags |= vm::growsdown; }},
        {"highest-vm-end", "too_high", [](W& w) { change_mm(w).highest_vm_end += 1; }},
        {"highest-vm-end", "not_of_the_last", [](W& w) { change_mm(w).highest_vm_end = locked_at + 2; }},
        {"highest-vm-end", "last_end_moved", [](W& w) { change_vma(w, huge_at).end += 1; }},
        {"highest-vm-end", "no_vma_but_an_end", [](W& w) { change_mm(w, empty_slot).highest_vm_end = 1; }},
    };
}

template <class D>
std::vector<Damage<D>> flag_damages() {
    using W = World<D>;
    return {
        {"access-within-may", "write_without_may_write",
         [](W& w) { change_vma(w, faulted_at).flags &= ~vm::may_write; }},
        {"access-within-may", "read_without_may_read", [](W& w) { change_vma(w, hooks_at).flags &= ~vm::may_read; }},
        {"access-within-may", "exec_without_may_exec", [](W& w) { change_vma(w, text_at).flags &= ~vm::may_exec; }},
        {"account-flag", "shared_with_account", [](W& w) { change_vma(w, shared_file_at).flags |= vm::account; }},
        {"account-flag", "private_writable_without_account",
         [](W& w) { change_vma(w, faulted_at).flags &= ~vm::account; }},
        {"account-flag", "made_writable_without_account", [](W& w) { change_vma(w, text_at).flags |= vm::write; }},
        {"unfaulted-pgoff", "offset_is_not_the_address", [](W& w) { change_vma(w, unfaulted_at).pgoff += 1; }},
        {"unfaulted-pgoff", "start_moved_without_offset", [](W& w) { change_vma(w, unfaulted_at).start += 1; }},
        {"anon-name", "a_name_in_a_kernel_without_names", [](W& w) { change_vma(w, text_at).anon_name = 1; }},
        {"uffd-context", "flags_without_a_context", [](W& w) { change_vma(w, text_at).flags |= vm::uffd_missing; }},
        {"uffd-context", "context_without_flags", [](W& w) { change_vma(w, registered_at).flags &= ~vm::uffd; }},
        {"uffd-context", "context_lost", [](W& w) { change_vma(w, registered_at).uffd = 0; }},
        {"uffd-context", "memory_of_an_ordinary_file",
         [](W& w) {
             change_vma(w, shared_file_at).flags |= vm::uffd_missing;
             change_vma(w, shared_file_at).uffd = 1;
         }},
        {"uffd-context", "shmem_write_protected",
         [](W& w) {
             change_vma(w, shared_anon_at).flags |= vm::uffd_wp;
             change_vma(w, shared_anon_at).uffd = 1;
         }},
        {"mergeable-known", "in_a_process_that_never_asked",
         [](W& w) { change_vma(w, text_at, child_slot).flags |= vm::mergeable; }},
        {"mergeable-known", "shared", [](W& w) { change_vma(w, shared_anon_at).flags |= vm::mergeable; }},
        {"pgoff-range", "last_offset_wraps",
         [](W& w) { change_vma(w, shared_file_at).pgoff = (std::uint64_t{1} << w.parameters().pgoff_bits) - 4; }},
    };
}

}  // namespace

template <class D>
std::vector<Damage<D>> vma_damages() {
    std::vector<Damage<D>> all = list_damages<D>();
    for (const Damage<D>& each : tree_damages<D>()) all.push_back(each);
    for (const Damage<D>& each : flag_damages<D>()) all.push_back(each);
    return all;
}

template std::vector<Damage<Plain>> vma_damages();
template std::vector<Damage<Traced>> vma_damages();

}  // namespace vmacheck
