// Processes: their address spaces, their limits, and the system calls as the tree defines them.
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/idr.h>
#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/personality.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>

#include "inside.h"
#include "tree.h"

struct mm_struct* duplicate_memory(void);
void set_commit_limit(unsigned long kilobytes);
extern int sysctl_max_map_count;  // of mm/internal.h in later releases

static struct task_struct task;
static struct signal_struct limits;
static struct mm_struct* memories[tree_slots];
static unsigned running;  // the slot whose calls are performed

struct mm_struct init_mm;
unsigned long mmap_min_addr, dac_mmap_min_addr;
unsigned long USER_PTR_MAX = (1ul << 47) - PAGE_SIZE;  // of the processor: the highest address that a process may name
atomic_long_t _totalram_pages;
extern struct list_head pgd_list;

#ifdef TREE_HAS_PCPU_HOT
DEFINE_PER_CPU_ALIGNED(struct pcpu_hot, pcpu_hot);
#define current_of_processor pcpu_hot.current_task
#else
DEFINE_PER_CPU(struct task_struct*, current_task);
#ifdef TREE_HAS_LONG_PREEMPT_COUNT
DEFINE_PER_CPU(unsigned long, __preempt_count);
#else
DEFINE_PER_CPU(int, __preempt_count);
#endif
#define current_of_processor current_task
#endif

// Numbers of address spaces, which huge pages keep. One that is given again is not told apart.
int ida_alloc_range(struct ida* numbers, unsigned int least, unsigned int most, gfp_t flags) {
    static unsigned next;
    return (int)(least + next++ % (most - least + 1));
}
void ida_free(struct ida* numbers, unsigned int number) {}

// Of processors without popcnt: the assembly that calls it expects all registers but the result to be kept.
__asm__(".text\n.globl __sw_hweight64\n__sw_hweight64: popcnt %rdi, %rax\nret\n");

void __init proc_caches_init(void);
void __init mm_cache_init(void);
void __init maple_tree_init(void);
void __init anon_vma_init(void);

struct mm_struct* memory_of(unsigned slot) {
    return memories[slot];
}

struct vm_area_struct* vma_above(struct mm_struct* mm, unsigned long addr) {
    MA_STATE(mas, &mm->mm_mt, addr, addr);
    return mas_find(&mas, ULONG_MAX);
}

void tree_begin(void) {
    current_of_processor = &task;
    task.signal = &limits;
    task.active_mm = &init_mm;
    init_mm.mm_count.counter = 1;
    INIT_LIST_HEAD(&pgd_list);
    begin_pages();
    maple_tree_init();
    anon_vma_init();
    mm_cache_init();
    proc_caches_init();
    tree_default_parameters();
}

// ---- parameters

static unsigned long start_brk, data_bytes;
static int capabilities[64];

struct parameter {
    const char* name;
    unsigned long otherwise;
    unsigned long unit;    // what one of the trace is here
    unsigned long* value;  // 8 bytes; or
    int* small;            // 4 bytes
};

static int overcommit_mode, bottom_up, thp_never;
static unsigned long total_memory, commit_limit, admin_reserve, user_reserve, max_map_count;
static unsigned long rlimit_as, rlimit_data, rlimit_memlock, rlimit_stack;

// The defaults are those of model/op/parameters.hpp.
static const struct parameter parameters[] = {
    {"mmap_min_addr", 16, PAGE_SIZE, &mmap_min_addr},
    {"start_brk_bytes", 0x555555559000, 1, &start_brk},
    {"data_bytes", 0, 1, &data_bytes},
    {"stack_guard_gap", 256, PAGE_SIZE, &stack_guard_gap},
    {"max_map_count", 65530, 1, &max_map_count},
    {"rlimit_as", ~0ul, PAGE_SIZE, &rlimit_as},
    {"rlimit_data", ~0ul, PAGE_SIZE, &rlimit_data},
    {"rlimit_memlock", ~0ul, PAGE_SIZE, &rlimit_memlock},
    {"rlimit_stack", 2048, PAGE_SIZE, &rlimit_stack},
    {"overcommit_mode", 0, 1, NULL, &overcommit_mode},
    {"total_memory", 1 << 20, 1, &total_memory},
    {"commit_limit", 1 << 19, 1, &commit_limit},
    {"admin_reserve", 2048, 1, &admin_reserve},
    {"user_reserve", 32768, 1, &user_reserve},
    {"bottom_up", 0, 1, NULL, &bottom_up},
    {"thp_never", 1, 1, NULL, &thp_never},  // as it is
    {"cap_ipc_lock", 0, 1, NULL, &capabilities[CAP_IPC_LOCK]},
    {"cap_sys_rawio", 0, 1, NULL, &capabilities[CAP_SYS_RAWIO]},
    {"cap_sys_admin", 0, 1, NULL, &capabilities[CAP_SYS_ADMIN]},
    {"cap_sys_nice", 0, 1, NULL, &capabilities[CAP_SYS_NICE]},
};

static void set(const struct parameter* parameter, unsigned long value) {
    if (parameter->small != NULL)
        *parameter->small = (int)value;
    else
        *parameter->value = value > ~0ul / parameter->unit ? ~0ul : value * parameter->unit;
}

void tree_default_parameters(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(parameters); ++i) set(&parameters[i], parameters[i].otherwise);
}

int tree_set_parameter(const char* name, unsigned long length, unsigned long value) {
    for (unsigned i = 0; i < ARRAY_SIZE(parameters); ++i)
        if (strlen(parameters[i].name) == length && memcmp(parameters[i].name, name, length) == 0) {
            set(&parameters[i], value);
            return 1;
        }
    return 0;
}

static void use_parameters(void) {
    enum { kilobytes_of_page = 4 };
    for (int i = 0; i < RLIM_NLIMITS; ++i) limits.rlim[i] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    limits.rlim[RLIMIT_AS].rlim_cur = rlimit_as;
    limits.rlim[RLIMIT_DATA].rlim_cur = rlimit_data;
    limits.rlim[RLIMIT_MEMLOCK].rlim_cur = rlimit_memlock;
    limits.rlim[RLIMIT_STACK].rlim_cur = rlimit_stack;
    sysctl_max_map_count = (int)max_map_count;
    sysctl_overcommit_memory = overcommit_mode;
    set_commit_limit(commit_limit * kilobytes_of_page);
    sysctl_admin_reserve_kbytes = admin_reserve * kilobytes_of_page;
    sysctl_user_reserve_kbytes = user_reserve * kilobytes_of_page;
    atomic_long_set(&_totalram_pages, (long)total_memory);
    dac_mmap_min_addr = mmap_min_addr;
    task.personality = bottom_up ? ADDR_COMPAT_LAYOUT : 0;
}

bool capable(int capability) {
    return capabilities[capability] != 0;
}

bool ns_capable(struct user_namespace* namespace, int capability) {
    return capable(capability);
}

int cap_mmap_addr(unsigned long addr) {
    return addr < dac_mmap_min_addr && !capable(CAP_SYS_RAWIO) ? -EPERM : 0;
}

int cap_vm_enough_memory(struct mm_struct* mm, long pages) {
#ifdef TREE_HAS_NEGATED_ENOUGH_MEMORY
    return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
#else
    return capable(CAP_SYS_ADMIN);
#endif
}

// ---- processes

int tree_lives(unsigned slot) {
    return slot < tree_slots && memories[slot] != NULL;
}

int tree_enter(unsigned slot) {
    if (!tree_lives(slot)) return 0;
    running = slot;
    task.mm = memories[slot];
    return 1;
}

static void end_process(unsigned slot) {
    struct mm_struct* mm = memories[slot];
    if (mm == NULL) return;
    memories[slot] = NULL;
    task.mm = NULL;
    mmput(mm);
}

void tree_reset(const struct tree_file* files, unsigned count) {
    for (unsigned i = 0; i < tree_slots; ++i) end_process(i);
    close_tree_files();
    tree_end_step();
    charged_for_growth = 0;
    percpu_counter_set(&vm_committed_as, 0);
    use_parameters();
    open_tree_files(files, count);
    task.mm = NULL;
    struct mm_struct* mm = mm_alloc();
    arch_pick_mmap_layout(mm, &limits.rlim[RLIMIT_STACK]);
    mm->task_size = TASK_SIZE;
    mm->start_brk = mm->brk = start_brk;
    mm->start_data = start_brk - data_bytes;
    mm->end_data = start_brk;
    // Registered with the kernel threads for huge pages and for equal pages, which are not there.
#ifdef TREE_HAS_MM_FLAGS_BITMAP
    mm_flags_set(MMF_VM_MERGEABLE, mm);
#else
    set_bit(MMF_VM_MERGEABLE, &mm->flags);
#endif
    memories[0] = mm;
    tree_enter(0);
}

long tree_fork(void) {
    unsigned slot = 0;
    while (slot < tree_slots && memories[slot] != NULL) ++slot;
    if (slot == tree_slots) return -EAGAIN;
    struct mm_struct* mm = duplicate_memory();
    if (mm == NULL) return -ENOMEM;
#ifdef TREE_HAS_MM_FLAGS_BITMAP
    mm_flags_set(MMF_VM_MERGEABLE, mm);
#else
    set_bit(MMF_VM_MERGEABLE, &mm->flags);
#endif
    memories[slot] = mm;
    return slot;
}

long tree_exit(void) {
    end_process(running);
    return 0;
}

// ---- system calls

unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
                              unsigned long fd, unsigned long pgoff);

long tree_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned file,
               unsigned long offset) {
    if ((offset & ~PAGE_MASK) != 0) return -EINVAL;
    return (long)ksys_mmap_pgoff(addr, len, prot, flags, file, offset >> PAGE_SHIFT);
}

long tree_munmap(unsigned long addr, unsigned long len) {
    return sys_munmap(addr, len);
}
long tree_mprotect(unsigned long addr, unsigned long len, unsigned long prot) {
    return sys_mprotect(addr, len, prot);
}
long tree_madvise(unsigned long addr, unsigned long len, unsigned long advice) {
    return sys_madvise(addr, len, (int)advice);
}
long tree_brk(unsigned long addr) {
    return sys_brk(addr);
}
long tree_mremap(unsigned long addr, unsigned long len, unsigned long new_len, unsigned long flags,
                 unsigned long new_addr) {
    return sys_mremap(addr, len, new_len, flags, new_addr);
}
long tree_mlock(unsigned long addr, unsigned long len, unsigned long flags) {
    return flags != 0 ? sys_mlock2(addr, len, (int)flags) : sys_mlock(addr, len);
}
long tree_munlock(unsigned long addr, unsigned long len) {
    return sys_munlock(addr, len);
}
long tree_mlockall(unsigned long flags) {
    return sys_mlockall((int)flags);
}
long tree_munlockall(void) {
    return sys_munlockall();
}
long tree_msync(unsigned long addr, unsigned long len, unsigned long flags) {
    return sys_msync(addr, len, (int)flags);
}
long tree_mincore(unsigned long addr, unsigned long len) {
    static unsigned char residency[tree_mincore_pages];
    return sys_mincore(addr, len, residency);
}
long tree_mseal(unsigned long addr, unsigned long len) {
    return sys_mseal(addr, len, 0);
}
long tree_remap_file_pages(unsigned long addr, unsigned long len, unsigned long prot, unsigned long pgoff,
                           unsigned long flags) {
    return sys_remap_file_pages(addr, len, prot, pgoff, flags);
}

unsigned long _copy_to_user(void __user* to, const void* from, unsigned long bytes) {
    memcpy((void*)to, from, bytes);
    return 0;
}

unsigned long _copy_from_user(void* to, const void __user* from, unsigned long bytes) {
    memcpy(to, (const void*)from, bytes);
    return 0;
}
