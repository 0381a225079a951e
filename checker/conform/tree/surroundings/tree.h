// Between the two halves of the subject. One half is compiled with the tree's headers, the other one with those of the
// C library and of the agent; neither knows the other's types. x86-64: long has 64 bits.
#pragma once

enum { tree_slots = 16, tree_files = 64, tree_mincore_pages = 8192, tree_frames = 1 << 17 };

// ---- what the half with the C library has

// Says that the tree's code broke a property in this step. The text ends up in the result of the step.
void tree_report(const char* property, const char* format, ...);
// Ends the step that is performed: nothing is known of the state after it.
void tree_abandon(void) __attribute__((noreturn));
// Something is needed that the surroundings do not have. The step ends, as refused.
void tree_lacks(const char* what) __attribute__((noreturn));
void* tree_memory(unsigned long bytes);  // of this process, at the same address in each run; zeros

// ---- what the half with the tree's headers has

// Once, before everything else.
void tree_begin(void);

// A file that processes hold open. The kinds are those of the agent (enum file_kind).
struct tree_file {
    unsigned kind;
    unsigned inode;       // files with the same number share one; 0: its own
    unsigned long pages;  // its size; all ones: as large as a file can be
    int readable, writable, noexec;
    // What its inode and its driver do, as a trace says it (FileSpec of the model).
    int append_only, swap_file, no_mmap;
    int closes;                    // its mappings have vm_ops->close, and are counted
    int mmap_error, mremap_error;  // errno of these hooks; 0: they succeed
    unsigned granule;              // pages; above 1: its mappings begin and end at multiples
    unsigned long added_flags;     // vm_flags that ->mmap adds
    int cannot;                    // it does something that files here cannot do
};
enum { tree_regular, tree_shmem, tree_dev_zero };
// Whether ->mmap of a file may add this flag: it changes nothing but what merges and what is copied.
int tree_may_add(unsigned long flag);

// Parameters by their names in a trace. 0: there is no such parameter here.
int tree_set_parameter(const char* name, unsigned long length, unsigned long value);
void tree_default_parameters(void);

// Ends all processes, opens these files, and makes process 0.
void tree_reset(const struct tree_file* files, unsigned count);

// A process whose call is performed; 0: there is none in this slot.
int tree_enter(unsigned slot);
int tree_lives(unsigned slot);

// System calls, as the kernel gives their results: -4095 to -1 is an errno.
long tree_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned file,
               unsigned long offset);
long tree_munmap(unsigned long addr, unsigned long len);
long tree_mprotect(unsigned long addr, unsigned long len, unsigned long prot);
long tree_madvise(unsigned long addr, unsigned long len, unsigned long advice);
long tree_brk(unsigned long addr);
long tree_mremap(unsigned long addr, unsigned long len, unsigned long new_len, unsigned long flags,
                 unsigned long new_addr);
long tree_mlock(unsigned long addr, unsigned long len, unsigned long flags);
long tree_munlock(unsigned long addr, unsigned long len);
long tree_mlockall(unsigned long flags);
long tree_munlockall(void);
long tree_msync(unsigned long addr, unsigned long len, unsigned long flags);
long tree_mincore(unsigned long addr, unsigned long len);
long tree_mseal(unsigned long addr, unsigned long len);
long tree_remap_file_pages(unsigned long addr, unsigned long len, unsigned long prot, unsigned long pgoff,
                           unsigned long flags);
long tree_fork(void);  // the slot of the child
long tree_exit(void);
// 0, or the signal that it ends with.
int tree_access(unsigned long addr, unsigned access);
long tree_remote_access(unsigned target, unsigned long addr, unsigned access);

// Of the allocations from now on that may fail, the one of this number does; 0: none.
void tree_fail_allocation(unsigned long number);
// Whether it has.
int tree_allocation_failed(void);

// After each step: what waits for a grace period is freed.
void tree_end_step(void);
// Looks at everything that there is, and reports what does not hold.
void tree_check(void);

// For tests: breaks what the property of this name demands. The names, from 0; NULL: there are no more.
void tree_damage(unsigned number);
const char* tree_damage_named(unsigned number);

// The digest of the layout of a process, as PROTOCOL.md has it.
unsigned long tree_digest(unsigned slot);

struct tree_vma {
    unsigned long start, end, pgoff, flags;
    unsigned file;      // its position; 0: none
    int shared_object;  // shared anonymous memory
    int has_offset;     // pgoff is as the model has it
};
struct tree_counters {
    unsigned long brk, total_vm, data_vm, exec_vm, stack_vm, locked_vm, map_count;
};
void tree_counters(unsigned slot, struct tree_counters* counters);
// Begins at the VMA that ends above `from`; 0: there is none.
int tree_next_vma(unsigned slot, unsigned long from, struct tree_vma* vma);
// The name of bit number `bit` of flags in a trace; NULL: it has none.
const char* tree_flag_name(unsigned bit);
