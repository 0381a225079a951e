// What the tree's files need of the rest of the kernel that is no more than a value: functions that give one, and
// variables that nothing here changes. quiet.txt has the functions that do nothing. Without the tree's headers: the
// types differ between releases, and a word of zeros is right for all of them. Weak: what a file of the tree has
// itself is the tree's.

typedef unsigned long word;

// mincore: no page is in memory that no page table maps (-ENOENT).
__attribute__((weak)) word filemap_get_incore_folio(void) {
    return -(word)2;
}
__attribute__((weak)) word inode_owner_or_capable(void) {
    return 1;
}

__attribute__((weak)) word vma_dummy_vm_ops[64];
__attribute__((weak)) word vm_node_stat[128], vm_zone_stat[128], vm_event_states[256], contig_page_data[4096],
    boot_cpu_data[128];
__attribute__((weak)) word swapper_spaces[64], total_swap_pages, nr_swap_pages, lru_disable_count, jiffies,
    init_user_ns[512], nop_mnt_idmap[16];
__attribute__((weak)) word __supported_pte_mask = ~(word)0, last_mm_ctx_id = 1, zero_pfn, huge_zero_pfn = ~(word)0,
                           phys_base;
__attribute__((weak)) word kmalloc_caches[256], init_top_pgt[512], pgd_list[2], system_state, vmalloc_base,
    vmemmap_base, high_memory;
__attribute__((weak)) int debug_locks, init_on_free, init_on_alloc, percpu_counter_batch = 32;

// kfree_rcu; where in the object a link could stand differs in type between releases.
void free_later(void* object);
void kvfree_call_rcu(void* head, void* object) {
    free_later(object);
}
void kfree_call_rcu_nolock(void* head, void* object) {
    free_later(object);
}
