// What must hold of page tables: each page that they map is found through its anon_vma or its file, at the right
// address, and the counters of pages are right. Names as in structure.c.
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rmap.h>

#include "inside.h"
#include "tables.h"
#include "tree.h"

enum { most_mapped = 1 << 16, mapping_bits = 3, mapping_anon = 1 };

static unsigned short counts[tree_frames];  // page-table entries of each page
static unsigned long mapped[most_mapped];   // the pages that have any
static unsigned mapped_count;

static bool has_link(const struct vm_area_struct* vma, const struct anon_vma* anon_vma) {
    const struct anon_vma_chain* link;
    list_for_each_entry(link, &vma->anon_vma_chain, same_vma) if (link->anon_vma == anon_vma) return true;
    return false;
}

static void check_entry(struct vm_area_struct* vma, unsigned long addr, pte_t entry, unsigned long* pages) {
    const unsigned long frame = pte_pfn(entry);
    if (!pte_present(entry) || pte_special(entry)) return;
    if (frame == 0 || frame >= tree_frames) {
        tree_report("rmap-completeness", "the entry of %#lx maps no page that there is", addr);
        return;
    }
    const struct folio* folio = (const struct folio*)pfn_to_page(frame);
    const unsigned long mapping = (unsigned long)folio->mapping;
    const unsigned long offset = (mapping & mapping_anon) != 0 ? anon_offset(vma) : vma->vm_pgoff;
    const unsigned long index = ((addr - vma->vm_start) >> PAGE_SHIFT) + offset;
    if (counts[frame]++ == 0 && mapped_count < most_mapped) mapped[mapped_count++] = frame;
    ++*pages;
    if (pte_write(entry) && (vma->vm_flags & VM_WRITE) == 0)
        tree_report("page-rights", "the page at %#lx may be written to, and its VMA may not", addr);
    if ((mapping & mapping_anon) != 0) {
        if (!has_link(vma, (struct anon_vma*)(mapping & ~(unsigned long)mapping_bits)))
            tree_report("rmap-completeness",
                        "the page at %#lx is not found through its anon_vma: no link of VMA [%#lx,%#lx) names it", addr,
                        vma->vm_start, vma->vm_end);
    } else if (vma->vm_file == NULL || mapping != (unsigned long)vma->vm_file->f_mapping) {
        tree_report("rmap-completeness", "the page at %#lx is of a file that its VMA does not map", addr);
    }
    if (folio->index != index)
        tree_report("rmap-completeness", "the page at %#lx has index %#lx, and its VMA gives %#lx", addr, folio->index,
                    index);
}

static void check_vma_pages(struct vm_area_struct* vma, unsigned long* pages) {
    for (unsigned long addr = vma->vm_start; addr < vma->vm_end;) {
        pgd_t* pgd = pgd_offset(vma->vm_mm, addr);
        p4d_t* p4d = pgd_none(*pgd) ? NULL : p4d_offset(pgd, addr);
        pud_t* pud = p4d == NULL || p4d_none(*p4d) ? NULL : pud_offset(p4d, addr);
        pmd_t* pmd = pud == NULL || pud_none(*pud) ? NULL : pmd_offset(pud, addr);
        const unsigned long covered = p4d == NULL   ? PGDIR_SIZE
                                      : pud == NULL ? P4D_SIZE
                                      : pmd == NULL ? PUD_SIZE
                                                    : PMD_SIZE;
        const unsigned long end = min((addr | (covered - 1)) + 1, vma->vm_end);
        if (pmd != NULL && !pmd_none(*pmd)) {
            const pte_t* table = (const pte_t*)pmd_page_vaddr(*pmd);
            for (unsigned long at = addr; at < end; at += PAGE_SIZE) check_entry(vma, at, table[pte_index(at)], pages);
        }
        addr = end;
    }
}

void check_pages(struct mm_struct* mm, unsigned first, unsigned last) {
    unsigned long pages = 0;
    for (unsigned i = first; i < last; ++i) check_vma_pages(live_vma(i), &pages);
    const unsigned long counted =
        get_mm_counter(mm, MM_ANONPAGES) + get_mm_counter(mm, MM_FILEPAGES) + get_mm_counter(mm, MM_SHMEMPAGES);
    if (counted != pages)
        tree_report("pages-inside-vmas", "%lu pages are counted as mapped, and VMAs have %lu", counted, pages);
}

// Once all processes have been looked at.
void check_mapcounts(void) {
    for (unsigned i = 0; i < mapped_count; ++i) {
        const unsigned long frame = mapped[i];
        const int count = atomic_read(&pfn_to_page(frame)->_mapcount) + 1;
        if (count != counts[frame])
            tree_report("page-mapcount", "mapcount of a page is %d, and %u entries map it", count, counts[frame]);
        counts[frame] = 0;
    }
    mapped_count = 0;
}
