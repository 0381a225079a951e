// Among the files that are compiled with the tree's headers.
#pragma once

#include "tree.h"
#include "tree_features.h"

struct mm_struct;
struct file;
struct inode;
struct page;
struct vm_area_struct;

void tree_bug(const char* file, int line, const char* function) __attribute__((noreturn));
unsigned long live_objects(const char* cache);  // of the cache with this name

// ---- pages.c
void begin_pages(void);
unsigned long pages_in_use(void);
void count_faults(unsigned count);
void end_step_of_pages(void);

// ---- structure.c
unsigned long anon_offset(const struct vm_area_struct* vma);  // in pages

// ---- page_tables.c
// Of a process whose VMAs are those that were noted from first to last (tables.h).
void check_pages(struct mm_struct* mm, unsigned first, unsigned last);
void check_mapcounts(void);

// ---- access.c
// Pages that stacks without VM_ACCOUNT have grown by since the reset: they are charged, and the charge stays.
extern unsigned long charged_for_growth;

// ---- files.c
void open_tree_files(const struct tree_file* files, unsigned count);
void close_tree_files(void);
unsigned position_of(const struct file* file);  // from 1; 0: it is not one of those that were opened
int is_shared_object(const struct file* file);
void check_hooks(struct file* file, unsigned long mappings);  // that so many VMAs map it
void forget_mappings(struct file* file);                      // for tests: as if no hook had been called
unsigned long charges_of_objects(void);                       // pages of commit charge of all shared anonymous objects

// ---- process.c
struct mm_struct* memory_of(unsigned slot);  // NULL: no process lives there
// The first VMA that ends above addr, without the lock that find_vma wants.
struct vm_area_struct* vma_above(struct mm_struct* mm, unsigned long addr);
