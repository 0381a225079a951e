// What must hold of the tree's own structures after each step. The names are those of the properties of the model
// (properties/invariants), where the same is asked of it; `vmacheck list properties` says why each matters.
//
// Everything is looked at from the VMAs of all processes: their anon_vmas, the trees of these, and the files that they
// map.
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rmap.h>

#include "inside.h"
#include "tables.h"
#include "tree.h"

#ifdef TREE_HAS_RMAP_TREES
#define each_in_tree(each, anon_vma, first, last) anon_rmap_tree_foreach(each, anon_vma, first, last)
#else
#define each_in_tree(each, anon_vma, first, last) \
    anon_vma_interval_tree_foreach(each, &(anon_vma)->rb_root, first, last)
#endif

extern struct percpu_counter vm_committed_as;
bool vma_wants_writenotify(struct vm_area_struct* vma, pgprot_t vm_page_prot);

// What a walk over all processes has counted.
struct totals {
    unsigned long vmas, chains, accounted, processes;
};

static const char* describe(const struct vm_area_struct* vma) {
    static char text[4][64];
    static unsigned next;
    char* own = text[next++ % 4];
    snprintf(own, sizeof(text[0]), "[%#lx,%#lx)", vma->vm_start, vma->vm_end);
    return own;
}

static unsigned long pages_of(const struct vm_area_struct* vma) {
    return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static unsigned long last_offset(const struct vm_area_struct* vma) {
    return vma->vm_pgoff + pages_of(vma) - 1;
}

// The offset by which an anon_vma knows the VMA's pages.
unsigned long anon_offset(const struct vm_area_struct* vma) {
#ifdef TREE_HAS_ANON_PGOFF
    return vma_start_anon_pgoff(vma);
#else
    return vma->vm_pgoff;
#endif
}

static unsigned long last_anon_offset(const struct vm_area_struct* vma) {
    return anon_offset(vma) + pages_of(vma) - 1;
}

// ---- anon_vmas

static void check_chain(struct vm_area_struct* vma) {
    struct anon_vma_chain* link;
    bool has_own = false;
    unsigned count = 0;
    list_for_each_entry(link, &vma->anon_vma_chain, same_vma) {
        struct anon_vma* anon_vma = link->anon_vma;
        if (++count > most_links) {
            tree_report("chain-symmetry", "the chain of VMA %s does not end", describe(vma));
            tree_abandon();
        }
        if (link->vma != vma)
            tree_report("chain-symmetry", "the chain of VMA %s has a link of another VMA", describe(vma));
        if (anon_vma == vma->anon_vma) has_own = true;
        if (vma->anon_vma != NULL && anon_vma->root != vma->anon_vma->root)
            tree_report("chain-order", "the chain of VMA %s has anon_vmas of two families", describe(vma));
        struct seen* seen = seen_of(seen_anon_vma, anon_vma);
        ++seen->links;
        bool in_tree = false;
        struct anon_vma_chain* each;
        each_in_tree(each, anon_vma, anon_offset(vma), last_anon_offset(vma)) in_tree |= each == link;
        if (!in_tree)
            tree_report("chain-symmetry", "the tree of an anon_vma does not find VMA %s, whose chain names it",
                        describe(vma));
    }
    if (vma->anon_vma == NULL && count != 0)
        tree_report("chain-symmetry", "VMA %s has a chain of %u, and no anon_vma", describe(vma), count);
    if (vma->anon_vma != NULL && !has_own)
        tree_report("chain-symmetry", "the chain of VMA %s does not have its anon_vma", describe(vma));
    if (vma->anon_vma == NULL) return;
    struct seen* seen = seen_of(seen_anon_vma, vma->anon_vma);
    ++seen->active;
    if (seen->owner != NULL && seen->owner != vma->vm_mm)
        tree_report("one-owner", "the anon_vma of VMA %s is that of a VMA of another process", describe(vma));
    seen->owner = vma->vm_mm;
}

// The largest last offset below a node, and what is wrong with the order. Trees are a few nodes deep.
static unsigned long check_links(const struct rb_node* node, struct anon_vma* anon_vma, struct seen* seen,
                                 unsigned long* previous) {
    const struct anon_vma_chain* link = rb_entry(node, struct anon_vma_chain, rb);
    unsigned long last = 0;
    if (seen->in_tree++ > most_links) return last;
    if (node->rb_left != NULL) last = check_links(node->rb_left, anon_vma, seen, previous);
    if (link->anon_vma != anon_vma) tree_report("chain-symmetry", "the tree of an anon_vma has a link of another one");
    if (!is_live(link->vma)) {
        tree_report("chain-symmetry", "the tree of an anon_vma has a VMA that no process has");
        return last;
    }
    const unsigned long first = anon_offset(link->vma);
    if (first < *previous)
        tree_report("interval-trees", "the tree of an anon_vma is out of order at VMA %s", describe(link->vma));
    *previous = first;
    last = max(last, last_anon_offset(link->vma));
    if (node->rb_right != NULL) last = max(last, check_links(node->rb_right, anon_vma, seen, previous));
    if (link->rb_subtree_last != last)
        tree_report("interval-trees", "a subtree of an anon_vma ends at offset %#lx, and %#lx is cached, at VMA %s",
                    last, link->rb_subtree_last, describe(link->vma));
    return last;
}

static void check_anon_vma(struct anon_vma* anon_vma, struct seen* seen) {
    unsigned long previous = 0;
    seen->in_tree = 0;
    if (anon_vma->rb_root.rb_root.rb_node != NULL)
        check_links(anon_vma->rb_root.rb_root.rb_node, anon_vma, seen, &previous);
    if (seen->in_tree != seen->links)
        tree_report("chain-symmetry", "the tree of an anon_vma has %u VMAs, and %u name it", seen->in_tree,
                    seen->links);
#ifdef TREE_HAS_ACTIVE_VMAS
    if (anon_vma->num_active_vmas != seen->active)
        tree_report("num-active-vmas", "num_active_vmas is %lu, and %u VMAs have this anon_vma",
                    anon_vma->num_active_vmas, seen->active);
    ++seen_of(seen_anon_vma, anon_vma->parent)->children;
#endif
    ++seen_of(seen_anon_vma, anon_vma->root)->family;
    if (rwsem_is_locked(&anon_vma->root->rwsem)) tree_report("lock-balance", "the lock of an anon_vma is still held");
}

// Once all children are counted.
static void check_family(struct anon_vma* anon_vma, struct seen* seen) {
#ifdef TREE_HAS_ACTIVE_VMAS
    if (anon_vma->num_children != seen->children)
        tree_report("num-children", "num_children is %lu, and %u anon_vmas have this parent", anon_vma->num_children,
                    seen->children);
#endif
    // A root is referred to by each other member of its family.
    const unsigned expected = anon_vma->root == anon_vma ? seen->family : 1;
    if ((unsigned)atomic_read(&anon_vma->refcount) != expected)
        tree_report("anon-vma-refcount", "the refcount of an anon_vma is %d, expected %u",
                    atomic_read(&anon_vma->refcount), expected);
}

// ---- files

static unsigned long check_mappings(const struct rb_node* node, struct address_space* mapping, struct seen* seen,
                                    unsigned long* previous) {
    struct vm_area_struct* vma = rb_entry(node, struct vm_area_struct, shared.rb);
    unsigned long last = 0;
    if (seen->in_tree++ > most_links) return last;
    if (node->rb_left != NULL) last = check_mappings(node->rb_left, mapping, seen, previous);
    if (!is_live(vma)) {
        tree_report("interval-keys", "i_mmap has a VMA that no process has");
        return last;
    }
    if (vma->vm_pgoff < *previous) tree_report("interval-trees", "i_mmap is out of order at VMA %s", describe(vma));
    *previous = vma->vm_pgoff;
    last = max(last, last_offset(vma));
    if (node->rb_right != NULL) last = max(last, check_mappings(node->rb_right, mapping, seen, previous));
    if (vma->shared.rb_subtree_last != last)
        tree_report("interval-trees", "a subtree of i_mmap ends at offset %#lx, and %#lx is cached, at VMA %s", last,
                    vma->shared.rb_subtree_last, describe(vma));
    return last;
}

static void check_mapping(struct address_space* mapping, struct seen* seen) {
    unsigned long previous = 0;
    seen->in_tree = 0;
    if (mapping->i_mmap.rb_root.rb_node != NULL)
        check_mappings(mapping->i_mmap.rb_root.rb_node, mapping, seen, &previous);
    if (seen->in_tree != seen->links)
        tree_report("interval-keys", "i_mmap has %u VMAs, and %u map the file", seen->in_tree, seen->links);
    if ((unsigned)atomic_read(&mapping->i_mmap_writable) != seen->active)
        tree_report("writable-mappings", "i_mmap_writable is %d, and %u VMAs may write to the file",
                    atomic_read(&mapping->i_mmap_writable), seen->active);
    if (rwsem_is_locked(&mapping->i_mmap_rwsem)) tree_report("lock-balance", "i_mmap_rwsem is still held");
}

static bool may_write_shared(const struct vm_area_struct* vma) {
#ifdef TREE_HAS_SHARED_MAYWRITE
    return (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
#else
    return (vma->vm_flags & VM_SHARED) != 0;
#endif
}

static void count_file(struct vm_area_struct* vma) {
    if (vma->vm_file == NULL) return;
    ++seen_of(seen_file, vma->vm_file)->links;
    struct seen* mapping = seen_of(seen_mapping, vma->vm_file->f_mapping);
    ++mapping->links;
    if (may_write_shared(vma)) ++mapping->active;
}

static void check_file(struct file* file, const struct seen* seen) {
    check_hooks(file, seen->links);
    const unsigned long expected = seen->links + (is_shared_object(file) ? 0 : 1);
    if ((unsigned long)file_count(file) != expected)
        tree_report("file-references", "f_count of a file is %ld, expected %lu", (long)file_count(file), expected);
}

// ---- an address space

static void check_counters(const struct mm_struct* mm, const struct tree_counters* sum) {
    const struct {
        const char* property;
        unsigned long is, expected;
    } rows[] = {
        {"map-count", (unsigned long)mm->map_count, sum->map_count},
        {"total-vm", mm->total_vm, sum->total_vm},
        {"data-vm", mm->data_vm, sum->data_vm},
        {"exec-vm", mm->exec_vm, sum->exec_vm},
        {"stack-vm", mm->stack_vm, sum->stack_vm},
        {"locked-vm", mm->locked_vm, sum->locked_vm},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); ++i)
        if (rows[i].is != rows[i].expected)
            tree_report(rows[i].property, "it is %lu, and the VMAs give %lu", rows[i].is, rows[i].expected);
}

static void count_vma(const struct vm_area_struct* vma, struct tree_counters* sum) {
    const unsigned long pages = pages_of(vma);
    const unsigned long kind = vma->vm_flags & (VM_WRITE | VM_EXEC | VM_STACK | VM_SHARED);
    ++sum->map_count;
    sum->total_vm += pages;
    if ((kind & (VM_EXEC | VM_WRITE | VM_STACK)) == VM_EXEC) sum->exec_vm += pages;
    if ((kind & VM_STACK) == VM_STACK)
        sum->stack_vm += pages;
    else if ((kind & (VM_WRITE | VM_SHARED)) == VM_WRITE)
        sum->data_vm += pages;
    if ((vma->vm_flags & VM_LOCKED) != 0) sum->locked_vm += pages;
}

// The maple tree knows the largest gap: a search for it finds it, and one for a page more finds nothing.
static void check_gap(struct mm_struct* mm, unsigned long largest) {
    MA_STATE(mas, &mm->mm_mt, 0, 0);
    if (largest != 0 && mas_empty_area_rev(&mas, PAGE_SIZE, TASK_SIZE - 1, largest) != 0)
        tree_report("gap-cache", "a gap of %#lx bytes is not found", largest);
    mas_reset(&mas);
    if (mas_empty_area_rev(&mas, PAGE_SIZE, TASK_SIZE - 1, largest + PAGE_SIZE) == 0)
        tree_report("gap-cache", "a gap of %#lx bytes is found, and the largest has %#lx", largest + PAGE_SIZE,
                    largest);
}

// As vma_set_page_prot makes it.
static void check_page_prot(struct vm_area_struct* vma) {
    pgprot_t expected = vm_get_page_prot(vma->vm_flags);
    if (vma_wants_writenotify(vma, expected)) expected = vm_get_page_prot(vma->vm_flags & ~VM_SHARED);
    if (pgprot_val(vma->vm_page_prot) != pgprot_val(expected))
        tree_report("page-prot", "vm_page_prot of VMA %s is %#lx, and its flags give %#lx", describe(vma),
                    (unsigned long)pgprot_val(vma->vm_page_prot), (unsigned long)pgprot_val(expected));
}

static void check_vma(struct vm_area_struct* vma, const struct mm_struct* mm, unsigned long previous_end) {
    if (vma->vm_start >= vma->vm_end || vma->vm_start < previous_end || vma->vm_end > TASK_SIZE ||
        ((vma->vm_start | vma->vm_end) & ~PAGE_MASK) != 0)
        tree_report("list-order", "VMA %s does not come after what ends at %#lx", describe(vma), previous_end);
    if (vma->vm_mm != mm) tree_report("list-order", "VMA %s says that it belongs to another process", describe(vma));
    if (vma->vm_pgoff + pages_of(vma) < vma->vm_pgoff)
        tree_report("pgoff-range", "the page offsets of VMA %s wrap around", describe(vma));
    check_page_prot(vma);
}

static void check_memory(struct mm_struct* mm, struct totals* totals) {
    struct tree_counters sum = {0};
    struct vm_area_struct* vma;
    unsigned long end = PAGE_SIZE, gap = 0, previous_end = 0;
    MA_STATE(mas, &mm->mm_mt, 0, 0);
    mas_for_each(&mas, vma, ULONG_MAX) {
        if (sum.map_count > most_links) {
            tree_report("list-order", "the VMAs of a process do not end");
            tree_abandon();
        }
        if (mas.index != vma->vm_start || mas.last != vma->vm_end - 1)
            tree_report("list-equals-tree", "VMA %s stands at [%#lx,%#lx) in the maple tree", describe(vma), mas.index,
                        mas.last + 1);
        check_vma(vma, mm, previous_end);
        note_live(vma);
        previous_end = vma->vm_end;
        if (vma->vm_start > end) gap = max(gap, vma->vm_start - end);
        end = max(end, vma->vm_end);
        count_vma(vma, &sum);
        count_file(vma);
        if ((vma->vm_flags & VM_ACCOUNT) != 0) totals->accounted += pages_of(vma);
    }
    if (TASK_SIZE > end) gap = max(gap, TASK_SIZE - end);
    check_gap(mm, gap);
    check_counters(mm, &sum);
    totals->vmas += sum.map_count;
    ++totals->processes;
    if (rwsem_is_locked(&mm->mmap_lock)) tree_report("lock-balance", "mmap_lock is still held");
}

static void check_objects(const struct totals* totals) {
    const struct {
        const char* cache;
        unsigned long expected;
    } rows[] = {{"vm_area_struct", totals->vmas}, {"anon_vma_chain", totals->chains}, {"mm_struct", totals->processes}};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); ++i)
        if (live_objects(rows[i].cache) != rows[i].expected)
            tree_report("references", "there are %lu objects of %s, and %lu in use", live_objects(rows[i].cache),
                        rows[i].cache, rows[i].expected);
    const unsigned long committed = (unsigned long)percpu_counter_read(&vm_committed_as);
    const unsigned long expected = totals->accounted + charges_of_objects() + charged_for_growth;
    if (committed != expected)
        tree_report("committed", "vm_committed_as is %lu, and VMAs and objects are charged %lu", committed, expected);
}

void tree_check(void) {
    struct totals totals = {0};
    forget_seen();
    for (unsigned i = 0; i < tree_slots; ++i) {
        if (memory_of(i) == NULL) continue;
        const unsigned first = live_count();
        check_memory(memory_of(i), &totals);
        check_pages(memory_of(i), first, live_count());
    }
    check_mapcounts();
    for (unsigned i = 0; i < live_count(); ++i) check_chain(live_vma(i));
    const unsigned attached = seen_count();
    for (unsigned i = 0; i < attached; ++i) {
        if (seen_at(i)->kind == seen_file) check_file(seen_object(i), seen_at(i));
        if (seen_at(i)->kind == seen_mapping) check_mapping(seen_object(i), seen_at(i));
        if (seen_at(i)->kind == seen_anon_vma) check_anon_vma(seen_object(i), seen_at(i));
    }
    if (seen_count() > attached)
        tree_report("anon-vma-attached", "the parent or root of an anon_vma is attached to no VMA");
    for (unsigned i = 0; i < attached; ++i) {
        if (seen_at(i)->kind != seen_anon_vma) continue;
        check_family(seen_object(i), seen_at(i));
        totals.chains += seen_at(i)->links;
    }
    check_objects(&totals);
}
