// Breaks the structures of processes 0 and 1 on purpose, so that tests see each check fail. Not reachable by operations.
//
// The test maps and writes private memory first in process 0, then maps a file, and forks process 1.
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rmap.h>
#include <linux/slab.h>

#include "inside.h"
#include "tree.h"

static struct vm_area_struct* first_vma(unsigned slot) {
    return vma_above(memory_of(slot), 0);
}

static struct anon_vma_chain* first_link(unsigned slot) {
    return list_first_entry(&first_vma(slot)->anon_vma_chain, struct anon_vma_chain, same_vma);
}

static struct vm_area_struct* file_vma(void) {
    struct vm_area_struct* vma = first_vma(0);
    while (vma->vm_file == NULL) vma = vma_above(memory_of(0), vma->vm_end);
    return vma;
}

static struct page* first_page(void) {
    const struct vm_area_struct* vma = first_vma(0);
    pgd_t* pgd = pgd_offset(vma->vm_mm, vma->vm_start);
    pmd_t* pmd = pmd_offset(pud_offset(p4d_offset(pgd, vma->vm_start), vma->vm_start), vma->vm_start);
    return pte_page(((pte_t*)pmd_page_vaddr(*pmd))[pte_index(vma->vm_start)]);
}

static void list_order(void) {
    vma_above(memory_of(0), first_vma(0)->vm_end)->vm_start = first_vma(0)->vm_start;
}
static void list_equals_tree(void) {
    first_vma(0)->vm_end -= PAGE_SIZE;
}
static void pgoff_range(void) {
    file_vma()->vm_pgoff = ~0ul;
}
static void page_prot(void) {
    first_vma(0)->vm_page_prot = vm_get_page_prot(VM_NONE);
}
static void hooks_balanced(void) {
    forget_mappings(file_vma()->vm_file);
}
static void gap_cache(void) {
    // The root is no leaf: there are more VMAs than one node has room for.
    struct maple_node* root = (struct maple_node*)((unsigned long)memory_of(0)->mm_mt.ma_root & ~0xfful);
    memset(root->ma64.gap, 0, sizeof(root->ma64.gap));
}
static void map_count(void) {
    ++memory_of(0)->map_count;
}
static void total_vm(void) {
    ++memory_of(0)->total_vm;
}
static void data_vm(void) {
    ++memory_of(0)->data_vm;
}
static void exec_vm(void) {
    ++memory_of(0)->exec_vm;
}
static void stack_vm(void) {
    ++memory_of(0)->stack_vm;
}
static void locked_vm(void) {
    ++memory_of(0)->locked_vm;
}
static void committed(void) {
    vm_acct_memory(1);
}
static void references(void) {
    vm_area_alloc(memory_of(0));
}
static void lock_balance(void) {
    down_read(&memory_of(0)->mmap_lock);
}
static void deadlock(void) {
    down_write(&memory_of(0)->mmap_lock);
    down_write(&memory_of(0)->mmap_lock);
}
static void chain_symmetry(void) {
    first_vma(0)->anon_vma = NULL;
}
static void chain_order(void) {
    first_vma(1)->anon_vma->root = first_vma(1)->anon_vma;
}
static void one_owner(void) {
    first_vma(1)->anon_vma = first_vma(0)->anon_vma;
}
static void anon_vma_attached(void) {
    static struct anon_vma nowhere;
    first_vma(1)->anon_vma->parent = &nowhere;
}
static void anon_vma_refcount(void) {
    atomic_inc(&first_vma(0)->anon_vma->refcount);
}
static void num_active_vmas(void) {
    ++first_vma(0)->anon_vma->num_active_vmas;
}
static void num_children(void) {
    ++first_vma(0)->anon_vma->num_children;
}
static void interval_trees(void) {
    ++first_link(0)->rb_subtree_last;
}
static void interval_keys(void) {
#ifdef TREE_HAS_RMAP_TREES
    mapping_rmap_tree_remove(file_vma(), file_vma()->vm_file->f_mapping);
#else
    vma_interval_tree_remove(file_vma(), &file_vma()->vm_file->f_mapping->i_mmap);
#endif
}
static void writable_mappings(void) {
    atomic_inc(&file_vma()->vm_file->f_mapping->i_mmap_writable);
}
static void file_references(void) {
    get_file(file_vma()->vm_file);
}
static void rmap_completeness(void) {
    ++((struct folio*)first_page())->index;
}
static void page_mapcount(void) {
    atomic_inc(&first_page()->_mapcount);
}
static void page_rights(void) {
    vm_flags_clear(file_vma(), VM_WRITE);
}
static void pages_inside_vmas(void) {
    add_mm_counter(memory_of(0), MM_ANONPAGES, 1);
}
static void kernel_report(void) {
    WARN_ON(memory_of(0) != NULL);
}
static void crash(void) {
    *(volatile int*)8 = 0;
}
static void endless_loop(void) {
    for (volatile int i = 0;; i = 0) continue;
}

// As a tree that is sanitized finds them, for these are compiled as it is.
static void use_after_free(void) {
    unsigned long* object = kmalloc(64, GFP_KERNEL);
    kfree(object);
    *(volatile unsigned long*)(object + 2) = 1;
}
static void out_of_bounds(void) {
    char* object = kmalloc(12, GFP_KERNEL);
    *(volatile char*)(object + 12) = 1;
}
static void undefined_behaviour(void) {
    volatile unsigned bits = 64;
    *(volatile unsigned long*)memory_of(0) = 1ul << bits;
}

static const struct {
    const char* property;
    void (*apply)(void);
} damages[] = {
    {"list-order", list_order},
    {"list-equals-tree", list_equals_tree},
    {"pgoff-range", pgoff_range},
    {"gap-cache", gap_cache},
    {"page-prot", page_prot},
    {"hooks-balanced", hooks_balanced},
    {"map-count", map_count},
    {"total-vm", total_vm},
    {"data-vm", data_vm},
    {"exec-vm", exec_vm},
    {"stack-vm", stack_vm},
    {"locked-vm", locked_vm},
    {"committed", committed},
    {"references", references},
    {"lock-balance", lock_balance},
    {"deadlock", deadlock},
    {"chain-symmetry", chain_symmetry},
    {"chain-order", chain_order},
    {"one-owner", one_owner},
    {"anon-vma-attached", anon_vma_attached},
    {"anon-vma-refcount", anon_vma_refcount},
    {"num-active-vmas", num_active_vmas},
    {"num-children", num_children},
    {"interval-trees", interval_trees},
    {"interval-keys", interval_keys},
    {"writable-mappings", writable_mappings},
    {"file-references", file_references},
    {"rmap-completeness", rmap_completeness},
    {"page-mapcount", page_mapcount},
    {"page-rights", page_rights},
    {"pages-inside-vmas", pages_inside_vmas},
    {"kernel-report", kernel_report},
    {"crash", crash},
    {"endless-loop", endless_loop},
    {"use-after-free", use_after_free},
    {"out-of-bounds", out_of_bounds},
    {"undefined-behaviour", undefined_behaviour},
};

const char* tree_damage_named(unsigned number) {
    return number < ARRAY_SIZE(damages) ? damages[number].property : NULL;
}

void tree_damage(unsigned number) {
    damages[number].apply();
}
