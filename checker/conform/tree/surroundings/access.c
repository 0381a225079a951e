// Accesses to memory: what the processor and the kernel's handler of page faults do.
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>

#include "inside.h"
#include "tree.h"

enum { signal_bus = 7, signal_segv = 11, most_tries = 64 };
enum { reading, writing, executing };

unsigned long charged_for_growth;

static int refused(const struct vm_area_struct* vma, unsigned access) {
    const unsigned long flags = vma->vm_flags;
    if (access == writing) return (flags & VM_WRITE) == 0;
    if (access == executing) return (flags & VM_EXEC) == 0;
    return (flags & (VM_READ | VM_WRITE | VM_EXEC)) == 0;
}

int tree_access(unsigned long addr, unsigned access) {
    static struct pt_regs registers = {.cs = 3};
    struct mm_struct* mm = current->mm;
    unsigned flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_USER;
    if (access == writing) flags |= FAULT_FLAG_WRITE;
    if (access == executing) flags |= FAULT_FLAG_INSTRUCTION;
    if (addr >= TASK_SIZE) return signal_segv;
    for (int tries = 0; tries < most_tries; ++tries) {
        const unsigned long total = mm->total_vm;
        struct vm_area_struct* vma = lock_mm_and_find_vma(mm, addr, &registers);
        if (vma == NULL) return signal_segv;
        if ((vma->vm_flags & VM_ACCOUNT) == 0) charged_for_growth += mm->total_vm - total;
        if (refused(vma, access)) {
            mmap_read_unlock(mm);
            return signal_segv;
        }
        const vm_fault_t result = handle_mm_fault(vma, addr, flags, &registers);
        if ((result & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)) == 0) mmap_read_unlock(mm);
        if ((result & VM_FAULT_SIGBUS) != 0) return signal_bus;
        if ((result & VM_FAULT_ERROR) != 0) return signal_segv;
        if ((result & VM_FAULT_RETRY) == 0) return 0;
        flags |= FAULT_FLAG_TRIED;
    }
    tree_report("endless-loop", "handle_mm_fault wants to be called again each time");
    tree_abandon();
}

// As process_vm_readv and process_vm_writev of one byte.
long tree_remote_access(unsigned target, unsigned long addr, unsigned access) {
    struct mm_struct* mm = memory_of(target);
    struct page* page;
    int locked = 1;
    mmap_read_lock(mm);
    const long got = get_user_pages_remote(mm, addr & PAGE_MASK, 1, access == writing ? FOLL_WRITE : 0, &page, &locked);
    if (locked) mmap_read_unlock(mm);
    if (got != 1) return -EFAULT;
    put_page(page);
    return 0;
}
