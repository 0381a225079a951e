// struct vm_area_struct (v5.10 include/linux/mm_types.h) and the small functions of include/linux/mm.h on it.
#pragma once

#include "model/op/flags.hpp"
#include "model/state/bytes.hpp"
#include "model/state/ids.hpp"
#include "model/state/number.hpp"

#include <tuple>
#include <utility>

namespace vmacheck {

// Node of a red-black tree of pool objects.
template <class IdType>
struct TreeLinks {
    IdType parent;
    IdType left;
    IdType right;
    bool red = false;

    template <class F>
    void flatten(F&& f) const {
        f(parent.raw());
        f(left.raw());
        f(right.raw());
        f(red ? 1 : 0);
    }
};

// vm_ops, as far as the VMA code asks about it.
enum class VmOps : std::uint8_t {
    none,     // NULL: vma_is_anonymous
    plain,    // file operations without hooks the VMA code looks at
    close,    // with ->open and ->close
    special,  // special mappings without their own ->mremap
    vdso,     // the vdso: moves only as a whole
};

// Key of an interval-tree node as it was when the node was inserted (v5.10 keeps it for AVCs under CONFIG_DEBUG_VM_RB).
template <class D>
struct IntervalNode {
    Number<D> first;         // pages: pgoff of the VMA
    Number<D> last;          // pages: pgoff of its last page
    Number<D> subtree_last;  // largest `last` in the subtree

    template <class F>
    void flatten(F&& f) const {
        f(first.value());
        f(last.value());
        f(subtree_last.value());
    }
};

template <class D>
struct Vma {
    // What a walk down mm_rb reads comes first.
    Number<D> start;      // page number, inclusive
    Number<D> end;        // page number, exclusive
    TreeLinks<VmaId> rb;  // in mm.rb_root
    VmaId prev;
    VmaId next;
    Number<D> subtree_gap;  // rb_subtree_gap: largest gap in the rb-subtree, pages
    VmFlags flags = 0;
    Number<D> pgoff;  // pages; model/ops/mmap.cpp says what it counts
    MmId mm;
    FileId file;                  // vm_file; a counted reference
    MemPolicyId policy;           // vm_policy; a counted reference; none: MPOL_DEFAULT
    AnonVmaId anon_vma;           // where new anonymous pages go; none until the first
    AvcId chain_newest;           // anon_vma_chain: newest first
    AvcId chain_oldest;           // the root's
    VmOps ops = VmOps::none;      // vm_ops
    std::uint16_t uffd = 0;       // vm_userfaultfd_ctx: number of the context within the process; 0: none
    std::uint16_t anon_name = 0;  // of memory without a file; equal numbers are equal names; 0: none
    bool in_i_mmap = false;       // linked in the address_space of vm_file
    TreeLinks<VmaId> shared_rb;   // in i_mmap
    IntervalNode<D> shared;       // key in i_mmap

    // What the VMA is, apart from where it is linked (list, trees, chain) and what trees cache of it. Two VMAs of equal
    // content are the same to a process; vm_area_dup copies exactly this. A new attribute is added here.
    [[nodiscard]] auto content() const { return content_of(*this); }
    [[nodiscard]] auto content() { return content_of(*this); }

    template <class F>
    void flatten(F&& f) const {
        f(start.value());
        f(end.value());
        f(pgoff.value());
        f(flags);
        f(mm.raw());
        f(prev.raw());
        f(next.raw());
        rb.flatten(f);
        f(subtree_gap.value());
        f(file.raw());
        f((std::uint64_t{policy.raw()} << 16) | uffd);
        f((std::uint64_t{anon_name} << 16) | (static_cast<std::uint64_t>(ops) << 1) | (in_i_mmap ? 1 : 0));
        shared_rb.flatten(f);
        shared.flatten(f);
        f(anon_vma.raw());
        f(chain_newest.raw());
        f(chain_oldest.raw());
    }

private:
    // What is cheap to compare comes first.
    template <class Self>
    static auto content_of(Self& self) {
        return std::tie(self.flags, self.file, self.anon_vma, self.ops, self.mm, self.start, self.end, self.pgoff,
                        self.policy, self.uffd, self.anon_name);
    }
};

// Whether two contents are the same, decided by identical() for numbers: for skipping work, never for semantics.
// Inlined, it compares the members where they lie; else two tuples of references are written first.
template <class... T>
[[gnu::always_inline]] inline bool same_content(const std::tuple<T&...>& a, const std::tuple<T&...>& b) {
    const auto same = [](const auto& one, const auto& other) {
        if constexpr (requires { identical(one, other); })
            return identical(one, other);
        else
            return one == other;
    };
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return (same(std::get<I>(a), std::get<I>(b)) && ...);
    }
    (std::index_sequence_for<T...>());
}

// Whether the keys under which interval trees hold two nodes are the same; by identical(), likewise.
template <class D>
bool same_key(const IntervalNode<D>& a, const IntervalNode<D>& b) {
    return identical(a.first, b.first) && identical(a.last, b.last);
}

template <class D>
Number<D> pages(const Vma<D>& vma) {
    return vma.end - vma.start;
}

template <class D>
bool faulted(const Vma<D>& vma) {
    return static_cast<bool>(vma.anon_vma);
}

// Whether an anon_vma knows of the VMA. Only bugs leave a chain without an anon_vma, or an anon_vma without a chain.
template <class D>
bool in_anon_vmas(const Vma<D>& vma) {
    return vma.anon_vma || vma.chain_newest;
}

// list_is_singular(&vma->anon_vma_chain): exactly one element; an empty chain is not singular.
template <class D>
bool chain_singular(const Vma<D>& vma) {
    return vma.chain_newest && vma.chain_newest == vma.chain_oldest;
}

template <class D>
bool vma_is_anonymous(const Vma<D>& vma) {
    return vma.ops == VmOps::none;
}

template <class D>
bool vma_is_special_mapping(const Vma<D>& vma) {
    return vma.ops == VmOps::special || vma.ops == VmOps::vdso;
}

template <class D>
bool vma_is_accessible(const Vma<D>& vma) {
    return (vma.flags & vm::access) != 0;
}

// Start of the VMA including the guard gap below a stack, page number.
template <class D>
Number<D> vm_start_gap(const Vma<D>& vma, std::uint64_t stack_guard_gap) {
    if ((vma.flags & vm::growsdown) == 0) return vma.start;
    return vma.start > stack_guard_gap ? vma.start - stack_guard_gap : Number<D>(0);
}

// End of the VMA including the guard gap above a stack that grows up, page number; the last page of 64 bits where the
// sum wraps. VM_GROWSUP occurs only with Parameters::stack_grows_up.
template <class D>
Number<D> vm_end_gap(const Vma<D>& vma, std::uint64_t stack_guard_gap) {
    if ((vma.flags & vm::growsup) == 0) return vma.end;
    const Number<D> end = vma.end + stack_guard_gap;
    return end >= pages_in_64_bits ? Number<D>(pages_in_64_bits - 1) : end;
}

// Page offset of a page inside the VMA (linear_page_index).
template <class D>
Number<D> linear_page_index(const Vma<D>& vma, const Number<D>& page) {
    return vma.pgoff + (page - vma.start);
}

template <class D>
Number<D> last_pgoff(const Vma<D>& vma) {
    return vma.pgoff + (vma.end - vma.start - 1);
}

}  // namespace vmacheck
