// Memory: page frames with their struct page, for page tables and for what processes have touched. The content of user
// pages is not kept; that of page tables is.
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/swap.h>

#if __has_include(<linux/folio_batch.h>)
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

#include "inside.h"
#include "tree.h"

enum { frames = tree_frames };

// Weak where a release has it in a file of the tree that is taken.
struct page* mem_map __attribute__((weak));
unsigned long page_offset_base;  // of the processor: where frame 0 is mapped
unsigned long zero_page_pfn;     // of later releases: frame 0
unsigned int pgdir_shift __attribute__((weak)) = 39, ptrs_per_p4d __attribute__((weak)) = 1;  // four levels

extern unsigned long highest_memmap_pfn;

static unsigned first_free;     // frame that was never used
static struct page* free_list;  // linked by private
static struct page** last_free = &free_list;
static unsigned long in_use;
static unsigned faults_of_step;

void begin_pages(void) {
    mem_map = tree_memory(frames * sizeof(struct page));
    page_offset_base = (unsigned long)tree_memory((unsigned long)frames << PAGE_SHIFT);
    first_free = 1;  // frame 0 is the page of zeros
    atomic_set(&mem_map[0]._refcount, 1);
    atomic_set(&mem_map[0]._mapcount, -1);
    highest_memmap_pfn = frames - 1;
    contig_page_data.node_spanned_pages = frames;
    for (int i = 0; i < MAX_NR_ZONES; ++i) contig_page_data.node_zones[i].zone_pgdat = &contig_page_data;
}

unsigned long pages_in_use(void) {
    return in_use;
}

// A population may fill as many tables with the zero page, or with pages that a file has already, as a range is long.
void count_faults(unsigned count) {
    enum { most_of_a_step = 1 << 15 };
    faults_of_step += count;
    if (faults_of_step > most_of_a_step) tree_lacks("time for so many page faults");
}

void end_step_of_pages(void) {
    faults_of_step = 0;
}

static struct page* take_page(gfp_t flags, unsigned order) {
    struct page* page;
    // Pages of users are wanted without __GFP_ZERO, or are cleared by their own function, which does nothing here.
    const bool zeroed = (flags & __GFP_ZERO) != 0 && (flags & __GFP_HIGHMEM) == 0;
    count_faults(zeroed ? 8 : 1);  // a table has room for 512 pages
    if (order != 0) tree_lacks("pages of a higher order");
    if (free_list != NULL) {
        page = free_list;
        free_list = (struct page*)page->private;
        if (free_list == NULL) last_free = &free_list;
    } else {
        if (first_free == frames) tree_lacks("so much memory");
        page = &mem_map[first_free++];
    }
    memset(page, 0, sizeof(*page));
    atomic_set(&page->_refcount, 1);
    atomic_set(&page->_mapcount, -1);
    ++in_use;
    if (zeroed) memset(page_address(page), 0, PAGE_SIZE);
    return page;
}

static void free_frame(struct page* page) {
    if (!PageTable(page) && atomic_read(&page->_mapcount) >= 0)
        tree_report("page-freed", "a page is freed that page tables still map");
    page->mapping = NULL;
    page->private = 0;
    *last_free = page;
    last_free = (struct page**)&page->private;
    --in_use;
}

static void drop(struct page* page, int references) {
    if (atomic_sub_and_test(references, &page->_refcount))
        free_frame(page);
    else if (atomic_read(&page->_refcount) < 0)
        tree_report("page-freed", "a page is freed twice");
}

#ifdef TREE_HAS_ALLOC_PROFILING
#define profiled(name) name##_noprof
#else
#define profiled(name) name
#endif

struct page* profiled(__alloc_pages)(gfp_t flags, unsigned int order, int node, nodemask_t* nodes) {
    return allocation_fails(flags) ? NULL : take_page(flags, order);
}
#ifdef TREE_HAS_ALLOC_PAGES_NODE
struct page* alloc_pages_node_noprof(int node, gfp_t flags, unsigned int order) {
    return allocation_fails(flags) ? NULL : take_page(flags, order);
}
#endif

struct folio* profiled(__folio_alloc)(gfp_t flags, unsigned int order, int node, nodemask_t* nodes) {
    return allocation_fails(flags) ? NULL : (struct folio*)take_page(flags, order);
}

static unsigned long take_mapped_page(gfp_t flags, unsigned int order) {
    if (allocation_fails(flags)) return 0;
    return (unsigned long)page_address(take_page(flags & ~__GFP_HIGHMEM, order));
}

#ifdef TREE_HAS_ALLOC_PROFILING
unsigned long get_free_pages_noprof(gfp_t flags, unsigned int order) {
    return take_mapped_page(flags, order);
}
#else
unsigned long __get_free_pages(gfp_t flags, unsigned int order) {
    return take_mapped_page(flags, order);
}
#endif

unsigned long get_zeroed_page_noprof(gfp_t flags) {
    return take_mapped_page(flags | __GFP_ZERO, 0);
}

void free_pages(unsigned long address, unsigned int order) {
    if (address != 0) drop(virt_to_page((void*)address), 1);
}

void __free_pages(struct page* page, unsigned int order) {
    drop(page, 1);
}

void __folio_put(struct folio* folio) {  // the last reference is gone already
    free_frame(&folio->page);
}

void free_page_and_swap_cache(struct page* page) {
    if (!is_zero_page(page)) drop(page, 1);
}

void free_folio_and_swap_cache(struct folio* folio) {
    if (!is_zero_page(&folio->page)) drop(&folio->page, 1);
}

void free_pages_and_swap_cache(struct encoded_page** pages, int count) {
    for (int i = 0; i < count; ++i) {
        struct page* page = encoded_page_ptr(pages[i]);
        int references = 1;
        if (encoded_page_flags(pages[i]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) references = encoded_nr_pages(pages[++i]);
        if (!is_zero_page(page)) drop(page, references);
    }
}

void folios_put_refs(struct folio_batch* folios, unsigned int* references) {
    for (unsigned i = 0; i < folio_batch_count(folios); ++i)
        drop(&folios->folios[i]->page, references != NULL ? (int)references[i] : 1);
    folio_batch_reinit(folios);
}

void __folio_batch_release(struct folio_batch* folios) {
    folios_put_refs(folios, NULL);
}

void folio_unlock(struct folio* folio) {
    clear_bit(PG_locked, &folio->flags);
}

void unlock_page(struct page* page) {
    clear_bit(PG_locked, &page->flags);
}

void __folio_lock(struct folio* folio) {
    tree_report("deadlock", "a page is locked, and it is locked already");
    tree_abandon();
}
