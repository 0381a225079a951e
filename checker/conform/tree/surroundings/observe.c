// What a process shows of itself.
#include <linux/mm.h>

#include "inside.h"
#include "tree.h"

static const unsigned long digest_start = 0xcbf29ce484222325, digest_factor = 0x100000001b3;

static unsigned long mix(unsigned long digest, unsigned long number) {
    return (digest ^ number) * digest_factor;
}

unsigned long tree_digest(unsigned slot) {
    enum { shared = 8 };
    struct vm_area_struct* vma;
    unsigned long digest = digest_start;
    VMA_ITERATOR(vmi, memory_of(slot), 0);
    for_each_vma(vmi, vma) {
        const unsigned long flags = vma->vm_flags;
        digest = mix(digest, vma->vm_start);
        digest = mix(digest, vma->vm_end);
        digest = mix(digest, (flags & (VM_READ | VM_WRITE | VM_EXEC)) | ((flags & VM_MAYSHARE) != 0 ? shared : 0));
        digest = mix(digest, vma->vm_file != NULL ? vma->vm_pgoff << PAGE_SHIFT : 0);
    }
    return digest;
}

void tree_counters(unsigned slot, struct tree_counters* counters) {
    const struct mm_struct* mm = memory_of(slot);
    *counters = (struct tree_counters){
        mm->brk, mm->total_vm, mm->data_vm, mm->exec_vm, mm->stack_vm, mm->locked_vm, (unsigned long)mm->map_count};
}

int tree_next_vma(unsigned slot, unsigned long from, struct tree_vma* shown) {
    const struct vm_area_struct* vma = vma_above(memory_of(slot), from);
    if (vma == NULL) return 0;
    *shown =
        (struct tree_vma){.start = vma->vm_start, .end = vma->vm_end, .pgoff = vma->vm_pgoff, .flags = vma->vm_flags};
#ifndef TREE_HAS_ANON_PGOFF
    shown->has_offset = 1;  // of memory without a file too, which maps does not show
#else
    shown->has_offset = vma->vm_file != NULL;
#endif
    if (vma->vm_file == NULL) return 1;
    shown->shared_object = is_shared_object(vma->vm_file);
    if (!shown->shared_object) shown->file = position_of(vma->vm_file);
    return 1;
}

struct named_flag {
    unsigned long flag;
    const char* name;
};

static const struct named_flag named_flags[] = {
    {VM_READ, "READ"},
    {VM_WRITE, "WRITE"},
    {VM_EXEC, "EXEC"},
    {VM_SHARED, "SHARED"},
    {VM_MAYREAD, "MAYREAD"},
    {VM_MAYWRITE, "MAYWRITE"},
    {VM_MAYEXEC, "MAYEXEC"},
    {VM_MAYSHARE, "MAYSHARE"},
    {VM_GROWSDOWN, "GROWSDOWN"},
    {VM_UFFD_MISSING, "UFFD_MISSING"},
    {VM_PFNMAP, "PFNMAP"},
    {VM_UFFD_WP, "UFFD_WP"},
    {VM_LOCKED, "LOCKED"},
    {VM_IO, "IO"},
    {VM_SEQ_READ, "SEQ_READ"},
    {VM_RAND_READ, "RAND_READ"},
    {VM_DONTCOPY, "DONTCOPY"},
    {VM_DONTEXPAND, "DONTEXPAND"},
    {VM_LOCKONFAULT, "LOCKONFAULT"},
    {VM_ACCOUNT, "ACCOUNT"},
    {VM_NORESERVE, "NORESERVE"},
    {VM_SYNC, "SYNC"},
    {VM_WIPEONFORK, "WIPEONFORK"},
    {VM_DONTDUMP, "DONTDUMP"},
    {VM_MIXEDMAP, "MIXEDMAP"},
    {VM_HUGEPAGE, "HUGEPAGE"},
    {VM_NOHUGEPAGE, "NOHUGEPAGE"},
    {VM_MERGEABLE, "MERGEABLE"},
#ifdef VM_DROPPABLE
    {VM_DROPPABLE, "DROPPABLE"},
#endif
#ifdef VM_MAYBE_GUARD
    {VM_MAYBE_GUARD, "MAYBE_GUARD"},
#endif
    {VM_SEALED, "SEALED"},
};

const char* tree_flag_name(unsigned bit) {
    for (unsigned i = 0; i < ARRAY_SIZE(named_flags); ++i)
        if (named_flags[i].flag == 1ul << bit) return named_flags[i].name;
    return NULL;
}
