// What a step changed of an object, as bits, and what of it a property reads.
//
// A property that states `static constexpr Changes reads = changed::... ;` is called after a step only for objects of
// which something it reads changed. Without it a property reads everything. What it reads of other objects counts too:
// each bit says which changes of others it stands for.
#pragma once

#include "model/state/world.hpp"

#include <cstdint>

namespace vmacheck {

using Changes = std::uint32_t;

namespace changed {

// Of the object itself, or it is new. A VMA's content is Vma::content(), any other object's is all but what follows.
inline constexpr Changes content = 1 << 0;
// Of a VMA's content:
inline constexpr Changes range = 1 << 1;     // start, end, pgoff
inline constexpr Changes owner = 1 << 2;     // mm
inline constexpr Changes file = 1 << 3;      // file, ops
inline constexpr Changes anon_vma = 1 << 4;  // anon_vma
inline constexpr Changes policy = 1 << 5;    // policy
// Links of the list. Of an mm: its first VMA, or links or the owner of any VMA it has or had.
inline constexpr Changes list = 1 << 6;
// The range, list links or owner of a VMA's neighbour in the list.
inline constexpr Changes neighbour = 1 << 7;
// Links in mm_rb, of the VMA or of its child there. Of an mm: of any VMA in it.
inline constexpr Changes mm_rb = 1 << 8;
// What a VMA's gap and subtree_gap are made of: own and the list's ranges and guard flags, the children's subtree_gap.
inline constexpr Changes gap = 1 << 9;
// Whether a VMA is in i_mmap, and its key there.
inline constexpr Changes key = 1 << 10;
// Key, cached last offset or links in i_mmap, of the VMA or of its child there. Of an address_space: of any VMA in it.
inline constexpr Changes i_mmap = 1 << 11;
// The chain of a VMA: its ends, or links, key or anon_vma of an element. Of an element: its links, VMA or anon_vma. Of an
// anon_vma: the chain, owner or anon_vma of a VMA that uses it.
inline constexpr Changes chain = 1 << 12;
// Key, cached last offset or links in an anon_vma's tree, of the element or of its child there. Of an anon_vma: of any
// element in its tree.
inline constexpr Changes anon_vma_tree = 1 << 13;
// An object was freed that named this one, so that this one may still name it.
inline constexpr Changes freed = 1 << 14;

inline constexpr Changes anything = (1 << 15) - 1;

}  // namespace changed

// What a property reads.
template <class P>
inline constexpr Changes reads_of = changed::anything;
template <class P>
requires requires {
    P::reads;
}
inline constexpr Changes reads_of<P> = P::reads;

// Whether nothing has changed but links in trees.
template <class D>
bool same_but_for_trees(const Pte<D>& old, const Pte<D>& pte) {
    return same_content(old.content(), pte.content());
}

template <class IdType>
bool same_links(const TreeLinks<IdType>& a, const TreeLinks<IdType>& b) {
    return a.parent == b.parent && a.left == b.left && a.right == b.right && a.red == b.red;
}

// What differs between a VMA as it was and as it is, but for what concerns others alone.
template <class D>
Changes difference(const Vma<D>& old, const Vma<D>& now) {
    Changes found = 0;
    if (!same_content(old.content(), now.content())) {
        found |= changed::content;
        if (!identical(old.start, now.start) || !identical(old.end, now.end) || !identical(old.pgoff, now.pgoff))
            found |= changed::range;
        if (old.mm != now.mm) found |= changed::owner;
        if (old.file != now.file || old.ops != now.ops) found |= changed::file;
        if (old.anon_vma != now.anon_vma) found |= changed::anon_vma;
        if (old.policy != now.policy) found |= changed::policy;
    }
    if (old.prev != now.prev || old.next != now.next) found |= changed::list;
    if (old.chain_newest != now.chain_newest || old.chain_oldest != now.chain_oldest) found |= changed::chain;
    if (!same_links(old.rb, now.rb)) found |= changed::mm_rb;
    if (!identical(old.subtree_gap, now.subtree_gap)) found |= changed::gap;
    if (old.in_i_mmap != now.in_i_mmap || !same_key(old.shared, now.shared)) found |= changed::key | changed::i_mmap;
    if (old.file != now.file) found |= changed::i_mmap;
    if (!same_links(old.shared_rb, now.shared_rb) || !identical(old.shared.subtree_last, now.shared.subtree_last))
        found |= changed::i_mmap;
    return found;
}

// The same of an element of a chain.
template <class D>
Changes difference(const Avc<D>& old, const Avc<D>& now) {
    Changes found = 0;
    if (old.vma != now.vma || old.anon_vma != now.anon_vma || old.newer != now.newer || old.older != now.older ||
        old.in_tree != now.in_tree || !same_key(old.interval, now.interval))
        found |= changed::chain;
    if (old.anon_vma != now.anon_vma || !same_links(old.rb, now.rb) || !same_key(old.interval, now.interval) ||
        !identical(old.interval.subtree_last, now.interval.subtree_last))
        found |= changed::anon_vma_tree;
    return found;
}

}  // namespace vmacheck
