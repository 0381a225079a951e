// The other objects of a World: struct mm_struct, anon_vma, anon_vma_chain, file, address_space, page, page-table
// entries, slots of swap space, and mempolicy.
#pragma once

#include "model/op/parameters.hpp"
#include "model/state/bytes.hpp"
#include "model/state/vma.hpp"

namespace vmacheck {

// struct mm_struct, one a process.
template <class D>
struct Mm {
    VmaId mmap;                // first VMA of the list
    VmaId rb_root;             // mm_rb
    Number<D> highest_vm_end;  // page number; 0 when empty
    std::uint32_t map_count = 0;
    Number<D> total_vm;  // pages, and so are the following
    Number<D> data_vm;
    Number<D> exec_vm;
    Number<D> stack_vm;
    Number<D> locked_vm;
    Number<D> hiwater_vm;
    VmFlags def_flags = 0;
    Bytes<D> brk;
    PteId pte_root;            // page tables: entries by page number
    bool ksm_entered = false;  // MMF_VM_MERGEABLE

    template <class F>
    void flatten(F&& f) const {
        f(mmap.raw());
        f(rb_root.raw());
        f(highest_vm_end.value());
        f(map_count);
        for (const Number<D>* each : {&total_vm, &data_vm, &exec_vm, &stack_vm, &locked_vm, &hiwater_vm})
            f(each->value());
        f(def_flags);
        f(brk.value());
        f(pte_root.raw());
        f(ksm_entered ? 1 : 0);
    }
};

// struct anon_vma. Both generations of reuse counters are kept; the profile says which one decides.
struct AnonVma {
    AnonVmaId root;    // itself for a root
    AnonVmaId parent;  // itself for a root
    std::uint32_t refcount = 0;
    std::uint32_t num_children = 0;     // anon_vmas whose parent this is; a root counts itself
    std::uint32_t num_active_vmas = 0;  // VMAs whose anon_vma this is
    std::uint32_t degree = 0;           // before 6.0: children plus VMAs pointing at it
    AvcId rb_root;                      // interval tree of the AVCs attached to it

    template <class F>
    void flatten(F&& f) const {
        f(root.raw());
        f(parent.raw());
        f((std::uint64_t{refcount} << 32) | degree);
        f((std::uint64_t{num_children} << 32) | num_active_vmas);
        f(rb_root.raw());
    }
};

// struct anon_vma_chain: one edge between a VMA and an anon_vma.
template <class D>
struct Avc {
    VmaId vma;
    AnonVmaId anon_vma;
    AvcId newer;  // towards the newest in the VMA's chain
    AvcId older;  // towards the root's
    bool in_tree = false;
    TreeLinks<AvcId> rb;  // in anon_vma.rb_root
    IntervalNode<D> interval;

    template <class F>
    void flatten(F&& f) const {
        f(vma.raw());
        f(anon_vma.raw());
        f(newer.raw());
        f(older.raw());
        f(in_tree ? 1 : 0);
        rb.flatten(f);
        interval.flatten(f);
    }
};

// struct file.
template <class D>
struct File {
    FileKind kind = FileKind::regular;
    bool readable = true;
    bool writable = true;
    std::uint16_t spec = 0;  // position in Parameters::files plus one; 0 for a shared anonymous object
    AddressSpaceId mapping;
    std::uint32_t f_count = 0;  // open descriptors plus VMAs plus clones
    std::uint32_t descriptors = 0;
    FileId base;               // of an attachment of a SysV segment: the segment's file, referenced
    std::uint32_t clones = 0;  // files whose base this is
    std::uint32_t opened = 0;  // hooks that attach a VMA: ->mmap and vm_ops->open
    std::uint32_t closed = 0;  // vm_ops->close
    Number<D> charged;         // pages of commit charge bound to a shared anonymous object

    template <class F>
    void flatten(F&& f) const {
        f(static_cast<std::uint64_t>(kind));
        f((readable ? 1 : 0) | (writable ? 2 : 0));
        f(spec);
        f(mapping.raw());
        f((std::uint64_t{f_count} << 32) | descriptors);
        f((std::uint64_t{clones} << 32) | base.raw());
        f((std::uint64_t{opened} << 32) | closed);
        f(charged.value());
    }
};

// struct address_space of an inode.
template <class D>
struct AddressSpace {
    VmaId i_mmap;                      // root of the interval tree
    std::int32_t i_mmap_writable = 0;  // VMAs with VM_SHARED; negative: writable mappings denied
    PageId page_cache;                 // root of the cached pages by index
    std::uint32_t files = 0;           // files that use it
    bool endless = true;               // it has no end, and `size` says nothing
    Number<D> size;                    // i_size, pages, rounded up
    bool sealed = false;               // mapping_deny_writable: i_mmap_writable is -1 for good

    template <class F>
    void flatten(F&& f) const {
        f(i_mmap.raw());
        f(static_cast<std::uint64_t>(static_cast<std::int64_t>(i_mmap_writable)));
        f(page_cache.raw());
        f((std::uint64_t{files} << 1) | (sealed ? 1 : 0));
        f(endless ? 1 : 0);
        f(size.value());
    }
};

// struct page, anonymous or of the page cache. The zero page is not an object: an entry without a page maps it.
template <class D>
struct Page {
    AnonVmaId anon_vma;      // of an anonymous page: page->mapping
    AddressSpaceId mapping;  // of a page-cache page
    Number<D> index;         // pages
    std::uint32_t mapcount = 0;
    SwapId swap;              // of an anonymous page: it is in the swap cache, with this slot
    bool swap_backed = true;  // PG_swapbacked of an anonymous page; not: it was lazily freed
    bool dirty = false;       // PG_dirty of an anonymous page: changed, as seen by the page itself
    TreeLinks<PageId> rb;     // in the page cache

    template <class F>
    void flatten(F&& f) const {
        f(anon_vma.raw());
        f(mapping.raw());
        f(index.value());
        f(mapcount);
        f(swap.raw());
        f((swap_backed ? 1 : 0) | (dirty ? 2 : 0));
        rb.flatten(f);
    }
};

// A page-table entry that is not empty: present, the place of a page in swap space, or the marker of a guard page.
template <class D>
struct Pte {
    MmId mm;
    Number<D> address;  // page number
    PageId page;        // none, and neither swap nor guard: the zero page
    SwapId swap;        // not present: where the page is
    bool writable = false;
    bool dirty = false;   // written through this entry
    bool guard = false;   // not present: PTE_MARKER_GUARD, and every access is refused
    TreeLinks<PteId> rb;  // in mm.pte_root

    // What the entry says, apart from its place in the tree.
    [[nodiscard]] auto content() const { return std::tie(page, swap, mm, address, writable, dirty, guard); }

    template <class F>
    void flatten(F&& f) const {
        f(mm.raw());
        f(address.value());
        f(page.raw());
        f(swap.raw());
        f((writable ? 1 : 0) | (dirty ? 2 : 0) | (guard ? 4 : 0));
        rb.flatten(f);
    }
};

// A slot of swap space: swap_map and the swap cache.
struct SwapSlot {
    std::uint32_t count = 0;  // page-table entries that name it
    PageId page;              // its page in the swap cache

    template <class F>
    void flatten(F&& f) const {
        f(count);
        f(page.raw());
    }
};

// struct mempolicy. Where memory comes from is not modelled: a policy is a number, and policies with the same number
// are equal (mpol_equal).
struct MemPolicy {
    std::uint16_t content = 0;  // above 0
    std::uint32_t refcount = 0;

    template <class F>
    void flatten(F&& f) const {
        f((std::uint64_t{refcount} << 16) | content);
    }
};

// The object that an id names, the number of its pool, and how findings call its kind. In the order of these numbers the
// pools make up the value of a World.
template <class D, class IdType>
struct ObjectOf;
template <class D>
struct ObjectOf<D, MmId> {
    using type = Mm<D>;
    static constexpr unsigned number = 0;
    static constexpr const char* kind = "mm";
};
template <class D>
struct ObjectOf<D, VmaId> {
    using type = Vma<D>;
    static constexpr unsigned number = 1;
    static constexpr const char* kind = "vma";
};
template <class D>
struct ObjectOf<D, AnonVmaId> {
    using type = AnonVma;
    static constexpr unsigned number = 2;
    static constexpr const char* kind = "anon_vma";
};
template <class D>
struct ObjectOf<D, AvcId> {
    using type = Avc<D>;
    static constexpr unsigned number = 3;
    static constexpr const char* kind = "anon_vma_chain";
};
template <class D>
struct ObjectOf<D, FileId> {
    using type = File<D>;
    static constexpr unsigned number = 4;
    static constexpr const char* kind = "file";
};
template <class D>
struct ObjectOf<D, AddressSpaceId> {
    using type = AddressSpace<D>;
    static constexpr unsigned number = 5;
    static constexpr const char* kind = "address_space";
};
template <class D>
struct ObjectOf<D, PageId> {
    using type = Page<D>;
    static constexpr unsigned number = 6;
    static constexpr const char* kind = "page";
};
template <class D>
struct ObjectOf<D, PteId> {
    using type = Pte<D>;
    static constexpr unsigned number = 7;
    static constexpr const char* kind = "pte";
};
template <class D>
struct ObjectOf<D, SwapId> {
    using type = SwapSlot;
    static constexpr unsigned number = 8;
    static constexpr const char* kind = "swap slot";
};
template <class D>
struct ObjectOf<D, MemPolicyId> {
    using type = MemPolicy;
    static constexpr unsigned number = 9;
    static constexpr const char* kind = "mempolicy";
};

}  // namespace vmacheck
